// First inputs for the fuzz targets, made of the recorded payloads in golden/: node seeds.mjs FOLDER. Each target's leading bytes stand
// in its own file.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
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

const crc = (bytes) => ~bytes.reduce((sum, byte) => { let c = (sum ^ byte) & 255; for (let k = 0; k < 8; ++k) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; return c ^ (sum >>> 8); }, -1) >>> 0;
/** A zip of one file, stored or deflated. */
function zip(name, content, deflated = false) {
  const bytes = Buffer.from(content), packed = deflated ? zlib.deflateRawSync(bytes) : bytes, file = Buffer.from(name);
  const local = Buffer.alloc(30), central = Buffer.alloc(46), end = Buffer.alloc(22);
  for (const [head, at] of [[local, 4], [central, 6]]) {
    head.writeUInt16LE(20, at);
    head.writeUInt16LE(deflated ? 8 : 0, at + 4);
    head.writeUInt32LE(crc(bytes), at + 10);
    head.writeUInt32LE(packed.length, at + 14);
    head.writeUInt32LE(bytes.length, at + 18);
    head.writeUInt16LE(file.length, at + 22);
  }
  local.writeUInt32LE(0x04034b50, 0);
  central.writeUInt32LE(0x02014b50, 0);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + file.length, 12);
  end.writeUInt32LE(30 + file.length + packed.length, 16);
  return Buffer.concat([local, file, packed, central, file, end]);
}

const READERS = 26;  // replies.cpp, kReaders
const OPERATIONS = 33;

// ledger.cpp: a sound segment unchanged, and with a byte changed in its header, an entry, a link and behind the end.
for (const [high, low] of [[0, 20], [2, 30], [2, 100], [31, 0]]) for (const tagged of [0, 1]) seed('ledger', 1, tagged, 1, high, low, 7);
for (const tagged of [0, 1]) seed('ledger', 1, tagged, 0);
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

// Candles as files bring them: 0 and 1 a file (of minutes, of seconds), 3 a stored set.
{
  const lines = '1704067200000,42283.58,42298.62,42261.02,42298.61,35.92724\n1704067260000,42298.62,42320,42298.61,42320,21.16779\n1704067440000,42319.99,42331.54,42319.99,42325.5,21.60391\n';
  const klines = lines.replace(/^(\d+)(.*)$/gm, (_, at, rest) => `${at}000${rest},${at}999,912626.1,17,20.1,511201.2,0`);
  const arrays = '[[1704067200000,42283.58,42298.62,42261.02,42298.61,3.5e1],[1704067260000,"42298.62","42320","42298.61","42320","21.16779"]]';
  const trades = ['5,100.5,2,7,8,1704067200100,False,True\n6,99.25,1.5,9,9,1704067200900,True,True\n8,101,4,10,12,1704067202000,False,True\n', '5,100.5,2,201,1704067200100123,True,True\n6,99,1,99,1704067261100123,True,True\n',
    'id,price,qty,base_qty,time,is_buyer_maker\n5,100.5,9,2,1704067200100,true\n', 'timestamp,symbol,id,side,price,amount\r\n1704067200100,BTC/USDT,x1,buy,"100.5",2e-7\r\n',
    '[{"info":{"p":"]"},"timestamp":1704067200100,"id":"5","side":"buy","price":100.5,"amount":2e-7},\n {"timestamp":1704067202000,"id":"6","price":"99","amount":1}]',
    '[[1704067200100,"5",null,"buy",100.5,2.0,201.0],[1704067202000,"6","","sell",99.25,1.5,148.875]]', zip('t.json', '[{"time":1704067200,"price":"1","qty":"2"}]')];
  for (const kind of [0, 1]) for (const file of trades) seed('candles', kind, file);
  for (const kind of [0, 1]) for (const file of [`open_time_ms,open,high,low,close,volume\n${lines}`, lines, klines, arrays, `"time", open,high,low,close,vol\r\n${lines}`, zip('a.csv', klines), zip('a.json', arrays), zlib.gzipSync(lines), zlib.gzipSync(arrays)]) seed('candles', kind, file);
}

