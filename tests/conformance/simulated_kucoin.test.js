// ccxt, ccxt.pro and KuCoin's own SDK, unpatched, against the simulated KuCoin.
'use strict';
const { test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { Simulator, repoint, acknowledged, within } = require('./harness.js');

const FUTURES_HOSTS = ['api-futures.kucoin.com', 'x-push-futures.kucoin.com'];
const SPOT = 'BTC/USDT';
const SWAP = 'BTC/USDT:USDT';
let simulator;
const open = [];

let ccxt;

before(async () => {
    ccxt = (await import('ccxt')).default;  // As a module: the packages below it can't be required by older nodes.
    simulator = await Simulator.start(['kucoin']);
});
after(async () => {
    await Promise.allSettled(open.map((exchange) => exchange.close()));
    simulator.stop();
});

async function client(key, options = {}) {
    const exchange = new ccxt.pro.kucoin({ apiKey: key.key, secret: key.secret, password: key.passphrase, enableRateLimit: false, ...options });
    open.push(exchange);
    return repoint(exchange, simulator.base('kucoin'), FUTURES_HOSTS);
}

test('public: markets, ticker, book, trades, candles of spot and futures', async () => {
    const exchange = await client({});
    const markets = await exchange.loadMarkets();
    for (const symbol of ['BTC/USDT', 'ETH/USDT', 'SOL/USDT', 'BTC/USDT:USDT', 'ETH/USDT:USDT', 'SOL/USDT:USDT']) assert.ok(markets[symbol], symbol);
    assert.equal(markets['XRP/USDT'].active, false);
    assert.equal(markets[SWAP].contractSize, 0.001);
    for (const symbol of [SPOT, SWAP]) {
        const ticker = await exchange.fetchTicker(symbol);
        assert.ok(ticker.last > 0, symbol);
        const book = await exchange.fetchOrderBook(symbol, 20);
        assert.ok(book.bids[0][0] < book.asks[0][0]);
        // A market that has just opened may not have traded yet: one trade is printed at its price.
        await simulator.trade('kucoin', symbol, 'buy', ticker.last, '0.01');
        assert.ok((await exchange.fetchTrades(symbol)).length > 0);
        const candles = await exchange.fetchOHLCV(symbol, '1m', undefined, 200);
        assert.ok(candles.length >= 100);
        for (let i = 1; i < candles.length; ++i) {
            assert.ok(candles[i][0] > candles[i - 1][0]);
            assert.ok(candles[i][2] >= Math.max(candles[i][1], candles[i][4]) && candles[i][3] <= Math.min(candles[i][1], candles[i][4]));
        }
    }
    assert.ok(Number.isFinite((await exchange.fetchFundingRate(SWAP)).fundingRate));
});

test('spot: balance, limit order, partial fill on the private stream, cancel, fills', async () => {
    await simulator.price('kucoin', SPOT, 50000);
    const exchange = await client(await simulator.key('kucoin'));
    const start = await exchange.fetchBalance();
    assert.equal(start.USDT.free, 100000);
    const watching = exchange.watchOrders(SPOT);
    const trades = exchange.watchMyTrades(SPOT);
    await within(acknowledged(exchange, '/spotMarket/tradeOrders', () => exchange.fetchTime()), 10000, 'subscription');
    const order = await exchange.createOrder(SPOT, 'limit', 'buy', 0.1, 49000, { clientOrderId: 'conformance-1' });
    const opened = (await within(watching, 5000, 'order event')).at(-1);
    assert.equal(opened.status, 'open');
    const changed = exchange.watchOrders(SPOT);  // Asked before it happens: ccxt.pro hands an event only to who waits for it.
    await simulator.trade('kucoin', SPOT, 'sell', 49000, '0.04');
    const partial = (await within(changed, 5000, 'partial fill')).find((one) => one.id === order.id);
    assert.equal(partial.filled, 0.04);
    assert.equal(partial.remaining, 0.06);
    const mine = (await within(trades, 5000, 'fill event')).at(-1);
    assert.equal(mine.amount, 0.04);
    assert.equal(mine.takerOrMaker, 'maker');
    assert.equal((await exchange.fetchOpenOrders(SPOT)).length, 1);
    const held = await exchange.fetchBalance();
    assert.ok(held.USDT.used > 0);
    await exchange.cancelOrder(order.id, SPOT);
    const canceled = await exchange.fetchOrder(order.id, SPOT);
    assert.equal(canceled.status, 'canceled');
    assert.equal(canceled.filled, 0.04);
    assert.equal(canceled.clientOrderId, 'conformance-1');
    const fills = await exchange.fetchMyTrades(SPOT);
    assert.equal(fills.length, 1);
    assert.equal(fills[0].fee.currency, 'USDT');
    assert.ok(Math.abs(fills[0].fee.cost - 49000 * 0.04 * 0.001) < 1e-9);
    const truth = await simulator.admin('GET', `fills?exchange=kucoin`);
    assert.ok(truth.fills.some((one) => one.order_id === order.id && one.quantity === '0.04'));
    const end = await exchange.fetchBalance();
    assert.equal(end.USDT.used, 0);
    assert.ok(Math.abs(end.BTC.free - 1.04) < 1e-12);
});

test('spot: market order, closed orders, balance stream', async () => {
    await simulator.price('kucoin', SPOT, 50000);
    const exchange = await client(await simulator.key('kucoin'));
    await exchange.loadMarkets();
    const changed = exchange.watchBalance();
    await within(acknowledged(exchange, '/account/balance', () => exchange.fetchTime(), 'trade'), 10000, 'subscription');
    const order = await exchange.createOrder(SPOT, 'market', 'buy', 0.02);
    const done = await exchange.fetchOrder(order.id, SPOT);
    assert.equal(done.status, 'closed');
    assert.equal(done.filled, 0.02);
    assert.ok((await exchange.fetchClosedOrders(SPOT)).some((one) => one.id === order.id));
    assert.ok((await within(changed, 5000, 'balance event')).USDT);
});

test('futures: balance, leverage, limit order, partial fill on the private stream, position, close, fills', async () => {
    await simulator.price('kucoin', SWAP, 50000);
    const exchange = await client(await simulator.key('kucoin'), { options: { defaultType: 'swap' } });
    assert.equal((await exchange.fetchBalance({ type: 'swap' })).USDT.free, 100000);
    const watching = exchange.watchOrders(SWAP);
    await within(acknowledged(exchange, '/contractMarket/tradeOrders', () => exchange.fetchTime()), 10000, 'subscription');
    const order = await exchange.createOrder(SWAP, 'limit', 'buy', 10, 49000, { leverage: 5, marginMode: 'isolated' });
    assert.equal((await within(watching, 5000, 'order event')).at(-1).status, 'open');
    const changed = exchange.watchOrders(SWAP);
    await simulator.trade('kucoin', SWAP, 'sell', 49000, '0.004');
    const partial = (await within(changed, 5000, 'partial fill')).find((one) => one.id === order.id);
    assert.equal(partial.filled, 4);
    const [position] = await exchange.fetchPositions([SWAP]);
    assert.equal(position.contracts, 4);
    assert.equal(position.side, 'long');
    assert.equal(position.entryPrice, 49000);
    assert.equal(position.marginMode, 'isolated');
    assert.ok(position.liquidationPrice > 30000 && position.liquidationPrice < 49000);
    await exchange.cancelOrder(order.id, SWAP);
    const canceled = await exchange.fetchOrder(order.id, SWAP);
    assert.equal(canceled.status, 'canceled');
    assert.equal(canceled.filled, 4);
    await exchange.createOrder(SWAP, 'market', 'sell', 4, undefined, { reduceOnly: true, leverage: 5, marginMode: 'isolated' });
    assert.equal((await exchange.fetchPositions([SWAP])).filter((one) => one.contracts > 0).length, 0);
    const fills = await exchange.fetchMyTrades(SWAP);
    assert.equal(fills.length, 2);
    assert.deepEqual(fills.map((one) => one.takerOrMaker), ['maker', 'taker']);
});

test('public streams: ticker, trades, book, candles', async () => {
    const exchange = await client({});
    for (const symbol of [SPOT, SWAP]) {
        assert.ok((await within(exchange.watchTicker(symbol), 5000, `ticker ${symbol}`)).last > 0);
        assert.ok((await within(exchange.watchTrades(symbol), 5000, `trades ${symbol}`)).length > 0);
        const book = await within(exchange.watchOrderBook(symbol), 20000, `book ${symbol}`);
        assert.ok(book.bids[0][0] < book.asks[0][0]);
        assert.ok((await within(exchange.watchOHLCV(symbol, '1m'), 5000, `candles ${symbol}`)).length > 0);
    }
});

test('positions over the newer private stream', async () => {
    await simulator.price('kucoin', SWAP, 50000);
    const exchange = await client(await simulator.key('kucoin'));
    await exchange.loadMarkets();
    exchange.options.watchPositions = { fetchPositionsSnapshot: false, awaitPositionsSnapshot: false };
    const watching = exchange.watchPositions([SWAP]);
    await within(acknowledged(exchange, 'positionAll', () => exchange.fetchTime()), 10000, 'subscription');
    await exchange.createOrder(SWAP, 'market', 'sell', 3, undefined, { leverage: 5, marginMode: 'isolated' });
    const [position] = await within(watching, 5000, 'position event');
    assert.equal(position.side, 'short');
    assert.equal(position.contracts, 3);
});

test('refusals carry the real codes', async () => {
    const key = await simulator.key('kucoin', { permissions: ['read'] });
    const codeOf = async (changes, call = (exchange) => exchange.privateGetAccounts({ type: 'trade' })) => {
        const exchange = await client({ ...key, ...changes });
        try {
            await call(exchange);
        } catch (error) {
            return { code: /"code":"(\d+)"/.exec(error.message)?.[1], error };
        }
        return { code: '200000' };
    };
    assert.equal((await codeOf({})).code, '200000');
    const unknown = await codeOf({ key: '0'.repeat(24) });
    assert.equal(unknown.code, '400003');
    assert.ok(unknown.error instanceof ccxt.AuthenticationError);
    assert.equal((await codeOf({ secret: '00000000-0000-0000-0000-000000000000' })).code, '400004');
    assert.equal((await codeOf({ passphrase: 'wrong' })).code, '400004');
    const stale = await codeOf({}, (exchange) => {
        exchange.nonce = () => Date.now() - 10_000;
        return exchange.privateGetAccounts({ type: 'trade' });
    });
    assert.equal(stale.code, '400002');
    const changed = await codeOf({}, (exchange) => {
        const sign = exchange.sign.bind(exchange);
        exchange.sign = (...all) => {
            const request = sign(...all);
            request.body = request.body.replace('0.01', '0.02');
            return request;
        };
        return exchange.privatePostHfOrders({ clientOid: 'x', side: 'buy', symbol: 'BTC-USDT', type: 'limit', price: '49000', size: '0.01' });
    });
    assert.equal(changed.code, '400005');
    const order = await codeOf({}, (exchange) => exchange.privatePostHfOrders({ clientOid: 'x', side: 'buy', symbol: 'BTC-USDT', type: 'limit', price: '49000', size: '0.01' }));
    assert.equal(order.code, '400007');
    // The same on the futures host, where a changed body is an order too many as well.
    const futures = (exchange) => exchange.futuresPrivateGetAccountOverview({ currency: 'USDT' });
    assert.equal((await codeOf({ key: '0'.repeat(24) }, futures)).code, '400003');
    assert.equal((await codeOf({ secret: '00000000-0000-0000-0000-000000000000' }, futures)).code, '400004');
    assert.equal((await codeOf({ passphrase: 'wrong' }, futures)).code, '400004');
    assert.equal((await codeOf({}, (exchange) => {
        exchange.nonce = () => Date.now() - 10_000;
        return futures(exchange);
    })).code, '400002');
    assert.equal((await codeOf(await simulator.key('kucoin'), (exchange) => {
        const sign = exchange.sign.bind(exchange);
        exchange.sign = (...all) => {
            const request = sign(...all);
            request.body = request.body.replace('"size":1', '"size":2');
            return request;
        };
        return exchange.futuresPrivatePostOrders({ clientOid: 'x', side: 'buy', symbol: 'XBTUSDTM', type: 'limit', price: '49000', size: 1, leverage: 3, marginMode: 'ISOLATED' });
    })).code, '400005');
    const barred = await simulator.key('kucoin', { ip_allow_list: ['203.0.113.7'] });
    assert.equal((await codeOf(barred)).code, '400006');
    const poor = await simulator.key('kucoin', { balances: {} });
    await simulator.price('kucoin', SPOT, 50000);
    const none = await codeOf(poor, async (exchange) => exchange.createOrder(SPOT, 'limit', 'buy', 1, 49000));
    assert.ok(none.error instanceof ccxt.InsufficientFunds, none.error?.message);
});

test('the exchange\'s own SDK: account, orders, positions, streams', async () => {
    const sdk = require('kucoin-universal-sdk');
    await simulator.price('kucoin', SPOT, 50000);
    await simulator.price('kucoin', SWAP, 50000);
    const key = await simulator.key('kucoin');
    const base = simulator.base('kucoin');
    const options = new sdk.ClientOptionBuilder().setKey(key.key).setSecret(key.secret).setPassphrase(key.passphrase)
        .setSpotEndpoint(base).setFuturesEndpoint(`${base}/futures`).setBrokerEndpoint(base)
        .setTransportOption(new sdk.TransportOptionBuilder().build())
        .setWebSocketClientOption(new sdk.WebSocketClientOptionBuilder().build()).build();
    const client = new sdk.DefaultClient(options);
    const rest = client.restService();
    const account = rest.getAccountService().getAccountApi();
    assert.equal((await account.getApikeyInfo()).apiKey, key.key);
    const { Account, Spot, Futures } = sdk;
    const wallets = await account.getSpotAccountList(Account.Account.GetSpotAccountListReq.builder().setCurrency('USDT').build());
    assert.equal(wallets.data.find((one) => one.type === 'trade').available, '100000');

    const streams = client.wsService().newSpotPrivateWS();
    await streams.start();
    const events = [];
    let onMatch;
    const matched = new Promise((resolve) => { onMatch = resolve; });
    await streams.orderV2((topic, subject, data) => {
        events.push(data);
        if (data.type === 'match') onMatch();
    });
    const orders = rest.getSpotService().getOrderApi();
    const placed = await orders.addOrder(Spot.Order.AddOrderReq.builder().setClientOid(crypto.randomUUID()).setSide('buy').setSymbol('BTC-USDT')
        .setType('limit').setPrice('49000').setSize('0.1').build());
    await simulator.trade('kucoin', SPOT, 'sell', 49000, '0.03');
    await within(matched, 5000, 'match event of the SDK');
    assert.deepEqual(events.slice(0, 3).map((one) => one.type), ['received', 'open', 'match']);
    assert.equal(events[2].matchSize, '0.03');
    const seen = await orders.getOrderByOrderId(Spot.Order.GetOrderByOrderIdReq.builder().setSymbol('BTC-USDT').setOrderId(placed.orderId).build());
    assert.equal(seen.dealSize, '0.03');
    await orders.cancelOrderByOrderId(Spot.Order.CancelOrderByOrderIdReq.builder().setSymbol('BTC-USDT').setOrderId(placed.orderId).build());
    await streams.stop();

    const market = client.wsService().newSpotPublicWS();
    await market.start();
    const ticked = new Promise((resolve) => { void market.ticker(['BTC-USDT'], (topic, subject, data) => resolve(data)); });
    assert.ok(Number((await within(ticked, 10000, 'ticker of the SDK')).bestBid) > 0);
    await market.stop();

    const futures = rest.getFuturesService();
    const live = client.wsService().newFuturesPrivateWS();
    await live.start();
    const changes = [];
    let onFill;
    const filled = new Promise((resolve) => { onFill = resolve; });
    await live.allOrder((topic, subject, data) => {
        changes.push(data);
        if (data.type === 'match') onFill(data);
    });
    const resting = await futures.getOrderApi().addOrder(Futures.Order.AddOrderReq.builder().setClientOid(crypto.randomUUID()).setSide('buy').setSymbol('XBTUSDTM')
        .setType('limit').setPrice('49000').setLeverage(3).setSize(10).setMarginMode('ISOLATED').build());
    await simulator.trade('kucoin', SWAP, 'sell', 49000, '0.004');
    assert.equal((await within(filled, 5000, 'match event of futures')).matchSize, '4');
    assert.equal(changes[0].orderId, resting.orderId);
    const part = await futures.getOrderApi().getOrderByOrderId(Futures.Order.GetOrderByOrderIdReq.builder().setOrderId(resting.orderId).build());
    assert.equal(part.filledSize, 4);
    await futures.getOrderApi().cancelOrderById(Futures.Order.CancelOrderByIdReq.builder().setOrderId(resting.orderId).build());
    const fills = await futures.getOrderApi().getTradeHistory(Futures.Order.GetTradeHistoryReq.builder().setSymbol('XBTUSDTM').build());
    assert.deepEqual(fills.items.map((one) => [one.orderId, one.size, one.liquidity]), [[resting.orderId, 4, 'maker']]);
    await live.stop();
    const balance = await rest.getAccountService().getAccountApi().getFuturesAccount(Account.Account.GetFuturesAccountReq.builder().setCurrency('USDT').build());
    assert.ok(balance.availableBalance > 0 && balance.availableBalance < 100000);
    const opened = await futures.getOrderApi().addOrder(Futures.Order.AddOrderReq.builder().setClientOid(crypto.randomUUID()).setSide('buy').setSymbol('XBTUSDTM')
        .setType('market').setLeverage(3).setSize(2).setMarginMode('ISOLATED').build());
    assert.ok(BigInt(opened.orderId) > 2n ** 53n);
    const positions = await futures.getPositionsApi().getPositionList(Futures.Positions.GetPositionListReq.builder().setCurrency('USDT').build());
    assert.equal(positions.data[0].currentQty, 6);
    const trades = await orders.getTradeHistory(Spot.Order.GetTradeHistoryReq.builder().setSymbol('BTC-USDT').build());
    assert.deepEqual(trades.items.map((one) => [one.orderId, one.size]), [[placed.orderId, '0.03']]);
});
