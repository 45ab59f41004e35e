// ccxt, ccxt.pro and MEXC's own SDK, unpatched, against the simulated MEXC.
'use strict';
const { test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { execFile } = require('node:child_process');
const { Simulator, repoint, within } = require('./harness.js');

const FUTURES_HOSTS = ['contract.mexc.com'];
const SPOT = 'BTC/USDT';
const SWAP = 'BTC/USDT:USDT';
const SWAP_ORDER = { openType: 1, leverage: 5 };
let simulator;
const open = [];

let ccxt;

before(async () => {
    ccxt = (await import('ccxt')).default;  // As a module: the packages below it can't be required by older nodes.
    simulator = await Simulator.start(['mexc']);
});
after(async () => {
    await Promise.allSettled(open.map((exchange) => exchange.close()));
    simulator.stop();
});

async function client(key, options = {}) {
    const exchange = new ccxt.pro.mexc({ apiKey: key.key, secret: key.secret, enableRateLimit: false, ...options });
    open.push(exchange);
    return repoint(exchange, simulator.base('mexc'), FUTURES_HOSTS);
}

/** Until the simulator has acknowledged what matches `pattern` (a frame of its own: ccxt tells nobody). Called before the first frame. */
function acknowledged(exchange, pattern) {
    return within(new Promise((resolve) => {
        const handle = exchange.handleMessage.bind(exchange);
        exchange.handleMessage = (client, message) => {
            handle(client, message);
            if (pattern.test(message instanceof Uint8Array ? '' : JSON.stringify(message))) resolve();
        };
    }), 10000, `acknowledgement ${pattern}`);
}

test('public: markets, ticker, book, trades, candles of spot and futures', async () => {
    const exchange = await client({});
    const markets = await exchange.loadMarkets();
    for (const symbol of ['BTC/USDT', 'ETH/USDT', 'SOL/USDT', 'BTC/USDT:USDT', 'ETH/USDT:USDT', 'SOL/USDT:USDT']) assert.ok(markets[symbol], symbol);
    assert.equal(markets['XRP/USDT'].active, false);
    assert.equal(markets[SWAP].contractSize, 0.0001);
    for (const symbol of [SPOT, SWAP]) {
        const ticker = await exchange.fetchTicker(symbol);
        assert.ok(ticker.last > 0, symbol);
        const book = await exchange.fetchOrderBook(symbol, 20);
        assert.ok(book.bids[0][0] < book.asks[0][0]);
        assert.ok((await exchange.fetchTrades(symbol)).length > 0);
        const candles = await exchange.fetchOHLCV(symbol, '1m', undefined, 200);
        assert.ok(candles.length >= 100);
        for (let i = 1; i < candles.length; ++i) {
            assert.ok(candles[i][0] > candles[i - 1][0]);
            assert.ok(candles[i][2] >= Math.max(candles[i][1], candles[i][4]) && candles[i][3] <= Math.min(candles[i][1], candles[i][4]));
        }
    }
    assert.ok(Number.isFinite((await exchange.fetchFundingRate(SWAP)).fundingRate));
    assert.ok(await exchange.fetchTime() > 0);
});

test('spot: balance, limit order, partial fill on the private stream, cancel, fills', async () => {
    await simulator.price('mexc', SPOT, 50000);
    const exchange = await client(await simulator.key('mexc'));
    await exchange.loadMarkets();
    assert.equal((await exchange.fetchBalance()).USDT.free, 100000);
    const ready = Promise.all([acknowledged(exchange, /"msg":"spot@private.orders/), acknowledged(exchange, /"msg":"spot@private.deals/)]);
    const watching = exchange.watchOrders(SPOT);
    const trades = exchange.watchMyTrades(SPOT);
    await ready;
    const order = await exchange.createOrder(SPOT, 'limit', 'buy', 0.1, 49000, { clientOrderId: 'conformance-1' });
    assert.equal((await within(watching, 5000, 'order event')).at(-1).status, 'open');
    const changed = exchange.watchOrders(SPOT);  // Asked before it happens: ccxt.pro hands an event only to who waits for it.
    await simulator.trade('mexc', SPOT, 'sell', 49000, '0.04');
    const partial = (await within(changed, 5000, 'partial fill')).find((one) => one.id === order.id);
    assert.equal(partial.filled, 0.04);
    assert.equal(partial.clientOrderId, 'conformance-1');
    const mine = (await within(trades, 5000, 'fill event')).at(-1);
    assert.equal(mine.amount, 0.04);
    assert.equal(mine.order, order.id);
    assert.equal((await exchange.fetchOpenOrders(SPOT)).length, 1);
    assert.ok((await exchange.fetchBalance()).USDT.used > 0);
    await exchange.cancelOrder(order.id, SPOT);
    const canceled = await exchange.fetchOrder(order.id, SPOT);
    assert.equal(canceled.status, 'canceled');
    assert.equal(canceled.filled, 0.04);
    assert.equal(canceled.clientOrderId, 'conformance-1');
    const fills = await exchange.fetchMyTrades(SPOT);
    assert.equal(fills.length, 1);
    assert.ok(fills[0].fee.cost > 0);
    const truth = await simulator.admin('GET', 'fills?exchange=mexc');
    assert.ok(truth.fills.some((one) => one.order_id === order.id && one.quantity === '0.04'));
    const end = await exchange.fetchBalance();
    assert.equal(end.USDT.used, 0);
});

test('spot: market order, closed orders, balance stream', async () => {
    await simulator.price('mexc', SPOT, 50000);
    const exchange = await client(await simulator.key('mexc'));
    await exchange.loadMarkets();
    const ready = acknowledged(exchange, /"msg":"spot@private.account/);
    const changed = exchange.watchBalance();
    await ready;
    const order = await exchange.createOrder(SPOT, 'market', 'sell', 0.02);
    const done = await exchange.fetchOrder(order.id, SPOT);
    assert.equal(done.status, 'closed');
    assert.equal(done.filled, 0.02);
    assert.ok((await exchange.fetchOrders(SPOT)).some((one) => one.id === order.id));
    assert.ok(await within(changed, 5000, 'balance event'));
});

test('spot: a pair closed to the API, a pair without market orders, a price out of band, too small', async () => {
    const exchange = await client(await simulator.key('mexc'));
    await exchange.loadMarkets();
    const refused = (promise, code) => assert.rejects(promise, (error) => error.message.includes(`"code":${code}`), String(code));
    await refused(exchange.createOrder('XRP/USDT', 'limit', 'buy', 10, 2), 10007);
    await refused(exchange.createOrder('MX/USDT', 'market', 'buy', 10, 2), 30019);
    await simulator.price('mexc', SPOT, 50000);
    await refused(exchange.createOrder(SPOT, 'limit', 'buy', 0.001, 90000), 30087);
    await refused(exchange.createOrder(SPOT, 'limit', 'buy', 0.00001, 49000), 30002);
    await refused(exchange.createOrder(SPOT, 'limit', 'buy', 100, 49000), 10101);
    await refused(exchange.createOrder(SPOT, 'limit', 'sell', 100, 51000), 30005);
    await refused(exchange.cancelOrder('C02__1', SPOT), -2011);
});

test('futures: balance, leverage, limit order, partial fill on the private stream, position, close, fills', async () => {
    await simulator.price('mexc', SWAP, 50000);
    const exchange = await client(await simulator.key('mexc'), { options: { defaultType: 'swap' } });
    await exchange.loadMarkets();
    assert.equal((await exchange.fetchBalance({ type: 'swap' })).USDT.free, 100000);
    const ready = acknowledged(exchange, /"rs.login"/);
    const watching = exchange.watchOrders(SWAP);
    await ready;
    const order = await exchange.createOrder(SWAP, 'limit', 'buy', 100, 49000, SWAP_ORDER);
    assert.equal((await within(watching, 5000, 'order event')).at(-1).status, 'open');
    const changed = exchange.watchOrders(SWAP);  // Asked before it happens: ccxt.pro hands an event only to who waits for it.
    await simulator.trade('mexc', SWAP, 'sell', 49000, '0.004');
    const partial = (await within(changed, 5000, 'partial fill')).find((one) => one.id === order.id);
    assert.equal(partial.filled, 40);
    const [position] = await exchange.fetchPositions([SWAP]);
    assert.equal(position.contracts, 40);
    assert.equal(position.side, 'long');
    assert.equal(position.entryPrice, 49000);
    assert.equal(position.info.openType, 1);  // ccxt reads a field MEXC doesn't send and calls every position cross.
    assert.ok(position.liquidationPrice > 30000 && position.liquidationPrice < 49000);
    assert.equal((await exchange.fetchOpenOrders(SWAP)).length, 1);
    await exchange.cancelOrder(order.id, SWAP);
    const canceled = await exchange.fetchOrder(order.id, SWAP);
    assert.equal(canceled.status, 'canceled');
    assert.equal(canceled.filled, 40);
    await exchange.createOrder(SWAP, 'market', 'sell', 40, undefined, { ...SWAP_ORDER, reduceOnly: true });
    assert.equal((await exchange.fetchPositions([SWAP])).filter((one) => one.contracts > 0).length, 0);
    const fills = await exchange.fetchMyTrades(SWAP);
    assert.equal(fills.length, 2);
    assert.deepEqual(fills.map((one) => one.amount), [40, 40]);
});

test('public streams: ticker, trades, book, candles', async () => {
    const exchange = await client({});
    for (const symbol of [SPOT, SWAP]) {
        const ticker = await within(exchange.watchTicker(symbol), 5000, `ticker ${symbol}`);
        assert.ok(ticker.bid > 0 && ticker.ask > ticker.bid, symbol);
        assert.ok((await within(exchange.watchTrades(symbol), 5000, `trades ${symbol}`)).length > 0);
        const book = await within(exchange.watchOrderBook(symbol), 20000, `book ${symbol}`);
        assert.ok(book.bids[0][0] < book.asks[0][0]);
        assert.ok((await within(exchange.watchOHLCV(symbol, '1m'), 5000, `candles ${symbol}`)).length > 0);
    }
});

test('refusals: unknown key, wrong secret, stale time, address, right, a query changed after signing', async () => {
    const code = (value) => (error) => error.message.includes(`"code":${value}`);
    const key = await simulator.key('mexc');
    const other = await client({ ...key, key: 'mx0vglNobodyKnows1' });
    await assert.rejects(other.spotPrivateGetAccount(), code(10072));
    await assert.rejects(other.contractPrivateGetAccountAssets(), code(401));
    const wrong = await client({ ...key, secret: 'f'.repeat(32) });
    await assert.rejects(wrong.spotPrivateGetAccount(), code(700002));
    await assert.rejects(wrong.contractPrivateGetAccountAssets(), code(602));
    const late = await client(key);
    late.nonce = late.milliseconds = () => Date.now() - 120_000;
    await assert.rejects(late.spotPrivateGetAccount(), code(700003));
    await assert.rejects(late.contractPrivateGetAccountAssets(), code(513));
    const bound = await client(await simulator.key('mexc', { ip_allow_list: ['203.0.113.7'], source_ip: '198.51.100.9' }));
    await assert.rejects(bound.spotPrivateGetAccount(), (error) => code(700006)(error) && error.message.includes('198.51.100.9'));
    await assert.rejects(bound.contractPrivateGetAccountAssets(), code(406));
    const reader = await client(await simulator.key('mexc', { permissions: ['read'] }));
    await reader.loadMarkets();
    await assert.rejects(reader.createOrder(SPOT, 'limit', 'buy', 0.1, 49000), code(700007));
    await assert.rejects(reader.createOrder(SWAP, 'limit', 'buy', 10, 49000, SWAP_ORDER), code(704));

    const query = `timestamp=${Date.now()}&recvWindow=5000`;
    const sign = (text) => crypto.createHmac('sha256', key.secret).update(text).digest('hex');
    const ask = async (text, signature) => (await fetch(`${simulator.base('mexc')}/api/v3/account?${text}&signature=${signature}`, { headers: { 'X-MEXC-APIKEY': key.key } })).json();
    assert.ok((await ask(query, sign(query))).balances);
    assert.equal((await ask(query.replace('5000', '6000'), sign(query))).code, 700002);
    assert.equal((await ask(query, sign(query).toUpperCase())).code, 700002);
    // A signed POST names its type.
    const open = async (headers) => (await fetch(`${simulator.base('mexc')}/api/v3/userDataStream?${query}&signature=${sign(query)}`,
        { method: 'POST', headers: { 'X-MEXC-APIKEY': key.key, ...headers } })).json();
    assert.equal((await open({})).code, 700013);
    assert.equal((await open({ 'Content-Type': 'text/plain' })).code, 700013);
    assert.ok((await open({ 'Content-Type': 'application/json' })).listenKey);

    // A futures order whose body is changed on the way.
    const order = await client(key);
    await order.loadMarkets();
    const write = order.sign.bind(order);
    order.sign = (...all) => {
        const request = write(...all);
        if (request.body) request.body = request.body.replace('"vol":10', '"vol":20');
        return request;
    };
    await assert.rejects(order.createOrder(SWAP, 'limit', 'buy', 10, 49000, SWAP_ORDER), code(602));
    assert.equal((await simulator.admin('GET', `orders?exchange=mexc&account=${key.account}`)).orders.length, 0);
});

test("MEXC's own SDK: market data, account, test order, order, query, cancel, fills; a wrong secret is refused", async () => {
    // It blocks its process while it asks, so it runs in one of its own.
    const key = await simulator.key('mexc');
    await simulator.price('mexc', SPOT, 50000);
    const script = `
        const { Spot } = require('mexc-api-sdk');
        const client = new Spot(${JSON.stringify(key.key)}, ${JSON.stringify(key.secret)});
        client.config.baseURL = ${JSON.stringify(`${simulator.base('mexc')}/api/v3`)};
        const out = {};
        out.time = client.time();
        out.account = client.accountInfo();
        out.test = client.newOrderTest('BTCUSDT', 'BUY', 'LIMIT', { quantity: '0.01', price: '49000' });
        out.order = client.newOrder('BTCUSDT', 'BUY', 'LIMIT', { quantity: '0.01', price: '49000' });
        out.query = client.queryOrder('BTCUSDT', { orderId: out.order.orderId });
        out.open = client.openOrders('BTCUSDT');
        out.cancel = client.cancelOrder('BTCUSDT', { orderId: out.order.orderId });
        out.second = client.newOrder('BTCUSDT', 'BUY', 'LIMIT', { quantity: '0.01', price: '48000' });
        out.canceled = client.cancelOpenOrders('BTCUSDT');
        out.sold = client.newOrder('BTCUSDT', 'SELL', 'MARKET', { quantity: '0.02' });
        out.fills = client.accountTradeList('BTCUSDT');
        out.all = client.allOrders('BTCUSDT');
        out.ping = client.ping();
        out.symbols = client.exchangeInfo({ symbol: 'BTCUSDT' }).symbols;
        out.depth = client.depth('BTCUSDT', { limit: 5 });
        out.trades = client.trades('BTCUSDT', { limit: 5 });
        out.klines = client.klines('BTCUSDT', '1m', { limit: 5 });
        out.day = client.ticker24hr('BTCUSDT');
        out.book = client.bookTicker('BTCUSDT');
        const wrong = new Spot(${JSON.stringify(key.key)}, ${JSON.stringify('f'.repeat(32))});
        wrong.config.baseURL = client.config.baseURL;
        try { out.wrong = wrong.accountInfo(); } catch (error) { out.wrong = String(error.message ?? error) + JSON.stringify(error); }
        console.log(JSON.stringify(out));`;
    const out = await new Promise((resolve, reject) => execFile(process.execPath, ['-e', script], { cwd: __dirname },
        (error, stdout, stderr) => (error ? reject(new Error(stderr || stdout)) : resolve(JSON.parse(stdout.trim().split('\n').at(-1))))));
    assert.ok(out.time.serverTime > 0);
    assert.ok(out.account.balances.some((one) => one.asset === 'USDT' && one.free === '100000'));
    assert.deepEqual(out.test, {});
    assert.match(out.order.orderId, /^C02__\d{21}$/);
    assert.equal(out.query.status, 'NEW');
    assert.equal(out.open.length, 1);
    assert.equal(out.cancel.orderId, out.order.orderId);
    assert.deepEqual(out.canceled.map((one) => one.orderId), [out.second.orderId]);
    assert.ok(out.fills.every((one) => one.orderId === out.sold.orderId && Number(one.commission) > 0));
    assert.ok(Math.abs(out.fills.reduce((sum, one) => sum + Number(one.qty), 0) - 0.02) < 1e-9);
    assert.deepEqual(new Set(out.all.map((one) => one.status)), new Set(['CANCELED', 'FILLED']));
    assert.deepEqual(out.ping, {});
    assert.deepEqual(out.symbols.map((one) => one.symbol), ['BTCUSDT']);
    assert.ok(Number(out.depth.bids[0][0]) < Number(out.depth.asks[0][0]));
    assert.equal(out.trades.length, 5);
    assert.equal(out.klines.length, 5);
    assert.ok(Number(out.day.lastPrice) > 0);
    assert.ok(Number(out.book.bidPrice) < Number(out.book.askPrice));
    assert.match(JSON.stringify(out.wrong), /700002/);
});