// Candles in a deflated zip, one of them a bomb, and what a back-test is handed besides: settings, candles made by hand and signals, or a sweep.
{
  const rows = (count) => Array.from({ length: count }, (_, i) => `${1704067200000 + i * 60000},100.0${i % 9},101,99,100.5,${i}`).join('\n') + '\n';
  seed('candles', 0, zip('b.csv', rows(40), true));
  seed('candles', 0, zip('c.csv', Buffer.alloc(4_000_000, '1'), true));

  const settings = (more = {}) => JSON.stringify({ name: 'eth', connection: 'Main', market: 'spot', pairs: ['ETH/USDT'], directions: ['long'], risk_level: 'medium', margin: { group_limit: '5000' },
    entry: { base_order: '300' }, exit: { hard_stop_pct: '30' }, ...more });
  const header = 'open_time_ms,open,high,low,close,volume\n';
  const fall = header + Array.from({ length: 60 }, (_, i) => { const p = 3000 - 40 * i + 90 * (i % 5); return `${1704067200000 + i * 60000},${p},${p + 30},${p - 45},${p - 10}.5,3`; }).join('\n') + '\n';
  const signal = (kind, minute) => JSON.stringify({ strategy: 'eth', pair: 'ETH/USDT', direction: 'long', kind, time: 1704067200000 + minute * 60000 });
  const signals = [signal('entry', 2), signal('add', 9), signal('add', 20), signal('exit', 50)].join('\n');
  for (const options of [0x40, 0x41, 0x47]) seed('backtest', 0, settings(), 1, options, fall, 1, options === 0x41 ? signals : '');
  seed('backtest', 0, settings({ market: 'futures', pairs: ['ETH/USDT:USDT'], directions: ['long', 'short'], futures: { leverage: 5 } }), 1, 0x44, fall, 1);
  for (const ranges of [{ ranges: { 'add_on.zone_step_pct': { from: '1', to: '5', step: '0.5' }, 'exit.take_profit_pct': ['0.5', '1'] }, search: 'random', variants: 5, seed: 1, walk_forward: { pieces: 3 } },
    { 'exit.take_profit_pct': ['0.5', '1', '2'], 'recovery.enabled': [true, false] }]) seed('backtest', 1, settings(), 1, JSON.stringify(ranges));
}

