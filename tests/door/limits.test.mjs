// What a key may be used for, through the front door: an order outside the limits is blocked with the signer's words, a frozen connection opens
// nothing and still gets out, wider limits wait, and a freeze from the host needs no server that trusts anybody.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { run, scratch, serve, until } from './support.mjs';

const PAIR = 'ETH/USDT', NAME = 'Limited';
const settings = {
    name: 'Ladder', connection: NAME, market: 'spot', pairs: [PAIR], directions: ['long'], risk_level: 'low',
    margin: { group_limit: '2000', group_limit_pct: '20', connection_limit_pct: '100' },
    entry: { base_order: '300', max_slippage_pct: '0.20', max_spread_pct: '5' },
    add_on: { max: 3, zone_step_pct: '5', size_multiplier: '1.0', cooldown_s: 0 }, exit: { take_profit_pct: '5', allow_loss_exit: true },
};

test('limits: an order outside is blocked, as is one for which nothing is left; a frozen connection gets out, wider waits', { timeout: 240_000 }, async (context) => {
    const data = path.join(scratch(context), 'data');
    const { url, simulator_admin: admin } = await serve(context, data, ['--demo']).ready;
    const post = (address, body) => fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    const connections = async (words, input) => {
        const done = await run(['connections', ...words, '--data', data, '--json'], input, { timeout: 40_000 });
        assert.equal(done.code, 0, `${words.join(' ')}: ${done.out}${done.err}`);
        return done.json;
    };
    const strategies = (words, input) => run(['strategies', ...words, '--data', data, '--json'], input);
    const key = await (await post(`${admin}/keys`, { exchange: 'kucoin', permissions: ['read', 'spot'], balances: { USDT: '10000', ETH: '5' } })).json();
    await post(`${admin}/price`, { exchange: 'kucoin', symbol: PAIR, price: '3000' });
    const { account, ...credentials } = key;
    await connections(['add', '--name', NAME, '--exchange', 'kucoin', '--market', 'spot'], JSON.stringify(credentials));
    assert.equal((await connections(['test', NAME])).verdict, 'connected');

    const first = await connections(['limits', NAME, 'show']);
    assert.deepEqual([first.freeze, first.limits.market, first.findings], ['none', 'spot', ['defaults', 'no_second_factor']]);
    const { name: strategy, hook } = (await strategies(['add', '--file', '-'], JSON.stringify(settings))).json;
    await until('the strategy can be enabled', async () => (await strategies(['enable', strategy])).code === 0, 30);
    const signal = async (kind, id) => assert.equal((await post(url + hook.path, { time: Date.now(), strategy, pair: PAIR, direction: 'long', kind, id })).status, 202);
    const group = async () => (await strategies(['groups'])).json.groups.find((one) => one.state !== 'CLOSED');
    const decided = async (holds) => {
        let latest;
        await until('the decision', async () => holds(latest = (await strategies(['decisions'])).json.decisions[0]), 30).catch((error) => assert.fail(`${error.message}: ${JSON.stringify(latest)}`));
        return latest;
    };

    // One order takes most of what an hour may: of the next no group is made.
    const hourly = { ...first.limits, values: { USDT: { order: '400', market_order: '0', hour: '400', day: '10000', exposure: '10000' } } };
    assert.deepEqual((await connections(['limits', NAME, 'set'], JSON.stringify(hourly))).raise, null);
    await signal('entry', 'the first');
    await until('a group with its exit at the exchange', async () => { const one = await group(); return one?.state === 'ACTIVE' && one.exit?.resting; }, 30);
    await signal('exit', 'out');
    await until('it is closed', async () => (await group()) === undefined, 30);
    await signal('entry', 'the second');
    const used = await decided((one) => one?.primary === 'POLICY_DENIED');
    assert.match(used.sentence, /^Blocked: the order's value of 300\.[0-9.]+ is more than what is left of the connection's limit for an hour \([0-9.]+\)\.$/);
    assert.equal((await strategies(['groups', '--closed'])).json.groups.length, 1);

    const narrow = { ...first.limits, values: { USDT: { order: '100', market_order: '0', hour: '400', day: '10000', exposure: '10000' } } };
    assert.deepEqual((await connections(['limits', NAME, 'set'], JSON.stringify(narrow))).raise, null);
    await signal('entry', 'too large');
    const blocked = await decided((one) => one?.primary === 'POLICY_DENIED' && one.id !== used.id);
    assert.equal(blocked.outcome, 'BLOCKED');
    assert.match(blocked.sentence, /the order's value of 300\.[0-9.]+ is more than the connection's limit of 100\./);
    assert.equal(await group(), undefined);

    const wider = await connections(['limits', NAME, 'set'], JSON.stringify(first.limits));
    assert.deepEqual([wider.limits.values.USDT.order, wider.raise.limits.values.USDT.order], ['100', '1000000']);
});

