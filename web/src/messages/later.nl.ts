// De Nederlandse teksten die het eerste scherm niet nodig heeft.
import type { laterEn } from './later.en';
import { accountNl } from './account.nl';
import { backtestNl } from './backtest.nl';
import { backupNl } from './backup.nl';
import { ledgerNl } from './ledger.nl';
import { limitsNl } from './limits.nl';
import { pairsNl } from './pairs.nl';
import { passkeyNl } from './passkey.nl';
import { securityNl } from './security.nl';
import { sweepNl } from './sweep.nl';
import { tradingNl } from './trading.nl';

export const laterNl: Record<keyof typeof laterEn, string> = {
  ...accountNl,
  ...backtestNl,
  ...backupNl,
  ...ledgerNl,
  ...limitsNl,
  ...pairsNl,
  ...passkeyNl,
  ...securityNl,
  ...sweepNl,
  ...tradingNl,
};