// Every path of the REST interface, as a request to the web process by each of its people, and to trading, candles, back-tests and limits.
{
  const settings = { name: 'eth', connection: 'Main', market: 'spot', pairs: ['ETH/USDT'], directions: ['long'], risk_level: 'low', margin: { group_limit: '5000' }, entry: { base_order: '300' }, exit: { hard_stop_pct: '30' } };
  const bodies = {
    'sign-in': { account: 'owner', password: 'correct horse battery staple owner' }, 'step-up': { password: 'correct horse battery staple owner', code: '123456' }, 'set-up': { code: 'x', password: 'correct horse battery staple' },
    password: { password: 'correct horse battery staple owner', new_password: 'quite another long phrase' }, tokens: { name: 'script', scope: 'trader', days: 30, expires_at: 1791000000000 },
    people: { name: 'wim', role: 'viewer', password: 'correct horse battery staple wim' }, 'people/tina': { role: 'owner' }, 'second-factor/confirm': { code: '123456' }, 'second-factor/remove': { code: '123456' },
    'second-factor/recovery-codes': { code: '123456' }, 'passkeys/begin': { code: '123456' }, 'passkeys/challenge': {}, passkeys: { name: 'laptop', client_data: 'e30', authenticator_data: 'AAAA' },
  };
  const openapi = JSON.parse(fs.readFileSync(path.join(here, '../docs/reference/openapi.json'), 'utf8'));
  let turn = 0;
  for (const [template, methods] of Object.entries(openapi.paths)) {
    const target = template.replace('/people/{id}', '/people/tina').replace(/\{\w+\}/g, '1');
    for (const method of ['get', 'post', 'put', 'patch', 'delete'].filter((name) => name in methods)) {
      const body = JSON.stringify(bodies[target.replace('/api/v1/', '')] ?? {});
      for (const kind of [turn++ % 10, 0]) seed('web', 8 | 16, kind, `${method.toUpperCase()}\n${target}\n\n${body}`);
    }
  }
  seed('web', 2, 0, 'GET\n/api/v1/live?lang=nl\n\n{"type":"watch","connection":"c","pair":"ETH/USDT"}\n');
  seed('web', 0, 10, 'POST\n/api/v1/sign-in\nOrigin: https://elsewhere.example\nSec-Fetch-Site: cross-site\n\n{}');
  seed('web', 0, 10, 'GET\n/api/v1/tokens\nCookie: a=b; bf_session=$2; bf_session=$1\nAuthorization: Bearer $6\n\n');
  seed('web', 0, 10, 'HEAD\n/\nAccept-Encoding: gzip\n\n');

  const ask = (method, target, { query = '', body } = {}) => Buffer.concat([Buffer.of(0x40 | ['get', 'post', 'delete', 'put'].indexOf(method)), Buffer.from(`${target}\n${query}\n${body ? JSON.stringify(body) : ''}`)]);
  const made = ask('post', 'strategies', { body: { settings } });
  const chain = (...asks) => seed('desks', ...asks.flatMap((one) => [one, 1]).slice(0, -1));
  const hook = { strategy: 'eth', pair: 'ETH/USDT', direction: 'long', kind: 'entry', time: 1790000010000 };
  chain(made, ask('post', 'strategies/*/enable'), ask('post', 'hooks/^', { body: hook }), ask('get', 'groups'), ask('get', 'groups/1'), ask('get', 'decisions', { query: 'limit=5' }), ask('get', 'decisions/1'), ask('post', 'groups/1/close'));
  chain(made, ask('put', 'strategies/*', { body: { settings: { ...settings, risk_level: 'high' } } }), ask('post', 'strategies/*/mode', { body: { mode: 'exit_only' } }), ask('post', 'strategies/*/rotate-hook'), ask('post', 'strategies/*/signal', { body: hook }), ask('delete', 'strategies/*'));
  chain(ask('get', 'strategies'), ask('post', 'ladder', { body: { settings, pair: 'ETH/USDT', price: '3000', equity: '10000' } }), ask('get', 'instruments', { query: 'connection=c1&search=eth' }), ask('post', 'watch', { body: { connection: 'c1', pair: 'ETH/USDT' } }));
  chain(ask('get', 'accounts/c1'), ask('post', 'accounts/c1/freeze'), ask('post', 'accounts/c1/unfreeze'), ask('post', 'accounts/c1/paper', { body: { asset: 'USDT', amount: '500' } }), ask('get', 'mode'), ask('post', 'mode', { body: { mode: 'no_new_groups', connection: 'c1' } }),
    ask('get', 'alarms'), ask('post', 'alarms/1/acknowledge'), ask('get', 'candles', { query: 'connection=c1&pair=ETH/USDT&interval=1m&since=1&limit=5' }));
  chain(ask('post', 'candle-uploads', { body: { name: '../../a.csv', bytes: 4 } }), ask('put', 'candle-uploads/%', { body: { offset: 0, data: 'YWJjZA==' } }), ask('get', 'candle-uploads/%'), ask('post', 'candle-imports', { body: { uploads: ['0'], exchange: 'binance', market: 'spot', pair: 'BTC/USDT', interval: '1m' } }),
    ask('get', 'candle-imports/i'), ask('delete', 'candle-uploads/%'), ask('get', 'candle-sets'), ask('get', 'candle-sets/example-spot-ETH-USDT-1m'), ask('post', 'candle-downloads', { body: { connection: 'c1', pair: 'ETH/USDT', interval: '1m', from: 1 } }), ask('post', 'candle-downloads/d/stop'), ask('get', 'candle-downloads'));
  const run = { settings, candles: 'example-spot-ETH-USDT-1m', pair: 'ETH/USDT', equity: '10000', spread_bps: '5', fill: 'touch' };
  chain(ask('post', 'backtests', { body: run }), ask('get', 'backtests'), ask('get', 'backtests/b1'), ask('get', 'backtests/b1/candles'), ask('get', 'backtests/b1/files', { query: 'what=fills' }), ask('get', 'backtests/b1/groups/1'), ask('delete', 'backtests/b1'));
  const caps = { order: '1000', market_order: '500', hour: '3000', day: '5000', exposure: '2500' };
  const limits = { operations: ['place_order', 'place_stop'], market: 'spot', symbols: ['ETH/USDT'], values: { USDT: caps }, price_band_pct: '20', exit_band_pct: '90', leverage: 1, orders_a_minute: 60, exits_a_minute: 300, raise_delay_s: 3600 };
  chain(ask('get', 'limits'), ask('put', 'limits', { body: { limits, code: '123456' } }), ask('post', 'freeze', { body: { level: 'everything' } }), ask('post', 'unfreeze', { body: { account: 'owner', code: '123456' } }));
}

