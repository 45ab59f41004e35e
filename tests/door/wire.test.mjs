// `backfuture wire parse` at the command line: what an acknowledgement tells, and answers whose account nobody names.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from './support.mjs';

const golden = (name) => fs.readFileSync(fileURLToPath(new URL(`../../golden/${name}`, import.meta.url)), 'utf8');
async function parse(exchange, market, operation, body, ...more) {
    const { code, json, out, err } = await run(['wire', 'parse', '--exchange', exchange, '--market', market, '--operation', operation, ...more], body);
    assert.ok(json, out + err);
    return { code, ...json };
}

test('an acknowledgement of MEXC repeats the order: nothing that was sent is left out, nothing else is made up', async () => {
    const { code, ok, value } = await parse('mexc', 'spot', 'place_order', golden('mexc/post-v3-order-live.json'));
    assert.deepEqual([code, ok], [0, true]);
    assert.deepEqual(value, { id: 'C02__342252993005723644225', client_order_id: null, symbol: null, side: 'sell', type: 'limit', price: '1.1', quantity: '6.3', filled: null, average: null,
        fees: null, status: null, time_in_force: 'ioc', reduce_only: null, created_at: 1745852205223, native_symbol: 'FARTCOINUSDT' });
    const canceled = (await parse('mexc', 'spot', 'cancel_order', golden('mexc/delete-v3-order.json'), '--args', '{"symbol":"LTC/BTC"}')).value;
    assert.deepEqual([canceled.id, canceled.client_order_id, canceled.side, canceled.price, canceled.quantity, canceled.filled, canceled.status], ['4', 'myOrder1', 'buy', '2', '1', '0', 'canceled']);
});

test('MEXC spot sends what an order spent and no average: none is made of it', async () => {
    const order = { symbol: 'BTCUSDT', orderId: '1', price: '50000', origQty: '3', executedQty: '3', cummulativeQuoteQty: '100', status: 'FILLED', type: 'LIMIT', side: 'BUY', time: 1 };
    const { value } = await parse('mexc', 'spot', 'order', JSON.stringify(order));
    assert.deepEqual([value.filled, value.average, value.status], ['3', null, 'filled']);
});

test('one of KuCoin holds ids only; a symbol that was not sent has no native name either', async () => {
    const { value } = await parse('kucoin', 'spot', 'place_order', golden('kucoin/post-v1-hf-orders.json'));
    assert.equal(value.id, '670fd33bf9406e0007ab3945');
    assert.equal(value.client_order_id, '5c52e11203aa677f33e493fb');
    for (const name of ['symbol', 'side', 'type', 'price', 'quantity', 'status', 'created_at']) assert.equal(value[name], null, name);
    assert.ok(!('native_symbol' in value));
});

test('fees that were not sent are null, not "none"; a fee of zero that was sent is told', async () => {
    for (const [exchange, market, operation, file] of [['mexc', 'spot', 'order', 'get-v3-order'], ['mexc', 'spot', 'open_orders', 'get-v3-openOrders'], ['kucoin', 'futures', 'order', 'futures-get-v1-orders-orderid'],
        ['kucoin', 'spot', 'place_order', 'post-v1-hf-orders'], ['kucoin', 'spot', 'cancel_order', 'delete-v1-hf-orders-orderid']]) {
        const { value } = await parse(exchange, market, operation, golden(`${exchange}/${file}.json`));
        assert.equal((Array.isArray(value) ? value[0] : value).fees, null, file);
    }
    assert.deepEqual((await parse('kucoin', 'spot', 'open_orders', golden('kucoin/get-v1-hf-orders-active.json'))).value[0].fees, [{ asset: 'USDT', amount: '0' }]);
});

test('a base URL that is none, and a passphrase that KuCoin needs and nobody gave, are named', async () => {
    const credentials = JSON.stringify({ key: '6705f5c311545b000157d3eb', secret: 'f03a5284-5c39-4aaa-9b20-dea10bdcf8e3' });
    const ask = (exchange, ...more) => run(['wire', 'request', '--exchange', exchange, '--market', 'spot', '--operation', 'balances', '--timestamp-ms', '1700000000000', ...more], credentials);
    for (const base of ['127.0.0.1:8500', 'ftp://127.0.0.1', 'http://127.0.0.1/x?y=1']) {
        const { code, json } = await ask('mexc', '--base-url', base);
        assert.equal(code, 64, base);
        assert.equal(json.where, '--base-url');
    }
    const { code, json } = await ask('kucoin');
    assert.deepEqual([code, json.ok, json.problem.code, json.problem.argument], [3, false, 'missing_argument', 'passphrase']);
});

test('a refused acknowledgement is a problem', async () => {
    const { code, ok, problem } = await parse('mexc', 'spot', 'place_order', '{"msg":"Insufficient balance","code":10101}', '--status', '400');
    assert.deepEqual([code, ok, problem.code], [3, false, 'insufficient_balance']);
});

test("answers of KuCoin's unified accounts are read without being told that they are", async () => {
    const order = (await parse('kucoin', 'futures', 'order', golden('kucoin/get-ua-v1-unified-order-detail.json'))).value;
    assert.deepEqual([order.id, order.status, order.average], ['402665260420558848', 'filled', '93026.2']);
    const [position] = (await parse('kucoin', 'futures', 'positions', golden('kucoin/get-ua-v1-unified-position-open-list.json'))).value;
    assert.deepEqual([position.entry_price, position.unrealized_pnl, position.margin_mode], ['90476.2', '-0.00154', 'cross']);
    const balances = (await parse('kucoin', 'spot', 'balances', golden('kucoin/get-ua-v1-unified-account-balance.json'))).value;
    assert.deepEqual(balances.map(({ asset, free }) => [asset, free]), [['USDT', '97.9936711985'], ['BTC', '0.0000216']]);
});
