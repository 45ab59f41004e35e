// What is stored of a connection can't be read when the server starts, and groups are open on it: they are shown, people are told loudly and what to
// do, nothing is asked or done for them, and both ways out work: the row put back, or the connection removed and the groups let go.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { makeKey, run, scratch, serve, simulate, until } from './support.mjs';

const PAIR = 'ETH/USDT', PASSWORD = 'four grey herons waited';
const settings = {
    name: 'Ladder', connection: 'Main', market: 'spot', pairs: [PAIR], directions: ['long'], risk_level: 'low',
    margin: { group_limit: '2000', group_limit_pct: '20', connection_limit_pct: '100' },
    entry: { base_order: '300', max_slippage_pct: '0.20', max_spread_pct: '0.50' }, exit: { take_profit_pct: '1.0' },
};

test('a stored connection that can\'t be read, with an open group', { timeout: 240_000 }, async (context) => {
    const simulator = await simulate(context, ['--exchanges', 'kucoin', '--limits', 'off']);
    await fetch(`${simulator.admin}/price`, { method: 'POST', body: JSON.stringify({ exchange: 'kucoin', symbol: PAIR, price: '3000' }) });
    const folder = scratch(context), data = path.join(folder, 'data');
    const cli = (words, input = '') => run([...words, '--data', data], input);
    const asked = async (words, input) => {
        const answer = await run([...words, '--data', data, '--json'], input);
        assert.equal(answer.code, 0, `${words.join(' ')}: ${answer.err}`);
        return answer.json;
    };
    let server = serve(context, data, simulator.urls), cookie, token, url;
    const start = async () => {
        const ready = await server.ready;
        url = ready.url;
        const signIn = ready.set_up_code ? ['set-up', { code: ready.set_up_code, password: PASSWORD }] : ['sign-in', { password: PASSWORD }];
        const opened = await fetch(`${url}/api/v1/${signIn[0]}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(signIn[1]) });
        cookie = opened.headers.get('set-cookie').split(';')[0];
        ({ token } = await (await fetch(`${url}/api/v1/request-token`, { headers: { Cookie: cookie } })).json());
    };
    const rest = async (method, what) => {
        const answer = await fetch(`${url}/api/v1/${what}`, { method, headers: { Cookie: cookie, 'Content-Type': 'application/json', 'X-BF-Token': token, 'Accept-Language': 'nl' }, body: method === 'POST' ? '{}' : undefined });
        return { status: answer.status, json: await answer.json().catch(() => null) };
    };
    const again = async (mend) => {
        await server.stop();
        mend();
        server = serve(context, data, simulator.urls);
        await start();
    };
    await start();
    await asked(['connections', 'add', '--name', 'Main', '--exchange', 'kucoin', '--market', 'spot'], JSON.stringify(await makeKey(simulator.admin, 'kucoin', { balances: { USDT: '10000' } })));
    const file = path.join(folder, 'settings.json');
    fs.writeFileSync(file, JSON.stringify(settings));
    await asked(['strategies', 'add', '--file', file]);
    await until('it can be enabled', async () => (await asked(['strategies', 'show', 'Ladder'])).problems.length === 0, 30);
    await asked(['strategies', 'enable', 'Ladder']);
    await asked(['strategies', 'signal', 'Ladder', '--kind', 'entry', '--pair', PAIR, '--direction', 'long']);
    const group = async () => (await asked(['strategies', 'groups'])).groups[0];
    await until('a group with its exit at the exchange', async () => (await group())?.exit?.resting, 30);
    const before = await group();

    const database = path.join(data, 'engine.db');
    const replace = (from, to) => {
        const bytes = fs.readFileSync(database, 'latin1');
        assert.ok(bytes.includes(from), 'the row was not found');
        fs.writeFileSync(database, bytes.replaceAll(from, to), 'latin1');
    };
    const good = `{"format":1,"id":"${before.connection.id}"`, bad = good.replace('"format":1', '"format":x');
    const orders = async () => (await (await fetch(`${simulator.admin}/orders?exchange=kucoin`)).json()).orders.length;
    const placed = await orders();

    // Shown, told, and not touched.
    await again(() => replace(good, bad));
    const held = await group();
    assert.deepEqual([held.unreadable, held.connection, held.orphaned, held.quantity, held.exit.price], ['Main', null, null, before.quantity, before.exit.price]);
    const alarms = async () => (await rest('GET', 'alarms')).json.alarms.filter(({ code }) => code === 'CONNECTION_UNREADABLE');
    const [alarm] = await alarms();
    assert.equal(alarm.severity, 'critical');
    assert.match(alarm.text, /"Main".*niet te lezen.*ETH\/USDT.*back-up.*connections remove "Main"/);
    const { findings } = (await rest('GET', 'security/findings')).json;
    assert.ok(findings.some((one) => one.code === 'connection_damaged' && one.severity === 'critical' && /Main/.test(one.cause) && /connections remove/.test(one.remedy)));
    assert.match((await cli(['connections', 'list'])).out, /^Main .*can't be read/m);
    assert.deepEqual((await rest('GET', 'connections')).json.unreadable, [{ id: before.connection.id, name: 'Main' }]);
    for (const act of ['close', 'recover', 'let-go']) {
        const refused = await rest('POST', `groups/${held.id}/${act}`);
        assert.deepEqual([refused.status, refused.json.code], [409, 'connection_unreadable'], act);
    }
    assert.equal((await rest('POST', `connections/${before.connection.id}/test`)).json.code, 'connection_unreadable');
    const twice = await cli(['connections', 'add', '--name', 'main', '--exchange', 'kucoin', '--market', 'spot'], JSON.stringify(await makeKey(simulator.admin, 'kucoin')));
    assert.match(twice.err, /which can't be read: remove it first/);

    // The row is there again: everything goes on.
    await again(() => replace(bad, good));
    await until('its connection to be there', async () => (await group()).connection?.status === 'connected', 30);
    assert.deepEqual([(await group()).unreadable, (await group()).quantity, await orders()], [null, before.quantity, placed]);

    // Or it is given up.
    await again(() => replace(good, bad));
    const left = await cli(['connections', 'remove', 'Main']);
    assert.deepEqual([left.code, left.err.includes(`--leaving ${held.id}`)], [3, true], left.err);
    assert.equal((await cli(['connections', 'remove', 'Main', '--leaving', String(held.id)])).code, 0);
    const orphan = await group();
    assert.deepEqual([orphan.unreadable, orphan.orphaned.connection, orphan.orphaned.again], [null, 'Main', null]);
    const refused = await cli(['connections', 'again', 'Main'], JSON.stringify(await makeKey(simulator.admin, 'kucoin')));
    assert.deepEqual([refused.code, /never known/.test(refused.err)], [3, true], refused.err);
    await asked(['strategies', 'let-go', String(held.id)]);
    await again(() => {});
    assert.deepEqual([(await asked(['connections', 'list'])), (await asked(['strategies', 'groups'])).groups], [{ connections: [], unreadable: [] }, []]);
    assert.equal(await orders(), placed);
});