// The signer's peers, its files, second factors and links: acts by number, as each target's own file reads them.
{
  const pair = (value) => Buffer.of(value & 255, value >> 8);
  // An order on the connection with limits: act, id, question, one call, name, slot, time, operation, market, mode, arguments, symbol, side, type, quantity, price, client id, reference.
  const order = (side, quantity, price) => Buffer.concat([Buffer.of(4, 1, 31, 0, 0, 0, 0, 200, 0, 0), pair(1 | 2 | 4 | 8 | 16 | 32 | 16384), Buffer.of(0, side, 0, quantity, price, 2), Buffer.from('id'), Buffer.of(price, 0)]);
  for (const target of ['signer', 'signer_vault']) {
    seed(target, order(0, 1, 4), order(0, 1, 5), order(1, 1, 4), order(0, 1, 5), 1, 60, order(0, 1, 6));
    for (let question = 0; question < 26; ++question) for (const name of [0, 2, 3]) seed(target, 4, 1, question, name, 1, 0, 1, 0, 1, 2, 0, 0, 0, 0);
    seed(target, 4, 1, 12, 1, 4, 1, 13, 1, 1, 4, 1, 24, 2, 0, 1, 1);  // A factor of one's own, and with it to what is frozen.
    seed(target, 4, 1, 3, 0, 0, 4, 1, 4, 0, 4, 1, 5, 0, 4, 1, 7, 0);
    seed(target, 3, 1, 31, 0, 0, 0, 0, 200, 0, 0, pair(1 | 2 | 4 | 8 | 16), 0, 0, 0, 1, 4, 2, pair(9), 255, pair(20), 3, 0);
    seed(target, 0, pair(10), 'anything at all');
  }
  for (const kind of [0, 1]) for (const what of [0, 1, 2, 3]) seed('envelope', kind, 5, 'plain', 0, what ? 1 : 0, pair(30), 1, what, pair(12), 0, 0);
  seed('envelope', 2, 'x'.repeat(80));
  for (const kind of [0, 3]) for (let column = 0; column < 19; ++column) for (const source of [0, 2, 3]) seed('vault', kind, column, 0, 1, source, 16, 'somebody else\'s.');
  for (const kind of [1, 4, 5]) for (const at of [20, 99, 4200, 8300]) seed('vault', kind, 0, 0, pair(at), 1, 'ab');
  seed('vault', 2, 0, 0, pair(30), 0, 'f');
  for (const typed of ['123456', '000 000', 'ABCD-EFGH-JKLM-NPQR']) seed('factor', 0, 10, 2, typed.length, typed, 0, 0);
  seed('factor', 0, 10, 0, 2, 0, 0, 10, 0, 2, 0, 0, 10, 1, 3, 0, 0, 10, 1, 3, 0, 0);
  for (let act = 0; act < 6; ++act) seed('factor', 1, 1, 1, pair(25), 7, 0, '12345678901234567890', pair(1), 40, act, 0);
  seed('factor', 2, 5, 'a.b@c');
  // A passkey as an authenticator makes it, whose key is the curve's own point; and answers to it.
  const point = ['6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296', '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'];
  const passkey = Buffer.from(`4500000001${'00'.repeat(16)}000461626364a5010203262001215820${point[0]}225820${point[1]}`, 'hex');
  for (const changes of [0, 1, 2]) seed('factor', 3, changes, changes ? [40, 41].slice(0, changes).flatMap((at) => [at, 65]) : Buffer.alloc(0), 0, pair(passkey.length), passkey, 37, passkey.subarray(0, 37), 70, passkey.subarray(20, 90), 0, 20, 'a.b.c.d.e');
  seed('factor', 3, 0, 1, pair(0), 9, 'a.b.c.d.e');
  const framed = (...texts) => Buffer.concat(texts.map((text) => { const head = Buffer.alloc(4); head.writeUInt32LE(text.length); return Buffer.concat([head, Buffer.from(text)]); }));
  for (const cuts of [0, 40, 255]) seed('frames', 0, cuts, framed('{"id":1}', '', 'x'.repeat(300)));
  seed('frames', 0, 0, Buffer.from('ffffffff00', 'hex'));
  seed('frames', 1, 3, 1, 1, 5, 'reply', 2, 1, 4, 3, 'abc', 5, 3, 0, 2, 'xy', 1, 4);
  for (const at of [0, 1, 2]) seed('ledger', 2, 0, at, 5, pair(700), 9);
  for (let what = 0; what < 6; ++what) seed('ledger', 2, 1, 1, what, pair(600), pair(100), pair(9), 2, what, pair(900), pair(1), pair(2));
  seed('link', 3, JSON.stringify({ event: { en: '{"a":1}', nl: '{"a":2}' } }));
  seed('link', 4, JSON.stringify({ account: 'owner', code: '123456' }));
  seed('link', 5, JSON.stringify({ verdict: 'ok', wait_s: 3, by_recovery: true, fall_cancelled: false, on: true, trusted: true, recovery_left: 9, falls_at: 5, secret: 'ABC', codes: ['A-B'] }));
}

