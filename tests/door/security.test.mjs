// Keys and their guards as an operator meets them: a key replaced under the running server and taken back, the old one shown dead, this server's
// address that changes, what the security command finds, the proof by an outsider. Real processes over simulated exchanges.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { run, scratch, serve, simulate, until } from './support.mjs';

const HERE = '203.0.113.7', THERE = '198.51.100.9';
const cleaning = [];
const outer = { after: (work) => cleaning.unshift(work) };
let simulator, data;

const connections = (words, input = '') => run(['connections', ...words, '--data', data, '--json'], input);
const show = async (name) => (await connections(['show', name])).json;
const security = () => run(['security', '--data', data, '--json']);
const codes = async (name) => (await security()).json.findings.filter((one) => !name || one.connections.some((of) => of.name === name)).map(({ code }) => code);
async function patch(key, change) {
    const reply = await fetch(`${simulator.admin}/keys/${key.key}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(change) });
    assert.equal(reply.status, 200);
}
/** A key with the account it is of, so that a second one can be made for that. */
async function key(exchange, more = {}) {
    const reply = await fetch(`${simulator.admin}/keys`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ exchange, permissions: ['read', 'spot'], balances: { USDT: '100' }, ...more }) });
    assert.equal(reply.status, 200);
    return reply.json();
}
const paste = ({ account: _, ...credentials }) => JSON.stringify(credentials);
async function add(name, exchange, credentials) {
    assert.equal((await connections(['add', '--name', name, '--exchange', exchange, '--market', 'spot'], paste(credentials))).code, 0);
    assert.equal((await connections(['test', name])).json.verdict, 'connected');
}

before(async () => {
    simulator = await simulate(outer, ['--limits', 'off']);
    data = path.join(scratch(outer), 'data');
    await serve(outer, data, simulator.urls).ready;
});
after(async () => { for (const work of cleaning) await work(); });

for (const exchange of ['kucoin', 'mexc'])
    test(`${exchange}: a key is replaced, taken back, replaced again, and the old one shown dead`, async () => {
        const name = `Rotating ${exchange}`, first = await key(exchange);
        await add(name, exchange, first);
        const before = await show(name);
        const second = await key(exchange, { account: first.account });
        const rotated = await connections(['rotate', name], paste(second));
        assert.equal(rotated.code, 0, rotated.err);
        assert.notEqual(rotated.json.key_fingerprint, before.key_fingerprint);
        assert.equal(rotated.json.old_key.fingerprint, before.key_fingerprint);
        assert.ok(rotated.json.old_key.kept_until > Date.now() + 23 * 3_600_000);
        // The old one still works there: who says that it is deleted is told.
        assert.equal((await connections(['ask-old-key', name])).json.old_key.works, 'yes');
        assert.ok((await codes(name)).includes('old_key_works'));
        const early = await connections(['forget-old-key', name]);
        assert.equal(early.code, 3);
        assert.equal(early.json.code, 'old_key_works');

        const back = await connections(['roll-back', name]);
        assert.equal(back.code, 0, back.err);
        assert.equal(back.json.key_fingerprint, before.key_fingerprint);
        await patch(second, { revoked: true });
        assert.equal((await connections(['test', name])).json.verdict, 'connected');
        assert.equal((await connections(['roll-back', name])).json.code, 'no_old_key');

        const third = await key(exchange, { account: first.account });
        assert.equal((await connections(['rotate', name, '--keep-hours', '1'], paste(third))).code, 0);
        await patch(first, { revoked: true });
        assert.equal((await connections(['test', name])).json.verdict, 'connected');
        assert.equal((await connections(['ask-old-key', name])).json.old_key.works, 'no');
        assert.equal((await connections(['roll-back', name])).json.code, 'old_key_dead');
        assert.ok(!(await codes(name)).includes('old_key_works'));
        assert.equal((await connections(['forget-old-key', name])).json.old_key, null);
        assert.equal((await connections(['rotate', name, '--keep-hours', '721'])).code, 64);
        const stranger = await connections(['rotate', name], paste(await key(exchange)));
        assert.equal(stranger.json.code, 'rotation_other_account');
        const unsafe = await connections(['rotate', name], paste(await key(exchange, { account: first.account, permissions: ['read', 'spot', 'withdraw'] })));
        assert.deepEqual([unsafe.code, unsafe.json.code], [2, 'rotation_refused'], unsafe.out);
        for (const bad of ['', 'x'.repeat(61), 'a\nb']) assert.equal((await connections(['rename', name, bad])).code, 64, bad);
        assert.equal((await connections(['test', name])).json.verdict, 'connected');
    });

test('this server\'s address changes: an alarm with what to paste, nothing new is opened, and a test from the new address ends it', async (context) => {
    // An echo of the operator's choice, since the simulated exchange tells its address with the next signed call only.
    const { createServer } = await import('node:http');
    let address = HERE;
    const echo = createServer((request, reply) => reply.end(`${address}\n`)).listen(0, '127.0.0.1');
    context.after(() => echo.close());
    await new Promise((resolve) => echo.once('listening', resolve));
    const own = path.join(scratch(context), 'data');
    const server = serve(context, own, [...simulator.urls, '--address-echo', `http://127.0.0.1:${echo.address().port}/ip`]);
    await server.ready;
    const ask = (words, input = '') => run([...words, '--data', own, '--json'], input);
    const bound = await key('mexc', { ip_allow_list: [HERE], source_ip: HERE });
    assert.equal((await ask(['connections', 'add', '--name', 'Bound', '--exchange', 'mexc', '--market', 'spot'], paste(bound))).code, 0);
    await until('the address to be known and the key proven with it', async () => {
        await ask(['connections', 'test', 'Bound']);
        return (await ask(['connections', 'show', 'Bound'])).json.proven_from === HERE;
    }, 30);
    assert.equal((await ask(['connections', 'show', 'Bound'])).json.address_as_proven, true);

    address = THERE;
    await patch(bound, { source_ip: THERE });
    // The exchange's refusal names the address: sooner than the echo is asked again.
    await ask(['connections', 'test', 'Bound']);
    const moved = (await ask(['connections', 'show', 'Bound'])).json;
    assert.equal(moved.address_as_proven, false);
    const finding = (await ask(['security'])).json.findings.find(({ code }) => code === 'egress_changed');
    assert.equal(finding.severity, 'critical');
    assert.match(finding.remedy, new RegExp(THERE));
    assert.equal((await ask(['security'])).code, 2);
    await until('the warning on the console', () => server.err.includes(THERE) && server.err.includes('"Bound"'));

    await patch(bound, { ip_allow_list: [HERE, THERE] });
    assert.equal((await ask(['connections', 'test', 'Bound'])).json.verdict, 'connected');
    const proven = (await ask(['connections', 'show', 'Bound'])).json;
    assert.deepEqual([proven.address_as_proven, proven.proven_from], [true, THERE]);
    assert.ok(!(await ask(['security'])).json.findings.some(({ code }) => code === 'egress_changed'));
    const bad = await run(['serve', '--data', path.join(scratch(context), 'other'), '--listen', '127.0.0.1:0', '--address-echo', 'ftp://echo.example']);
    assert.notEqual(bad.code, 0);
    assert.match(bad.err, /--address-echo/);
});

