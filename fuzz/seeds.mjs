// First inputs for the fuzz targets, made of the recorded payloads in golden/: node seeds.mjs FOLDER. Each target's leading bytes stand
// in its own file.
import fs from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const golden = path.join(here, '../golden');
const out = process.argv[2];

function seed(target, ...parts) {
  const bytes = Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))));
  const folder = path.join(out, target);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, createHash('sha1').update(bytes).digest('hex')), bytes);
}

const READERS = 22;  // replies.cpp, kReaders
const OPERATIONS = 27;

for (const exchange of ['kucoin', 'mexc']) {
  for (const file of fs.readdirSync(path.join(golden, exchange)).filter((name) => name.endsWith('.json'))) {
    const text = fs.readFileSync(path.join(golden, exchange, file), 'utf8');
    seed('json', text);
    const json = JSON.parse(text);
    const market = file.startsWith('futures-') || file.startsWith('ws-futures') ? 1 : 0;
    const unified = file.includes('-ua-') ? 2 : 0;
    if (file.startsWith('ws-') || file.includes('-ws-')) {
      // A frame, or an object of frames by name.
      const frames = json.type || json.channel || json.c ? [json] : Object.values(json);
      for (const frame of frames) {
        if (frame?.hex) seed(`stream_${exchange}`, market | 8, Buffer.from(frame.hex, 'hex'));
        for (const kind of [0, 4]) seed(`stream_${exchange}`, market | unified | kind, JSON.stringify(frame));
      }
    } else if (file === 'errors.json') {
      for (const [index, { body }] of json.errors.entries()) seed(`replies_${exchange}`, index % 2, index % OPERATIONS, index % READERS, index % 8, JSON.stringify(body));
    } else if (file !== 'signing_vectors.json') {
      for (let reader = 0; reader < READERS; ++reader) seed(`replies_${exchange}`, market | unified | 4, reader % OPERATIONS, reader, 0, text);
    }
  }
}

// method and host | 8 unsigned | 16 administrator | 32 WebSocket, target, body
const requests = {
  kucoin: [
    [0, 'api/v1/timestamp'], [0, 'api/v1/user/api-key'], [0, 'api/v1/accounts?type=trade'], [0, 'api/v2/symbols'], [0, 'api/v1/market/orderbook/level1?symbol=BTC-USDT'],
    [0, 'api/v1/market/candles?symbol=BTC-USDT&type=1min'], [0, 'api/v1/hf/orders/active?symbol=BTC-USDT'], [0, 'api/v1/hf/fills?symbol=BTC-USDT'],
    [2, 'api/v1/hf/orders', { clientOid: 'a1', side: 'buy', symbol: 'BTC-USDT', type: 'limit', price: '50000', size: '0.01' }],
    [2, 'api/v1/hf/orders', { clientOid: 'a2', side: 'buy', symbol: 'BTC-USDT', type: 'market', funds: '100' }],
    [2, 'api/v1/hf/orders/test', { clientOid: 'a3', side: 'sell', symbol: 'BTC-USDT', type: 'limit', price: '200000', size: '0.01', timeInForce: 'IOC' }],
    [4, 'api/v1/hf/orders/client-order/a1?symbol=BTC-USDT'], [2, 'api/v1/bullet-private'], [1, 'api/v1/contracts/active'], [1, 'api/v1/positions'],
    [3, 'api/v1/orders', { clientOid: 'f1', side: 'buy', symbol: 'XBTUSDTM', type: 'limit', price: '50000', size: 5, leverage: 3, marginMode: 'ISOLATED' }],
    [1, 'api/v1/account-overview?currency=USDT'], [1, 'api/v1/kline/query?symbol=XBTUSDTM&granularity=1'], [1, 'api/v1/fills'], [1, 'api/v2/position/getMarginMode?symbol=XBTUSDTM'],
  ],
  mexc: [
    [0, 'api/v3/time'], [0, 'api/v3/account'], [0, 'api/v3/apiKeyInfo'], [0, 'api/v3/exchangeInfo?symbol=BTCUSDT'], [0, 'api/v3/ticker/bookTicker?symbol=BTCUSDT'],
    [0, 'api/v3/klines?symbol=BTCUSDT&interval=1m'], [0, 'api/v3/openOrders?symbol=BTCUSDT'], [0, 'api/v3/myTrades?symbol=BTCUSDT'],
    [2, 'api/v3/order?symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=0.01&price=50000&newClientOrderId=a1'], [2, 'api/v3/order/test?symbol=BTCUSDT&side=SELL&type=LIMIT&quantity=0.01&price=200000'],
    [4, 'api/v3/order?symbol=BTCUSDT&origClientOrderId=a1'], [2, 'api/v3/userDataStream'], [1, 'api/v1/contract/detail'], [1, 'api/v1/private/account/assets'],
    [3, 'api/v1/private/order/submit', { symbol: 'BTC_USDT', price: 50000, vol: 10, leverage: 5, side: 1, type: 1, openType: 1, externalOid: 'f1' }],
    [3, 'api/v1/private/order/create', { symbol: 'BTC_USDT', price: 50000, vol: 10, leverage: 5, side: 1, type: 1, openType: 1 }],
    [1, 'api/v1/private/position/open_positions'], [1, 'api/v1/private/order/list/open_orders'], [1, 'api/v1/contract/kline/BTC_USDT?interval=Min1'],
  ],
};
for (const [exchange, list] of Object.entries(requests)) {
  for (const [options, target, body] of list) seed(`simulator_${exchange}`, options, `${target}\n`, body ? JSON.stringify(body) : '', '\n');
  seed(`simulator_${exchange}`, 16 | 2, 'price\n', JSON.stringify({ exchange, symbol: 'BTC/USDT', price: '60000' }), '\n');
  seed(`simulator_${exchange}`, 16 | 2, 'trade\n', JSON.stringify({ exchange, symbol: 'BTC/USDT', side: 'sell', price: '40000', quantity: '1' }), '\n');
  seed(`simulator_${exchange}`, 16 | 2, 'faults\n', JSON.stringify({ exchange, fault: 'lost_reply', count: 1 }), '\n');
  seed(`simulator_${exchange}`, 16 | 2, 'keys\n', JSON.stringify({ exchange, permissions: ['read'], ip_allow_list: ['203.0.113.7'], balances: { USDT: '1.5' } }), '\n');
  seed(`simulator_${exchange}`, 16, `orders?exchange=${exchange}\n\n`);
}
seed('simulator_mexc', 32, 'ws\n\n', JSON.stringify({ method: 'SUBSCRIPTION', params: ['spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT'] }), '\n');
seed('simulator_mexc', 33, 'edge\n\n', JSON.stringify({ method: 'sub.ticker', param: { symbol: 'BTC_USDT' } }), '\n', JSON.stringify({ method: 'ping' }), '\n');

