// What an answer means for the user: "Can withdraw: no" is good news, "Can read: no" is not.
import type { Answer, ClaimId, Market } from './types';

export type Tone = 'good' | 'attention' | 'danger' | 'neutral';

const WANTED_NO: ClaimId[] = ['withdraw', 'transfer'];

export function claimTone(claim: ClaimId, answer: Answer, market: Market): Tone {
  const otherMarket: ClaimId = market === 'spot' ? 'futures_trade' : 'spot_trade';
  // A right for the other market is more than this connection needs.
  if (claim === otherMarket) return answer === 'yes' ? 'attention' : 'neutral';
  if (answer === 'unknown') return 'attention';
  if (claim === 'ip_bound') return answer === 'yes' ? 'good' : 'attention';
  if (WANTED_NO.includes(claim)) {
    if (answer === 'no') return 'good';
    return claim === 'withdraw' ? 'danger' : 'attention';
  }
  return answer === 'yes' ? 'good' : 'danger';
}
