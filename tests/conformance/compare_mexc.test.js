// What our adapter would send for MEXC against what ccxt sends for the same call, per meaningful field, with its transport replaced. Both
// signatures are recomputed by plain node.
'use strict';
const { test, before } = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
let ccxt;
before(async () => { ccxt = (await import('ccxt')).default; });  // As a module: the packages below it can't be required by older nodes.
const golden = (name) => require(path.join(__dirname, '../../golden/mexc', name));

const BINARY = process.env.BF_BINARY ?? path.join(__dirname, '../../build/release/backfuture');
const KEY = { key: 'mx0vglAbCdEfGh1234', secret: '45d0b3c26f2644f19bfb98b07741b2f5' };
const TIME = 1700000000000;

/** Ours, as `wire request` prints it. */
function ours(market, operation, args) {
    const run = spawnSync(BINARY, ['wire', 'request', '--exchange', 'mexc', '--market', market, '--operation', operation,
        '--args', JSON.stringify(args), '--timestamp-ms', String(TIME)], { input: JSON.stringify(KEY), encoding: 'utf8' });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    const { requests, ...single } = JSON.parse(run.stdout);
    return requests ?? [single];
}

/** Theirs: every request of one call, taken before it leaves. Market lists are answered from recorded payloads. */
async function theirs(market, call) {
    const exchange = new ccxt.mexc({ apiKey: KEY.key, secret: KEY.secret, enableRateLimit: false, options: { defaultType: market === 'spot' ? 'spot' : 'swap' } });
    const symbols = golden('get-v3-exchangeInfo.json');
    const [first] = symbols.symbols;
    symbols.symbols = [{ ...first, symbol: 'BTCUSDT', baseAsset: 'BTC', baseAssetPrecision: 8, quotePrecision: 2, quoteAssetPrecision: 2 }];
    const contracts = golden('futures-get-v1-contract-detail-old.json');
    const taken = [];
    exchange.nonce = exchange.milliseconds = () => TIME;
    exchange.fetch = async (url, method, headers, body) => {
        if (exchange.starting) {
            if (url.includes('/exchangeInfo')) return symbols;
            if (url.includes('/contract/detail')) return { ...contracts, data: [].concat(contracts.data) };
            if (url.includes('/capital/config/getall')) return [];
        }
        taken.push({ method, url, headers: headers ?? {}, body: body ?? '' });
        return { success: true, code: 0, data: [] };
    };
    exchange.starting = true;
    await exchange.loadMarkets();
    exchange.starting = false;
    await call(exchange).catch((error) => { if (taken.length === 0) throw error; });
    return taken;
}

const NOISE = new Set(['timestamp', 'recvWindow', 'signature']);
function header(request, name) {
    const found = Object.entries(request.headers).find(([one]) => one.toLowerCase() === name.toLowerCase());
    return found?.[1];
}
/** Method, host, path and parameters: query and body alike, numbers as numbers. */
function meaning(request) {
    const url = new URL(request.url);
    const parameters = Object.fromEntries([...url.searchParams].filter(([name]) => !NOISE.has(name)));
    const body = request.body ? JSON.parse(request.body) : undefined;
    return { method: request.method, host: url.host, path: url.pathname, parameters, body };
}
function checkSignature(request) {
    const url = new URL(request.url);
    const hmac = (text) => crypto.createHmac('sha256', KEY.secret).update(text).digest('hex');
    if (url.pathname.startsWith('/api/v3/')) {
        if (!url.search.includes('signature=')) return;
        const [text, signature] = url.search.slice(1).split('&signature=');
        assert.equal(header(request, 'X-MEXC-APIKEY'), KEY.key);
        return assert.equal(signature, hmac(text));
    }
    if (!url.pathname.includes('/private/')) return;
    assert.equal(header(request, 'ApiKey'), KEY.key);
    assert.equal(header(request, 'Signature'), hmac(KEY.key + header(request, 'Request-Time') + (request.body || url.search.slice(1))));
}

const SPOT = 'BTC/USDT';
const SWAP = 'BTC/USDT:USDT';
const limit = { symbol: SPOT, side: 'buy', type: 'limit', quantity: '0.001', price: '20000' };
const contract = { symbol: SWAP, side: 'buy', type: 'limit', quantity: '0.001', contract_size: '0.0001', price: '20000', margin_mode: 'isolated', leverage: 5 };