for (const text of ['1 2', '0.1 -0.3', '1e-8 5', '99999999999999999999.999999999999999999 0.000000000000000001', '-0 +1', '1.50 1.5']) seed('decimal', text);
for (const credentials of [{ key: 'a', secret: 'b' }, { key: 'k"\u00e9', secret: '\\', passphrase: 'p' }, { secret: '', key: '' }]) seed('credentials', JSON.stringify(credentials));
seed('link', 0, JSON.stringify({ id: 1, method: 'POST', path: '/api/v1/connections', query: 'a=b', body: '{}', lang: 'nl', actor: { account: 'owner', role: 'owner', local: false, stepped_up_at: 1 } }));
seed('link', 1, JSON.stringify({ id: 1, status: 200, body: '{"a":1}' }));
seed('link', 2, JSON.stringify({ format: 1, id: 'c1', name: 'MEXC Spot Main', exchange: 'mexc', market: 'spot', site: 'global', status: 'error', status_since: 1, problem: { code: 'invalid_key', exchange_code: '10072', candidates: [] },
  key_fingerprint: 'A1B2', created_at: 1, tested_at: 2, checked_at: 3, proven_at: null, failures_in_row: 1, accept_transfer: false, accept_unknown: true,
  report: { exchange: 'mexc', market: 'spot', verdict: 'failed', claims: { read: { answer: 'yes', evidence: 'e', at: 5 } }, steps: [{ id: 'clock', result: 'pass', ms: 3, facts: [['answered_in', '12']] }], balances: [{ asset: 'USDT', free: '1', locked: null, total: '1' }] } }));

// 0 a case, 1 a webhook's body, 2 settings
{
  const settings = { name: 'eth', connection: 'Main', market: 'spot', pairs: ['ETH/USDT'], directions: ['long'], risk_level: 'low', margin: { group_limit: '5000' }, entry: { base_order: '300' }, exit: { hard_stop_pct: '30' } };
  const fill = (price, at) => ({ price, quantity: '0.1', fee: { asset: 'USDT', amount: '0.3' }, at });
  const signal = { strategy: 'eth', pair: 'ETH/USDT', direction: 'long', kind: 'entry', time: 8999000 };
  const connection = { status: 'connected', claims: { read: 'yes', spot_trade: 'yes', futures_trade: 'yes', withdraw: 'no', transfer: 'no' }, tested_at: 8000000 };
  const balances = { USDT: { free: '100000', locked: '0' } };
  const base = {
    settings, connection, balances, signal, now: 9000000, market: { bid: '2849.9', ask: '2850', last: '2850', mark: '2850', at: 8999000 },
    instrument: { price_step: '0.01', quantity_step: '0.0001', min_quantity: '0.0001', min_notional: '5', max_leverage: '50', risk_tiers: [{ up_to: '1000000', maintenance_rate: '0.005' }] },
  };
  const group = { state: 'ACTIVE', direction: 'long', add_ons: 0, zones_used: [], recovery_add_ons: 0, funding: '0', fills: [fill('3000', 1000)] };
  const futures = { settings: { ...settings, market: 'futures', pairs: ['ETH/USDT:USDT'], directions: ['long', 'short'] }, signal: { ...signal, pair: 'ETH/USDT:USDT' } };
  const cases = [base, { ...base, group }, { ...base, group: { ...group, state: 'RECOVERY', zones_used: [1] }, context: { pro: { connection, balances } } }, { ...base, ...futures, group },
    { ...base, group, signal: { ...signal, kind: 'exit' } }, { ...base, ...futures, group: { ...group, direction: 'short' }, context: { mode: 'exit_only', candles: [[1, '2', '3', '1', '2', '5']] } }];
  for (const each of cases) seed('explain', 0, JSON.stringify(each));
  for (const body of [JSON.stringify({ ...signal, id: 'a', bar_time: '2025-01-15T09:15:00Z', max_lag_s: 60, tag: 't', price: '3000' }), `alert ${JSON.stringify({ ...signal, time: '2025-01-15T09:30:00.5Z' })} end`]) seed('explain', 1, body);
  for (const each of [settings, { ...futures.settings, risk_level: 'high', futures: { leverage: 5 } }]) seed('explain', 2, JSON.stringify(each));
}

