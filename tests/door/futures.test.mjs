// Futures through the front door: the demo's own processes, a strategy for each exchange, its signals sent to its hook as a chart would send
// them. Leverage and risk tiers are read from the exchange, the exit rests there and only reduces, and what is left at the end is nothing.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { run, scratch, serve, until } from './support.mjs';

const PAIR = 'ETH/USDT:USDT';

const settings = (connection) => ({
    name: `Ladder on ${connection}`, connection, market: 'futures', pairs: [PAIR], directions: ['long'], risk_level: 'low',
    margin: { group_limit: '2000', group_limit_pct: '20', connection_limit_pct: '100' },
    entry: { base_order: '300', max_slippage_pct: '0.20', max_spread_pct: '0.50' },
    add_on: { max: 3, zone_step_pct: '5', size_multiplier: '1.0', cooldown_s: 0 },
    exit: { take_profit_pct: '1.0', allow_loss_exit: true }, futures: { leverage: 3, margin_mode: 'isolated' },
});

test('a futures strategy on each exchange opens, adds, exits by its reduce-only order, opens again and is closed by a signal, and the exchange liquidates a third one', { timeout: 240_000 }, async (context) => {
    const data = path.join(scratch(context), 'data');
    const server = serve(context, data, ['--demo']);
    const { url, simulator_admin: admin } = await server.ready;
    const post = async (address, body) => {
        const reply = await fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
        return { status: reply.status, json: await reply.json() };
    };
    const strategies = async (words, input) => run(['strategies', ...words, '--data', data, '--json'], input);

    for (const exchange of ['mexc', 'kucoin']) {
        await context.test(exchange, async () => {
            const truth = async (what) => (await (await fetch(`${admin}/${what}?exchange=${exchange}&account=${key.account}`)).json())[what];
            const price = async (value) => assert.equal((await post(`${admin}/price`, { exchange, symbol: PAIR, price: value })).status, 200);
            const { json: key } = await post(`${admin}/keys`, { exchange, permissions: ['read', 'futures'], balances: { USDT: '10000' } });
            await price('3000');
            const name = `Futures ${exchange}`, credentials = { ...key };
            delete credentials.account;
            const added = await run(['connections', 'add', '--name', name, '--exchange', exchange, '--market', 'futures', '--data', data, '--json'], JSON.stringify(credentials));
            assert.equal(added.code, 0, added.err);
            const tested = await run(['connections', 'test', name, '--data', data, '--json'], '', { timeout: 40_000 });
            assert.equal(tested.json?.verdict, 'connected', tested.out);

            // Asked at once, before anybody followed the pair: the answer waits for what a ladder is weighed by, and is the one it stays.
            const steep = { ...settings(name), name: `Steep on ${name}`, futures: { leverage: 10, margin_mode: 'isolated' } };
            assert.equal((await strategies(['add', '--file', '-'], JSON.stringify(steep))).code, 0);
            const tooSteep = await strategies(['enable', steep.name]);
            assert.deepEqual([tooSteep.code, tooSteep.json?.code], [3, 'LADDER_LIQUIDATES_EARLY'], tooSteep.out);
            const strategy = await strategies(['add', '--file', '-'], JSON.stringify(settings(name)));
            assert.equal(strategy.code, 0, strategy.err);
            const { name: strategyName, hook } = strategy.json;
            const enabled = await strategies(['enable', strategyName]);
            assert.equal(enabled.code, 0, enabled.out);
            const pairs = await run(['connections', 'pairs', name, '--search', 'eth/', '--data', data, '--json']);
            assert.deepEqual(pairs.json.instruments.map(({ pair, tradable }) => [pair, tradable === false]), [[PAIR, false]]);
            const signal = async (kind) => {
                const reply = await post(url + hook.path, { time: Date.now(), strategy: strategyName, pair: PAIR, direction: 'long', kind });
                assert.equal(reply.status, 202);
            };
            const group = async () => (await strategies(['groups'])).json.groups.find((one) => one.pair === PAIR && one.connection?.name === name && one.state !== 'CLOSED');
            const said = async () => JSON.stringify((await strategies(['decisions'])).json.decisions.slice(0, 2).map((one) => one.sentence));
            const eventually = (what, holds) => until(what, holds, 30).catch(async (error) => assert.fail(`${error.message}; ${JSON.stringify(await group())}; ${await said()}`));
            const rests = async (quantity) => (await truth('orders')).some((one) => one.status === 'open' && one.reduce_only && Number(one.quantity) === Number(quantity));

            await signal('entry');
            await eventually('a group with its exit at the exchange', async () => { const one = await group(); return one?.state === 'ACTIVE' && one.exit?.resting && (await rests(one.quantity)); });
            const first = await group();
            const [position] = await truth('positions');
            assert.equal(Number(position.quantity), Number(first.quantity));
            assert.equal(Number(position.leverage), 3);
            assert.notEqual(first.liquidation, null);

            await price('2848');
            await signal('entry');
            await eventually('an add-on, and the exit for all of it', async () => { const one = await group(); return one?.add_ons === 1 && Number(one.quantity) > Number(first.quantity) && one.exit?.resting && (await rests(one.quantity)); });

            await price('3100');
            await eventually('the exit fills', async () => (await group()) === undefined);
            assert.deepEqual(await truth('positions'), []);

            await price('3000');
            await signal('entry');
            await eventually('a second group', async () => (await group())?.state === 'ACTIVE');
            await signal('exit');
            await eventually('closed by the signal', async () => (await group()) === undefined);
            assert.deepEqual(await truth('positions'), []);
            assert.ok(!(await truth('orders')).some((one) => one.status === 'open'));

            await price('3000');
            await signal('entry');
            await eventually('a third group', async () => (await group())?.state === 'ACTIVE');
            await price('1900');
            const [taken] = (await truth('fills')).filter((one) => one.liquidation);
            const liquidated = async () => (await strategies(['groups', '--closed'])).json.groups.find((one) => one.connection?.name === name && one.state === 'LIQUIDATED');
            await eventually('it is told as liquidated', async () => (await liquidated()) !== undefined);
            const lost = await liquidated();
            assert.equal(lost.close_reason, 'liquidation');
            // Leverage 3: a third of what it cost, the fees, and not a cent more.
            const opened = (await truth('fills')).findLast((one) => !one.liquidation && one.side === 'buy');
            const [bought, sold] = [opened, taken].map((one) => Number(one.price) * Number(one.quantity));
            assert.ok(Math.abs(Number(lost.realised) - (sold - bought - Number(opened.fee.amount) - Number(taken.fee.amount))) < 1e-6, JSON.stringify([lost.realised, opened, taken]));
            const printed = await run(['strategies', 'groups', '--closed', '--data', data]);
            assert.match(printed.out, new RegExp(`^${lost.id} +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC +ETH/USDT:USDT +long +LIQUIDATED +liquidation +result -\\d+`, 'm'));
            await eventually('the signer counts nothing as open any more', async () => {
                const { used } = (await run(['connections', 'limits', name, 'show', '--data', data, '--json'])).json;
                return used.every((one) => Number(one.exposure) === 0);
            });
            await price('3000');
            // What this exchange has no call for was not asked: nothing of it stands in the ledger as refused.
            const refusals = await run(['ledger', 'show', '--class', 'refusal', '--data', data, '--json']);
            assert.equal(refusals.code, 0, refusals.err);
            assert.deepEqual(refusals.json.entries.map(({ what, result, detail }) => [what, result, detail]), []);

            await signal('entry');
            await eventually('a fourth group', async () => { const one = await group(); return one?.state === 'ACTIVE' && one.exit?.resting; });
            const { id, quantity } = await group();
            const refused = await run(['connections', 'remove', name, '--data', data]);
            assert.equal(refused.code, 3);
            assert.match(refused.err, new RegExp(`Groups are open on "${name}"[^]*^${id} +${PAIR} +long +holds ${quantity}[^]*--leaving ${id}$`, 'm'));
            assert.equal((await run(['connections', 'remove', name, '--leaving', `${id}`, '--data', data])).code, 0);
            assert.equal(Number((await truth('positions'))[0].quantity), Number(quantity));
            const left = await run(['strategies', 'let-go', `${id}`, '--data', data]);
            assert.match(left.out, new RegExp(`^Group ${id} is let go\\. By its books it held ${quantity}`), left.err);
            const over = (await strategies(['groups', '--closed'])).json.groups.find((one) => one.id === id);
            assert.deepEqual([over.state, over.close_reason], ['CLOSED', 'let_go']);
            assert.equal((await strategies(['remove', strategyName])).code, 0);
        });
    }
});
