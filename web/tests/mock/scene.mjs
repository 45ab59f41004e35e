// What --trading begins with: three proven connections, two strategies, groups in every state a user must understand, a
// LIVE list long enough to be paged, alarms.
import { makeKey } from './exchanges.mjs';

const HOUR = 3_600_000;

export async function setScene(connections, trading) {
  const proven = async (name, exchange, market) => {
    const { id } = connections.add({ name, exchange, market, test: true }, makeKey({ exchange, kind: 'good' }), 'en');
    while (connections.show(id, 'en').status !== 'connected') await new Promise((done) => setTimeout(done, 20));
    return id;
  };
  const spot = await proven('KuCoin Spot Main', 'kucoin', 'spot');
  await proven('MEXC Futures Careful', 'mexc', 'futures');
  await proven('Recovery PRO Connection', 'mexc', 'spot');

  const eth = trading.addStrategy({ name: 'ETH and BTC conservative', connection: 'KuCoin Spot Main', market: 'spot', pairs: ['ETH/USDT', 'BTC/USDT', 'SOL/USDT'], directions: ['long'], risk_level: 'low', recovery: { pro_connection: 'Recovery PRO Connection' } });
  const futures = trading.addStrategy({ name: 'SOL both ways', connection: 'MEXC Futures Careful', market: 'futures', pairs: ['SOL/USDT:USDT'], directions: ['long', 'short'], risk_level: 'medium' }, true);
  const hot = trading.addStrategy({ name: 'Too hot', connection: 'MEXC Futures Careful', market: 'futures', pairs: ['ETH/USDT:USDT'], directions: ['long'], risk_level: 'high', futures: { leverage: '10' } });
  for (const id of [eth, futures]) trading.change(id, { enabled: true });

  const now = Date.now(), signal = (pair, hours = 0, direction = 'long', kind = 'entry') => ({ id: 0, source: 'hook', kind, pair, direction, tag: null, time: now - hours * HOUR });
  const at = (hours) => now - hours * HOUR;
  trading.setPrice('ETH/USDT', 3000);
  const first = trading.decide(eth, signal('ETH/USDT', 9), at(9)).group;
  trading.setPrice('ETH/USDT', 2850);
  trading.decide(eth, signal('ETH/USDT', 5), at(5));
  trading.setPrice('ETH/USDT', 2900);
  for (let i = 0; i < 55; i += 1) trading.decide(eth, signal('ETH/USDT', 4.9 - i * 0.08), at(4.9 - i * 0.08));
  const long = trading.open(eth, signal('BTC/USDT'), false, at(30), 99_800).id;
  for (const [zone, price] of [[1, 94_700], [2, 89_700], [3, 84_800]]) trading.addAt(long, zone, at(26 - 4 * zone), price);
  trading.setPrice('BTC/USDT', 86_900);
  trading.decide(eth, signal('BTC/USDT', 0.3), at(0.3)); // To the PRO connection.
  const odd = trading.open(futures, signal('SOL/USDT:USDT', 7, 'short'), false, at(7), 178.2).id;
  trading.setPrice('SOL/USDT:USDT', 182.4);
  trading.disagree(odd, '2.2424', '1.5');
  trading.path('ETH/USDT', [[25, 2988], [12, 3030], [9, 3000], [5, 2848], [3, 2815], [1.5, 2915]]);
  trading.path('BTC/USDT', [[25, 95_100], [22, 94_700], [18, 89_650], [14, 84_790], [8, 83_900]]);
  trading.path('SOL/USDT:USDT', [[25, 171], [7, 178.2], [3, 184.1]]);
  const done = trading.open(eth, signal('SOL/USDT'), false, at(40), 171.3).id;
  trading.setPrice('SOL/USDT', 174.9);
  trading.closeAt(done, 'take_profit', at(33));
  trading.alarm('critical', 'GROUP_DESYNC', { en: 'SOL/USDT:USDT SHORT: the exchange has 1.5 where 2.2424 was expected.', nl: 'SOL/USDT:USDT SHORT: de exchange heeft 1.5 waar 2.2424 verwacht was.' }, { group: odd, at: at(0.2) });
  trading.alarm('warning', 'FOREIGN_ORDER', { en: 'KuCoin Spot Main: an order that is not BackFuture’s was placed on this account.', nl: 'KuCoin Spot Main: op deze rekening is een order geplaatst die niet van BackFuture is.' }, { connection: spot, at: at(1) });
  trading.alarm('info', 'RECOVERY_ENTERED', { en: 'BTC/USDT LONG entered Recovery Mode.', nl: 'BTC/USDT LONG ging in Recovery Mode.' }, { group: long, acknowledged: true, at: at(14) });
  return { spot, eth, futures, hot, first, recovering: long, odd };
}