// Bytes on the web server's port; the first byte says in what pieces they come.
{
  const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  const frame = (first, text) => Buffer.concat([Buffer.of(first, 0x80 | text.length, 1, 2, 3, 4), Buffer.from([...text].map((c, i) => c.charCodeAt(0) ^ (i % 4 + 1)))]);
  const said = ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'HEAD /late HTTP/1.1\r\nHost: a\r\n\r\nGET /lost HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'GET /empty HTTP/1.0\r\n\r\n',
    'POST /x?a=b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: z\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', upgrade.replace('GET /', 'GET /no')];
  for (const cuts of [0, 60]) for (const bytes of said) seed('http', cuts, bytes);
  seed('http', 0, upgrade, frame(0x81, 'hello'), frame(0x89, 'ping'), frame(0x01, 'he'), frame(0x80, 'llo'), frame(0x82, ''), frame(0x88, '\x03\xe8'));
  seed('http', 9, upgrade, frame(0x81, '\xff\xfe'), frame(0x83, ''));
}

// messages.txt: stored limits with some orders to judge (how many bytes, then symbol, side, reducing, quantity and price of each), and the signer's messages.
for (const line of fs.readFileSync(path.join(here, 'messages.txt'), 'utf8').split('\n').filter((one) => /^[pqr] /.test(one))) {
  const [kind, hex] = line.split(' '), bytes = Buffer.from(hex, 'hex');
  if (kind === 'p') for (const orders of [[], [1, 0, 1, 0, 0, 30, 0, 0, 1, 0, 2, 0, 0, 60, 0, 0, 1, 1, 1, 0, 0, 30, 0, 0], [0, 0, 0, 5, 0, 0, 30, 0, 0, 0, 1, 1, 5, 0, 0, 30, 0, 0]]) seed('policy', orders.length, Buffer.from(orders), bytes);
  else for (const way of kind === 'q' ? [0] : [1, 2]) seed('signer_codec', way, bytes);
  // The same to the whole signer, as bytes.
  if (kind === 'q') seed('signer', 0, Buffer.of(bytes.length & 255, bytes.length >> 8), bytes);
}