// `differs` names what we send otherwise on purpose, with the reason.
const rows = [
    ['spot', 'server_time', {}, (e) => e.fetchTime()],
    ['spot', 'balances', {}, (e) => e.fetchBalance()],
    ['spot', 'ticker', { symbol: SPOT }, (e) => e.fetchTicker(SPOT)],
    ['spot', 'candles', { symbol: SPOT, interval: '1h', limit: 100 }, (e) => e.fetchOHLCV(SPOT, '1h', undefined, 100)],
    ['spot', 'open_orders', { symbol: SPOT }, (e) => e.fetchOpenOrders(SPOT)],
    ['spot', 'order', { symbol: SPOT, id: 'C02__1' }, (e) => e.fetchOrder('C02__1', SPOT)],
    ['spot', 'order', { symbol: SPOT, client_order_id: 'bf-1' }, (e) => e.fetchOrder(undefined, SPOT, { clientOrderId: 'bf-1' })],
    ['spot', 'cancel_order', { symbol: SPOT, id: 'C02__1' }, (e) => e.cancelOrder('C02__1', SPOT)],
    ['spot', 'fills', { symbol: SPOT, limit: 50 }, (e) => e.fetchMyTrades(SPOT, undefined, 50)],
    ['spot', 'place_order', { ...limit, client_order_id: 'bf-1' }, (e) => e.createOrder(SPOT, 'limit', 'buy', 0.001, 20000, { clientOrderId: 'bf-1' })],
    ['spot', 'place_order', { ...limit, post_only: true }, (e) => e.createOrder(SPOT, 'limit', 'buy', 0.001, 20000, { postOnly: true })],
    ['spot', 'place_order', { symbol: SPOT, side: 'sell', type: 'market', quantity: '0.001' }, (e) => e.createOrder(SPOT, 'market', 'sell', 0.001)],
    ['spot', 'place_order', { symbol: SPOT, side: 'buy', type: 'market', quote_quantity: '25' }, (e) => e.createMarketBuyOrderWithCost(SPOT, 25)],
    ['spot', 'test_order', limit, (e) => e.createOrder(SPOT, 'limit', 'buy', 0.001, 20000, { test: true })],
    ['spot', 'instruments', {}, (e) => e.spotPublicGetExchangeInfo()],
    // ccxt names an end too, which cuts off nothing: the limit does.
    ['spot', 'candles', { symbol: SPOT, interval: '5m', since_ms: 1699999200000, limit: 100 }, (e) => e.fetchOHLCV(SPOT, '5m', 1699999200000, 100), { parameters: { endTime: undefined } }],
    // ccxt hands its own word on besides.
    ['spot', 'cancel_order', { symbol: SPOT, client_order_id: 'bf-1' }, (e) => e.cancelOrder(undefined, SPOT, { clientOrderId: 'bf-1' }), { parameters: { clientOrderId: undefined } }],
    ['spot', 'fills', { symbol: SPOT, since_ms: TIME - 1000, limit: 50 }, (e) => e.fetchMyTrades(SPOT, TIME - 1000, 50)],
    ['spot', 'fills', { symbol: SPOT, id: 'C02__1' }, (e) => e.fetchOrderTrades('C02__1', SPOT)],
    ['spot', 'place_order', { ...limit, time_in_force: 'ioc' }, (e) => e.createOrder(SPOT, 'limit', 'buy', 0.001, 20000, { timeInForce: 'IOC' })],
    ['spot', 'place_order', { ...limit, time_in_force: 'fok' }, (e) => e.createOrder(SPOT, 'limit', 'buy', 0.001, 20000, { timeInForce: 'FOK' })],
    // ccxt knows the path and hands the parameter on.
    ['spot', 'key_info', {}, (e) => e.spotPrivateGetApiKeyInfo({ accessKey: KEY.key })],
    // One for both markets.
    ['futures', 'key_info', {}, (e) => e.spotPrivateGetApiKeyInfo({ accessKey: KEY.key })],
    ['spot', 'private_stream', {}, (e) => e.spotPrivatePostUserDataStream()],
    ['futures', 'instruments', {}, (e) => e.contractPublicGetDetail()],
    // Without an end MEXC answers with its newest 2000 candles, whatever the start: the limit becomes one.
    ['futures', 'candles', { symbol: SWAP, interval: '1h', since_ms: 1699999200000, limit: 100 }, (e) => e.fetchOHLCV(SWAP, '1h', 1699999200000, 100), { parameters: { end: '1700355600' } }],
    // ccxt reads the first page of all symbols and filters; asked for one symbol, the exchange filters.
    ['futures', 'open_orders', { symbol: SWAP }, (e) => e.fetchOpenOrders(SWAP), { parameters: { page_num: '1', symbol: 'BTC_USDT' } }],
    // The reference's newer version of the path.
    ['futures', 'fills', { symbol: SWAP, limit: 50 }, (e) => e.fetchMyTrades(SWAP, undefined, 50), { path: '/api/v1/private/order/list/order_deals/v3', parameters: { page_num: '1' } }],
    ['futures', 'order', { symbol: SWAP, client_order_id: 'bf-1' }, (e) => e.contractPrivateGetOrderExternalSymbolExternalOid({ symbol: 'BTC_USDT', external_oid: 'bf-1' })],
    ['futures', 'cancel_order', { symbol: SWAP, client_order_id: 'bf-1' }, (e) => e.contractPrivatePostOrderCancelWithExternal({ symbol: 'BTC_USDT', externalOid: 'bf-1' })],
    ['futures', 'position_mode', {}, (e) => e.fetchPositionMode()],
    // In one-way mode either side's leverage holds for the position: both are set.
    ['futures', 'set_leverage', { symbol: SWAP, leverage: 7, margin_mode: 'isolated', position_mode: 'one_way' }, async (e) => {
        for (const positionType of [1, 2]) await e.setLeverage(7, SWAP, { openType: 1, positionType });
    }],
    // MEXC has one call for both: the margin mode is set with the leverage, for either side.
    ...['isolated', 'cross'].map((mode) => ['futures', 'set_margin_mode', { symbol: SWAP, leverage: 7, margin_mode: mode, position_mode: 'one_way' }, async (e) => {
        for (const direction of ['long', 'short']) await e.setMarginMode(mode, SWAP, { leverage: 7, direction });
    }]),
    // ccxt hands the word on, which contracts don't know: there a type says it.
    ['futures', 'place_order', { ...contract, time_in_force: 'ioc' }, (e) => e.createOrder(SWAP, 'limit', 'buy', 10, 20000, { openType: 1, leverage: 5, timeInForce: 'IOC' }), { body: { timeInForce: undefined, type: 3 } }],
    ['futures', 'place_order', { ...contract, position_mode: 'hedge' }, (e) => e.createOrder(SWAP, 'limit', 'buy', 10, 20000, { openType: 1, leverage: 5, hedged: true })],
    // With `hedged` ccxt's side is the position's: buy closes a long one.
    ['futures', 'place_order', { ...contract, side: 'sell', reduce_only: true, position_mode: 'hedge' }, (e) => e.createOrder(SWAP, 'limit', 'buy', 10, 20000, { openType: 1, leverage: 5, hedged: true, reduceOnly: true })],
    ['futures', 'place_stop', { ...contract, side: 'sell', type: 'market', price: undefined, stop_price: '19000', reduce_only: true },
        (e) => e.createOrder(SWAP, 'market', 'sell', 10, undefined, { openType: 1, leverage: 5, triggerPrice: 19000, triggerType: 2, executeCycle: 2, trend: 2, orderType: 5, reduceOnly: true }),
        { body: { triggerPrice: 19000, type: undefined } }],  // A number like the other prices, and no type beside the order's.
    ['futures', 'server_time', {}, (e) => e.fetchTime({ type: 'swap' })],
    ['futures', 'balances', {}, (e) => e.fetchBalance({ type: 'swap' })],
    ['futures', 'ticker', { symbol: SWAP }, (e) => e.fetchTicker(SWAP)],
    ['futures', 'positions', {}, (e) => e.fetchPositions()],
    // ccxt adds the symbol, which the path's own documentation doesn't know.
    ['futures', 'order', { id: '12' }, (e) => e.fetchOrder('12', SWAP), { parameters: { symbol: undefined } }],
    ['futures', 'cancel_order', { id: '12' }, (e) => e.cancelOrder('12', SWAP)],
    ['futures', 'place_order', contract, (e) => e.createOrder(SWAP, 'limit', 'buy', 10, 20000, { openType: 1, leverage: 5 })],
    ['futures', 'place_order', { ...contract, post_only: true, client_order_id: 'bf-2' },
        (e) => e.createOrder(SWAP, 'limit', 'buy', 10, 20000, { openType: 1, leverage: 5, postOnly: true, clientOrderId: 'bf-2' })],
    ['futures', 'place_order', { ...contract, side: 'sell', reduce_only: true, margin_mode: 'cross' },
        (e) => e.createOrder(SWAP, 'limit', 'sell', 10, 20000, { marginMode: 'cross', leverage: 5, reduceOnly: true })],
    // ccxt turns a market order into its own type 6; the reference's market order is 5.
    ['futures', 'place_order', { ...contract, type: 'market', price: undefined },
        (e) => e.createOrder(SWAP, 'market', 'buy', 10, undefined, { openType: 1, leverage: 5 }), { body: { type: 5 } }],
];

for (const [market, operation, args, call, differs] of rows) {
    test(`${market} ${operation} ${JSON.stringify(args)}`, async () => {
        const mine = ours(market, operation, args);
        const others = await theirs(market, call);
        assert.equal(mine.length, others.length);
        for (const [i, request] of mine.entries()) {
            for (const one of [request, others[i]]) checkSignature(one);
            const expected = meaning(others[i]);
            for (const part of ['body', 'parameters'])
                for (const [name, value] of Object.entries(differs?.[part] ?? {})) {
                    expected[part][name] = value;
                    if (value === undefined) delete expected[part][name];
                }
            if (differs?.path) expected.path = differs.path;
            assert.deepEqual(meaning(request), expected);
        }
    });
}
