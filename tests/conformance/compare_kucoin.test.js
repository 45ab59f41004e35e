// What our adapter would send for KuCoin against what ccxt sends for the same call, per meaningful field, with its transport replaced.
// Both signatures are recomputed by plain node, from the request as it stands.
'use strict';
const { test, before } = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
let ccxt;
before(async () => { ccxt = (await import('ccxt')).default; });  // As a module: the packages below it can't be required by older nodes.
const golden = (name) => structuredClone(require(path.join(__dirname, '../../golden/kucoin', name)));

const BINARY = process.env.BF_BINARY ?? path.join(__dirname, '../../build/release/backfuture');
const KEY = { key: '6705f5c311545b000157d3eb', secret: 'f03a5284-5c39-4aaa-9b20-dea10bdcf8e3', passphrase: 'Backfuture7' };
const TIME = 1700000000000;

/** Ours, as `wire request` prints it. */
function ours(market, operation, args, mode) {
    const run = spawnSync(BINARY, ['wire', 'request', '--exchange', 'kucoin', '--market', market, '--operation', operation,
        '--args', JSON.stringify(args), '--timestamp-ms', String(TIME), '--account-mode', mode], { input: JSON.stringify(KEY), encoding: 'utf8' });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    const { requests, ...single } = JSON.parse(run.stdout);
    return requests ?? [single];
}

/** Theirs: every request of one call, taken before it leaves. What ccxt asks for at start is answered from recorded payloads. */
async function theirs(market, call, mode) {
    const exchange = new ccxt.kucoin({ apiKey: KEY.key, secret: KEY.secret, password: KEY.passphrase, enableRateLimit: false,
        options: { defaultType: market === 'spot' ? 'spot' : 'swap', uta: mode === 'unified' } });
    exchange.options.fetchMarkets = { ...exchange.options.fetchMarkets, fetchTickersFees: false, uta: false };
    exchange.has.fetchCurrencies = false;
    const contract = golden('futures-get-v1-contracts-symbol.json');
    const taken = [];
    const started = ['/api/v2/symbols', '/api/v1/contracts/active', '/api/ua/v1/account/mode', '/api/ua/v1/market/instrument',
        '/api/v3/margin/symbols', '/api/v1/isolated/symbols', '/api/v1/hf/accounts/opened', '/api/v3/currencies', '/api/v1/market/allTickers'];
    exchange.nonce = exchange.milliseconds = () => TIME;
    exchange.fetch = async (url, method, headers, body) => {
        const { pathname } = new URL(url);
        if (exchange.starting && started.includes(pathname)) {
            if (pathname === '/api/v2/symbols') return golden('get-v2-symbols.json');
            if (pathname === '/api/v1/contracts/active') return { ...contract, data: [contract.data] };
            if (pathname === '/api/ua/v1/account/mode') return { code: '200000', data: { selfAccountMode: mode.toUpperCase() } };
            return { code: '200000', data: pathname.endsWith('/opened') ? true : [] };
        }
        taken.push({ method, url, headers: headers ?? {}, body: body ?? '' });
        return { code: '200000', data: {} };
    };
    exchange.starting = true;
    await exchange.loadMarkets();
    await exchange.isUTAEnabled();
    exchange.starting = false;
    await call(exchange).catch((error) => { if (taken.length === 0) throw error; });
    return taken;
}

function header(request, name) {
    const found = Object.entries(request.headers).find(([one]) => one.toLowerCase() === name.toLowerCase());
    return found?.[1];
}

// What ccxt adds to a query that means the default, and what it hands on of its own words.
const NOISE = new Set(['status', 'tradeType', 'limit', 'code']);
const noisy = (url, name) => NOISE.has(name) && ['/api/v1/hf/orders/active', '/api/ua/v1/unified/position/open-list', '/api/v1/account-overview'].includes(url.pathname);