test('the security command: findings with cause and remedy, for people and for scripts', async () => {
    await add('Open', 'mexc', await key('mexc', { expires_at: Date.now() + 20 * 86_400_000 }));
    assert.deepEqual(new Set(await codes('Open')), new Set(['unbound', 'key_expires', 'limits_default']));
    const thief = await key('kucoin', { permissions: ['read', 'spot', 'withdraw'] });
    await connections(['add', '--name', 'Thief', '--exchange', 'kucoin', '--market', 'spot'], paste(thief));
    await connections(['test', 'Thief']);
    const { code, json } = await security();
    assert.equal(code, 2);
    assert.equal(json.findings[0].severity, 'critical');
    assert.ok(json.critical >= 1 && json.findings.every(({ cause, remedy, link }) => cause && remedy && link.startsWith('#/')));
    const people = await run(['security', '--data', data]);
    assert.match(people.out, /critical .*Thief: The key can withdraw/);
    const nobody = await run(['security', '--data', path.join(data, 'nowhere'), '--json']);
    assert.equal(nobody.code, 3);
});

test('as an outsider: one signed read proves a key unbound, or bound', async () => {
    for (const exchange of ['kucoin', 'mexc']) {
        const check = (credentials, ...more) => run(['check', '--exchange', exchange, '--market', 'spot', '--base-url', simulator.exchanges[exchange], '--as-outsider', ...more, '--json'], paste(credentials));
        const open = await check(await key(exchange, { source_ip: THERE }));
        assert.equal(open.code, 0, open.err);
        assert.equal(open.json.claims.ip_bound.answer, 'no');
        assert.match(open.json.claims.ip_bound.evidence, /outsider, was accepted/);
        const bound = await check(await key(exchange, { source_ip: THERE, ip_allow_list: [HERE] }));
        assert.equal(bound.code, 3);
        assert.equal(bound.json.problem.code, 'ip_not_allowed');
        assert.equal(bound.json.claims.ip_bound.answer, 'yes');
        assert.match(bound.json.claims.ip_bound.evidence, new RegExp(THERE));
        const words = await run(['check', '--exchange', exchange, '--market', 'spot', '--base-url', simulator.exchanges[exchange], '--as-outsider'], paste(await key(exchange, { source_ip: THERE, ip_allow_list: [HERE] })));
        assert.match(words.out, /As an outsider: .*the key is bound\.\n$/);
        assert.doesNotMatch(words.out, /Add .* to the key's IP list/);
        const listed = await check(await key(exchange, { source_ip: THERE, ip_allow_list: [THERE] }));
        assert.notEqual(listed.json.claims.ip_bound.answer, 'no');
    }
    assert.equal((await run(['check', '--exchange', 'kucoin', '--market', 'spot', '--server-address', HERE, '--json'], '{}')).code, 64);
    const none = await run(['check', '--exchange', 'kucoin', '--market', 'spot', '--as-outsider', '--server-address', 'my-server', '--json'], '{}');
    assert.deepEqual([none.code, none.json.where], [64, '--server-address']);
});
