// Paper trading with the real processes against simulated exchanges that stand for the real ones: a strategy on paper opens, adds and takes
// its profit at the real market's prices, through a kill in the middle, while the real account sees not one order; it can't spend more
// play money than it has, nor become real while a group is open.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { makeKey, run, scratch, serve, simulate, until } from './support.mjs';

const post = (admin, what, body) => fetch(`${admin}/${what}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

/** What was asked of the exchange with a key, other than to look, to open a stream, or to try an order as connection tests do. */
async function changesAt(admin, exchange) {
    const { requests } = await (await fetch(`${admin}/requests?exchange=${exchange}`)).json();
    return requests.filter((one) => one.account && one.method !== 'GET' && !/bullet|userDataStream|\/test$/.test(one.path)).map((one) => `${one.method} ${one.path}`);
}

const settings = (name, market, pair, more = {}) => ({
    name, connection: 'Main', market, pairs: [pair], directions: ['long'], risk_level: 'low',
    margin: { group_limit: '2000', group_limit_pct: '20', connection_limit_pct: '100' },
    entry: { base_order: '300', max_slippage_pct: '0.20', max_spread_pct: '0.50' },
    add_on: { max: 3, zone_step_pct: '5', size_multiplier: '1.0', cooldown_s: 0 }, exit: { take_profit_pct: '1.0' }, ...more,
});

for (const [exchange, market, pair] of [['kucoin', 'spot', 'ETH/USDT'], ['kucoin', 'futures', 'ETH/USDT:USDT'], ['mexc', 'spot', 'ETH/USDT'], ['mexc', 'futures', 'ETH/USDT:USDT']]) {
    test(`on paper at ${exchange} ${market}`, { timeout: 120_000 }, async (context) => {
        const simulator = await simulate(context, ['--exchanges', exchange, '--limits', 'off']);
        const folder = scratch(context), data = path.join(folder, 'data');
        let server = serve(context, data, simulator.urls);
        await server.ready;
        const ask = async (words, input) => {
            const answer = await run([...words, '--data', data, '--json'], input);
            assert.equal(answer.code, 0, `${words.join(' ')}: ${answer.err}`);
            return answer.json;
        };
        const price = (value) => post(simulator.admin, 'price', { exchange, symbol: pair, price: value });
        const decisions = async () => (await ask(['strategies', 'decisions'])).decisions;
        const groups = async () => (await ask(['strategies', 'groups'])).groups;
        const signal = async (name, kind, wanted) => {
            const { signal: number } = await ask(['strategies', 'signal', name, '--kind', kind, '--pair', pair, '--direction', 'long']);
            let decision;
            await until(`the signal's decision (${wanted})`, async () => {
                decision = (await decisions()).find((one) => one.signal.id === number);
                return decision?.outcome === wanted;
            }, 20).catch((error) => { throw new Error(`${error.message}: ${JSON.stringify(decision)}`); });
            return decision;
        };

        await price('3000');
        await ask(['connections', 'add', '--name', 'Main', '--exchange', exchange, '--market', market], JSON.stringify(await makeKey(simulator.admin, exchange, { balances: { USDT: '5' } })));
        const file = path.join(folder, 'settings.json');
        fs.writeFileSync(file, JSON.stringify(settings('Trial', market, pair, { paper: true })));
        const made = await ask(['strategies', 'add', '--file', file]);
        assert.equal(made.paper, true);
        assert.equal(made.account, `${made.connection.id}~paper`);
        await until('it can be enabled', async () => (await ask(['strategies', 'show', 'Trial'])).problems.length === 0, 20);
        await ask(['strategies', 'paper-money', 'Trial', '--amount', '9000']);
        await ask(['strategies', 'enable', 'Trial']);

        const list = async () => (await run(['strategies', 'decisions', '--data', data])).out;
        assert.equal(await list(), 'No signal was decided yet.\n');
        const opened = await signal('Trial', 'entry', 'OPENED');
        // Time, outcome, pair, kind and strategy in a line, why in the next.
        const [first, why] = (await list()).split('\n');
        assert.match(first, /^\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC {2}OPENED {2}ETH\/USDT(:USDT)? +entry Trial\b.*paper/i);
        assert.match(why, /^ {25}Opened: buys /);
        assert.equal(opened.paper, true);
        await until('the group is active, its exit rests', async () => {
            const [group] = await groups();
            return group?.state === 'ACTIVE' && group.exit?.resting;
        });
        let [group] = await groups();
        assert.equal(group.paper, true);
        assert.equal(group.connection.id, made.account);
        assert.equal(group.connection.name, 'Main (paper)');
        const answer = await run(['strategies', 'groups', '--data', data]);
        assert.match(answer.out, /PAPER/);
        // At the best price, and no better: the simulated market's ask is one step above.
        assert.equal(group.average, '3000');

        await price('2848');
        await signal('Trial', 'entry', 'ADDED');
        await until('the exit covers both', async () => {
            [group] = await groups();
            return group.add_ons === 1 && group.exit?.resting && group.exit.quantity === group.quantity && group.state === 'ACTIVE';
        });

        // The real processes die with the exit resting at the paper exchange.
        await server.stop('SIGKILL');
        server = serve(context, data, simulator.urls);
        await server.ready;
        await until('the group is as it was', async () => {
            const [after] = await groups();
            return after?.state === 'ACTIVE' && after.quantity === group.quantity && after.average === group.average && after.exit?.resting && after.exit.quantity === group.exit.quantity;
        }, 20);
        assert.equal((await groups())[0].desync, null);

        await price(String(Math.ceil(Number(group.take_profit)) + 20));
        await until('the group took its profit', async () => (await groups()).length === 0, 20);

        // More than there is.
        await ask(['strategies', 'paper-money', 'Trial', '--amount', '100']);
        const poor = await signal('Trial', 'entry', 'BLOCKED');
        assert.ok(poor.failed.some((code) => /BALANCE|LIMIT|MINIMUM/.test(code)), JSON.stringify(poor.failed));

        assert.deepEqual(await changesAt(simulator.admin, exchange), [], 'the real account sees no order and no setting');
        assert.deepEqual((await (await fetch(`${simulator.admin}/orders?exchange=${exchange}`)).json()).orders, []);
    });
}