/** Method, host, path, parameters and body fields; amounts as numbers, since ccxt pads them. */
function meaning(request) {
    const url = new URL(request.url);
    const number = (value) => (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value);
    const numbers = (fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, number(value)]));
    return { method: request.method, host: url.host, path: url.pathname, parameters: numbers(Object.fromEntries([...url.searchParams].filter(([name]) => !noisy(url, name)))),
        body: request.body ? numbers(JSON.parse(request.body)) : undefined };
}

function checkSignature(request) {
    const hmac = (text) => crypto.createHmac('sha256', KEY.secret).update(text).digest('base64');
    const url = new URL(request.url);
    if (header(request, 'KC-API-SIGN') === undefined) return false;
    const prehash = header(request, 'KC-API-TIMESTAMP') + request.method + url.pathname + url.search + (request.body ?? '');
    assert.equal(header(request, 'KC-API-KEY'), KEY.key);
    assert.equal(header(request, 'KC-API-PASSPHRASE'), hmac(KEY.passphrase));
    assert.equal(header(request, 'KC-API-SIGN'), hmac(prehash));
    if (request.body) assert.equal(header(request, 'Content-Type'), 'application/json');
    // The official SDK sends 3, ccxt still 2; it is no part of what is signed.
    assert.ok(['2', '3'].includes(header(request, 'KC-API-KEY-VERSION')));
    return true;
}

const SPOT = 'BTC/USDT';
const SWAP = 'BTC/USDT:USDT';
const id = { client_order_id: 'bf-1' };
const limit = { symbol: SPOT, side: 'buy', type: 'limit', quantity: '0.001', price: '20000', ...id };
const contract = { symbol: SWAP, side: 'buy', type: 'limit', quantity: '0.01', contract_size: '0.001', price: '20000',
    margin_mode: 'isolated', leverage: 5, position_mode: 'one_way', ...id };
const theirsId = { clientOid: 'bf-1' };
// ccxt leaves out what it takes for the exchange's default; we say it.
const oneWay = { reduceOnly: false, positionSide: 'BOTH' };