// method, path, query, body
const rest = [
  [0, 'exchanges'], [0, 'signer'], [0, 'addresses'], [3, 'addresses', '', { v4: '203.0.113.7', v6: null }], [1, 'addresses/learn', '', { exchange: 'kucoin' }], [0, 'connections'],
  [1, 'connections', '', { name: 'New', exchange: 'mexc', market: 'spot', site: 'global', sealed: '{"key":"mx0SimulatedAAAAAAA","secret":"0123456789abcdef0123456789abcdef"}', test: true, accept: ['internal_transfer'] }],
  [0, 'connections/*'], [16, 'connections/*', '', { name: 'Renamed' }], [1, 'connections/*/test', 'wait=report', { accept: ['unknown_withdrawal'], site: 'eu' }], [1, 'connections/*/test'],
  [1, 'connections/*/disable', '', {}], [1, 'connections/*/enable', '', {}], [0, 'connections/*/history', 'limit=20&before=5'], [4, 'connections/*/history'],
  [1, 'connections/*/rotate', '', { sealed: '{"key":"mx0SimulatedBBBBBBB","secret":"0123456789abcdef0123456789abcdef"}' }], [2, 'connections/*'], [1, 'demo/keys', '', { exchange: 'mexc', market: 'spot', kind: 'good' }],
];
for (const [options, target, query = '', body] of rest) seed('rest', options, `${target}\n${query}\n`, body ? JSON.stringify(body) : '');

// An intent, an acceptance, a fill and an end, as engine/records.cpp writes them.
const records = [
  [1, '01020000006331030000004254430400000055534454040000005553445401000c0000000000000000000000000000000301922c0900000000000000000000000000010178e6000000000000000000000000000000010101010101011900000000000000040900000000000000030000000100000000000000000000000000000001010000000000000000000000000000000301000000000000000000000000000000030500000000000000000000000000000000010000000000000000000000000000000300000000000000002900000000000000070000000700000062663161616262006c50c4a0010000'],
  [2, '012900000000000000080000004330325f5f353035'],
  [3, '012900000000000000020000005431922c0900000000000000000000000000010c000000000000000000000000000000030104000000555344542b0000000000000000000000000000000201010500000000000000'],
  [4, '012900000000000000000c00000000000000000000000000000003'],
];
for (const [kind, hex] of records) seed('records', kind, Buffer.from(hex, 'hex'));

// A group with changes, a checkpoint of it, an account's equity and a signal that made an order, as engine/group_records.cpp writes them: a digit for
// the kind, then JSON, one a line.
const terms = { group: 1, strategy: 's', connection: 'c', symbol: 'ETH/USDT', direction: 'long', via: 'main', opened_at: 1790000000000, signal: 1, base_order: '300', equity: '10000',
  maker: '0.001', taker: '0.001', price_step: '0.01', quantity_step: '0.0001', min_quantity: '0.0001', min_notional: '5', contract_size: '0',
  settings: { name: 'a', connection: 'Main', market: 'spot', pairs: ['ETH/USDT'], directions: ['long'], risk_level: 'low' } };
const change = (ordinal, what, facts) => `1${JSON.stringify({ group: 1, what, at: 1790000000000, ordinal, facts })}`;
const history = [`0${JSON.stringify(terms)}`, change(1, 'desync', { expected: '1', found: '0.9' }), change(2, 'adopted', { quantity: '-0.1', price: '3000' }),
  change(3, 'recovery', { trigger: 'adverse_move', actual: '0.09', limit: '0.08' }), change(4, 'funding', { amount: '-0.5' }), change(5, 'closing', { reason: 'user' })];
seed('groups', history.join('\n'));
seed('groups', [...history, change(6, 'closed', { reason: 'user' })].join('\n'));
seed('groups', [`2${JSON.stringify({ last_group: 1, last_order: 9, closed: [{ connection: 'c', symbol: 'BTC/USDT', at: 1790000000000 }] })}`, history[0], '3{}',
  `4${JSON.stringify({ connection: 'c', asset: 'USDT', at: 1790000000000, equity: '10000' })}`, `5${JSON.stringify({ signal: 1, order: 10 })}`].join('\n'));