test('limits: frozen, a group still gets out; the host freezes without anybody', { timeout: 240_000 }, async (context) => {
    const data = path.join(scratch(context), 'data');
    const { url, simulator_admin: admin } = await serve(context, data, ['--demo']).ready;
    const post = (address, body) => fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    const command = (words, input) => run([...words, '--data', data, '--json'], input, { timeout: 40_000 });
    const { account, ...credentials } = await (await post(`${admin}/keys`, { exchange: 'kucoin', permissions: ['read', 'spot'], balances: { USDT: '10000', ETH: '5' } })).json();
    await post(`${admin}/price`, { exchange: 'kucoin', symbol: PAIR, price: '3000' });
    assert.equal((await command(['connections', 'add', '--name', NAME, '--exchange', 'kucoin', '--market', 'spot'], JSON.stringify(credentials))).code, 0);
    assert.equal((await command(['connections', 'test', NAME])).json.verdict, 'connected');
    const { name: strategy, hook } = (await command(['strategies', 'add', '--file', '-'], JSON.stringify(settings))).json;
    await until('the strategy can be enabled', async () => (await command(['strategies', 'enable', strategy])).code === 0, 30);
    const signal = async (kind) => assert.equal((await post(url + hook.path, { time: Date.now(), strategy, pair: PAIR, direction: 'long', kind })).status, 202);
    const group = async () => (await command(['strategies', 'groups'])).json.groups.find((one) => one.state !== 'CLOSED');
    const eventually = (what, holds) => until(what, holds, 30).catch(async (error) => assert.fail(`${error.message}; ${JSON.stringify(await group())}`));
    const held = async () => (await (await fetch(`${admin}/balances?exchange=kucoin&account=${account}`)).json()).balances.find((one) => one.asset === 'ETH').total;

    await signal('entry');
    await eventually('a group with its exit at the exchange', async () => { const one = await group(); return one?.state === 'ACTIVE' && one.exit?.resting; });
    const open = (await command(['connections', 'limits', NAME, 'show'])).json.used;
    assert.ok(open.some((one) => one.asset === 'USDT' && Number(one.exposure) > 250 && Number(one.day) > 250), JSON.stringify(open));

    const frozen = await command(['connections', 'freeze', '--all']);
    assert.deepEqual([frozen.code, frozen.json], [0, { frozen: 1 }], frozen.err);
    assert.equal((await command(['connections', 'limits', NAME, 'show'])).json.freeze, 'entries');
    await signal('exit');
    await eventually('the group is out although the connection is frozen', async () => (await group()) === undefined);
    assert.ok(Number(await held()) >= 4.999 && Number(await held()) <= 5.001, await held());
    await eventually('what is open is counted as nothing again', async () => (await command(['connections', 'limits', NAME, 'show'])).json.used.every((one) => Number(one.exposure) === 0));

    await signal('entry');
    await eventually('nothing is opened', async () => (await command(['strategies', 'decisions'])).json.decisions[0]?.primary === 'CONNECTION_FROZEN');
    assert.equal((await command(['connections', 'freeze', NAME, '--everything'])).code, 0);
    assert.equal((await command(['connections', 'limits', NAME, 'show'])).json.freeze, 'everything');
    assert.equal((await command(['connections', 'freeze', NAME])).code, 0);
    assert.equal((await command(['connections', 'limits', NAME, 'show'])).json.freeze, 'everything');
    // The test of a new key is signed as little as anything else; with entries alone frozen it is.
    const another = async () => {
        const { account: same, ...fresh } = await (await post(`${admin}/keys`, { exchange: 'kucoin', permissions: ['read', 'spot'], account })).json();
        assert.equal(same, account);
        return command(['connections', 'rotate', NAME], JSON.stringify(fresh));
    };
    const refused = await another();
    assert.deepEqual([refused.code, refused.json.code], [3, 'rotation_frozen'], refused.out);
    assert.match(refused.json.detail, /frozen for everything/);
    assert.equal((await command(['connections', 'unfreeze', NAME])).code, 0);
    assert.equal((await command(['connections', 'freeze', NAME])).code, 0);
    const replaced = await another();
    assert.equal(replaced.code, 0, replaced.err);
    assert.equal((await command(['connections', 'limits', NAME, 'show'])).json.freeze, 'entries');
    assert.equal((await command(['connections', 'unfreeze', NAME])).code, 0);
    assert.equal((await command(['connections', 'limits', NAME, 'show'])).json.freeze, 'none');
    const unknown = await command(['connections', 'freeze', 'Nobody']);
    assert.notEqual(unknown.code, 0);
});