// Market, operation, our arguments, ccxt's call, and what we send otherwise on purpose (undefined: we leave it out), with the reason.
const rows = [
    ['spot', 'server_time', {}, (e) => e.fetchTime()],
    ['spot', 'balances', {}, (e) => e.fetchBalance({ type: 'spot', hf: false })],
    ['spot', 'ticker', { symbol: SPOT }, (e) => e.publicGetMarketOrderbookLevel1({ symbol: 'BTC-USDT' })],
    ['spot', 'candles', { symbol: SPOT, interval: '1h', since_ms: 1699999200000, limit: 100 }, (e) => e.fetchOHLCV(SPOT, '1h', 1699999200000, 100)],
    ['spot', 'open_orders', { symbol: SPOT }, (e) => e.fetchOpenOrders(SPOT)],
    ['spot', 'order', { symbol: SPOT, id: '671' }, (e) => e.fetchOrder('671', SPOT)],
    ['spot', 'order', { symbol: SPOT, ...id }, (e) => e.privateGetHfOrdersClientOrderClientOid({ ...theirsId, symbol: 'BTC-USDT' })],
    ['spot', 'cancel_order', { symbol: SPOT, id: '671' }, (e) => e.cancelOrder('671', SPOT)],
    ['spot', 'cancel_order', { symbol: SPOT, ...id }, (e) => e.cancelOrder(undefined, SPOT, theirsId)],
    ['spot', 'fills', { symbol: SPOT, since_ms: TIME - 1000, limit: 50 }, (e) => e.fetchMyTrades(SPOT, TIME - 1000, 50)],
    ['spot', 'place_order', limit, (e) => e.createOrder(SPOT, 'limit', 'buy', 0.001, 20000, theirsId)],
    ['spot', 'place_order', { ...limit, post_only: true, time_in_force: 'gtc' },
        (e) => e.createOrder(SPOT, 'limit', 'buy', 0.001, 20000, { ...theirsId, postOnly: true, timeInForce: 'GTC' })],
    ['spot', 'place_order', { ...limit, time_in_force: 'fok' }, (e) => e.createOrder(SPOT, 'limit', 'buy', 0.001, 20000, { ...theirsId, timeInForce: 'FOK' })],
    ['spot', 'place_order', { symbol: SPOT, side: 'sell', type: 'market', quantity: '0.001', ...id }, (e) => e.createOrder(SPOT, 'market', 'sell', 0.001, undefined, theirsId)],
    ['spot', 'place_order', { symbol: SPOT, side: 'buy', type: 'market', quote_quantity: '25', ...id }, (e) => e.createMarketBuyOrderWithCost(SPOT, 25, theirsId)],
    ['spot', 'test_order', limit, (e) => e.createOrder(SPOT, 'limit', 'buy', 0.001, 20000, { ...theirsId, test: true })],
    ['spot', 'place_stop', { symbol: SPOT, side: 'sell', type: 'market', quantity: '0.001', stop_price: '19000', ...id },
        (e) => e.createOrder(SPOT, 'market', 'sell', 0.001, undefined, { ...theirsId, stopLossPrice: 19000 })],
    ['spot', 'public_stream', {}, (e) => e.publicPostBulletPublic()],
    ['spot', 'private_stream', {}, (e) => e.privatePostBulletPrivate()],
    ['spot', 'key_info', {}, (e) => e.privateGetUserApiKey()],
    ['spot', 'instruments', {}, (e) => e.publicGetSymbols()],
    ['spot', 'service_status', {}, (e) => e.publicGetStatus()],
    ['futures', 'instruments', {}, (e) => e.futuresPublicGetContractsActive()],
    ['futures', 'service_status', {}, (e) => e.futuresPublicGetStatus()],
    ['futures', 'order', { symbol: SWAP, ...id }, (e) => e.futuresPrivateGetOrdersByClientOid(theirsId)],
    ['futures', 'public_stream', {}, (e) => e.futuresPublicPostBulletPublic()],
    ['futures', 'private_stream', {}, (e) => e.futuresPrivatePostBulletPrivate()],
    ['futures', 'key_info', {}, (e) => e.privateGetUserApiKey()],
    ['spot', 'account_mode', {}, (e) => e.utaPrivateGetAccountMode()],

    ['futures', 'server_time', {}, (e) => e.fetchTime({ type: 'swap' })],
    ['futures', 'balances', {}, (e) => e.fetchBalance({ type: 'swap', code: 'USDT' })],
    ['futures', 'ticker', { symbol: SWAP }, (e) => e.fetchTicker(SWAP)],
    ['futures', 'candles', { symbol: SWAP, interval: '15m', since_ms: 1699999200000, limit: 100 }, (e) => e.fetchOHLCV(SWAP, '15m', 1699999200000, 100)],
    ['futures', 'positions', {}, (e) => e.fetchPositions()],
    ['futures', 'open_orders', { symbol: SWAP }, (e) => e.fetchOpenOrders(SWAP)],
    ['futures', 'order', { symbol: SWAP, id: '12' }, (e) => e.fetchOrder('12', SWAP)],
    ['futures', 'cancel_order', { symbol: SWAP, id: '12' }, (e) => e.cancelOrder('12', SWAP)],
    ['futures', 'cancel_order', { symbol: SWAP, ...id }, (e) => e.cancelOrder(undefined, SWAP, theirsId)],
    ['futures', 'fills', { symbol: SWAP, limit: 50 }, (e) => e.fetchMyTrades(SWAP, undefined, 50)],
    ['futures', 'margin_mode', { symbol: SWAP }, (e) => e.fetchMarginMode(SWAP)],
    ['futures', 'position_mode', {}, (e) => e.fetchPositionMode()],
    ['futures', 'set_margin_mode', { symbol: SWAP, margin_mode: 'cross' }, (e) => e.setMarginMode('cross', SWAP)],
    ['futures', 'set_leverage', { symbol: SWAP, margin_mode: 'cross', leverage: 7 }, (e) => e.setLeverage(7, SWAP, { marginMode: 'cross' })],
    ['futures', 'place_order', contract, (e) => e.createOrder(SWAP, 'limit', 'buy', 10, 20000, { ...theirsId, marginMode: 'isolated', leverage: 5 }), oneWay],
    ['futures', 'test_order', { ...contract, time_in_force: 'ioc' },
        (e) => e.createOrder(SWAP, 'limit', 'buy', 10, 20000, { ...theirsId, marginMode: 'isolated', leverage: 5, timeInForce: 'IOC', test: true }), oneWay],
    ['futures', 'place_order', { ...contract, type: 'market', price: undefined, margin_mode: 'cross' },
        (e) => e.createOrder(SWAP, 'market', 'buy', 10, undefined, { ...theirsId, marginMode: 'cross', leverage: 5 }), oneWay],
    // ccxt gives a closing order a leverage of 1, which the reference leaves out.
    ['futures', 'place_order', { ...contract, side: 'sell', reduce_only: true, position_mode: 'hedge', leverage: undefined },
        (e) => e.createOrder(SWAP, 'limit', 'sell', 10, 20000, { ...theirsId, marginMode: 'isolated', reduceOnly: true, hedged: true }), { leverage: undefined }],
    ['futures', 'place_order', { ...contract, position_mode: 'hedge' },
        (e) => e.createOrder(SWAP, 'limit', 'buy', 10, 20000, { ...theirsId, marginMode: 'isolated', leverage: 5, hedged: true }), { reduceOnly: false }],
    ['futures', 'place_stop', { ...contract, side: 'sell', type: 'market', price: undefined, stop_price: '19000', reduce_only: true },
        (e) => e.createOrder(SWAP, 'market', 'sell', 10, undefined, { ...theirsId, marginMode: 'isolated', leverage: 5, stopLossPrice: 19000, reduceOnly: true }),
        { positionSide: 'BOTH' }],
];

const unifiedRows = [
    ['spot', 'balances', {}, (e) => e.fetchBalance()],
    ['spot', 'order', { symbol: SPOT, id: '671' }, (e) => e.fetchOrder('671', SPOT)],
    ['spot', 'open_orders', { symbol: SPOT }, (e) => e.fetchOpenOrders(SPOT)],
    ['spot', 'cancel_order', { symbol: SPOT, id: '671' }, (e) => e.cancelOrder('671', SPOT)],
    ['spot', 'fills', { symbol: SPOT }, (e) => e.fetchMyTrades(SPOT)],
    ['spot', 'place_order', limit, (e) => e.createOrder(SPOT, 'limit', 'buy', 0.001, 20000, theirsId)],
    ['spot', 'place_order', { symbol: SPOT, side: 'buy', type: 'market', quote_quantity: '25', ...id }, (e) => e.createMarketBuyOrderWithCost(SPOT, 25, theirsId)],
    ['futures', 'place_order', contract, (e) => e.createOrder(SWAP, 'limit', 'buy', 10, 20000, theirsId), { reduceOnly: false }],
    ['futures', 'place_order', { ...contract, side: 'sell', reduce_only: true }, (e) => e.createOrder(SWAP, 'limit', 'sell', 10, 20000, { ...theirsId, reduceOnly: true })],
    ['futures', 'positions', {}, (e) => e.fetchPositions()],
    ['futures', 'set_leverage', { symbol: SWAP, leverage: 7 }, (e) => e.setLeverage(7, SWAP)],
];

for (const [mode, list] of [['classic', rows], ['unified', unifiedRows]]) {
    for (const [market, operation, args, call, differs] of list) {
        test(`${mode} ${market} ${operation} ${JSON.stringify(args)}`, async () => {
            const mine = ours(market, operation, args, mode);
            const others = await theirs(market, call, mode);
            assert.equal(mine.length, 1);
            assert.equal(others.length, 1, JSON.stringify(others));
            assert.equal(checkSignature(mine[0]), checkSignature(others[0]));
            const expected = meaning(others[0]);
            if (differs) {
                Object.assign(expected.body, differs);
                for (const [name, value] of Object.entries(differs)) if (value === undefined) delete expected.body[name];
            }
            assert.deepEqual(meaning(mine[0]), expected);
        });
    }
}
