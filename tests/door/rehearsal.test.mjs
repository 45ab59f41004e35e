// The guide's rehearsal (docs/guide/rehearsal.md) gone through as it stands: its commands in their order, each by a shell, with what the page says
// of them. Its ports alone are others. What is pressed on pages there is asked over REST here, and looked at in tests/browser.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { appShows } from './authenticator.mjs';
import { BINARY, Running, endAfter, run, scratch, until } from './support.mjs';

const PASSWORD = 'purple tractor hums at noon', PASSPHRASE = 'six brown otters listened to rain';
const guide = fs.readFileSync(fileURLToPath(new URL('../../docs/guide/rehearsal.md', import.meta.url)), 'utf8');

const freePort = () => new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)); });
});

test('the rehearsal of the guide: a second factor, a key replaced while a strategy trades, another address, a backup brought back, the ledger', { timeout: 180_000 }, async (context) => {
    const home = scratch(context), port = await freePort();
    fs.mkdirSync(path.join(home, 'bin'));
    fs.symlinkSync(fs.realpathSync(BINARY), path.join(home, 'bin/backfuture'));
    const env = { ...process.env, HOME: home, XDG_DATA_HOME: '', PATH: `${home}/bin:${process.env.PATH}` };
    const commands = [...guide.matchAll(/^ {4}(\S.*)$/gm)].map(([, line]) => line.replaceAll('127.0.0.1:8500', `127.0.0.1:${port}`));
    const shell = (line, input = '') => run(['-c', line], input, { binary: '/bin/bash', env, timeout: 40_000 });
    /** The page's next command, which must begin so and end with `code`. */
    const next = async (begins, { code = 0, input = '' } = {}) => {
        const line = commands.shift();
        assert.ok(line?.startsWith(begins), `the page goes on with: ${line}`);
        const ended = await shell(line, input);
        assert.equal(ended.code, code, `${line}\n${ended.out}${ended.err}`);
        return ended.out;
    };
    const started = async (begins, more = '') => {
        const line = commands.shift();
        assert.ok(line?.startsWith(begins), `the page goes on with: ${line}`);
        const running = new Running(['-c', `exec ${line}${more}`], { binary: '/bin/bash', env });
        endAfter(context, () => running);
        return { running, ...await running.ready };
    };

    await started('backfuture simulate');
    let server = await started('backfuture serve', ' --listen 127.0.0.1:0');
    const post = async (route, body, Cookie) => {
        const reply = await fetch(`${server.url}/api/v1/${route}`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...(Cookie ? { Cookie } : {}) }, body: JSON.stringify(body) });
        return { status: reply.status, cookie: reply.headers.get('set-cookie')?.split(';')[0], json: await reply.json().catch(() => undefined) };
    };
    const owner = (await post('set-up', { code: server.set_up_code, password: PASSWORD })).cookie;
    const { json: { secret } } = await post('second-factor/begin', {}, owner);
    // Each code works once, and a recovery code does where the app's next one would be waited for.
    const { json: { codes: recovery } } = await post('second-factor/confirm', { code: appShows(secret) }, owner);
    assert.equal(recovery.length, 10);
    assert.notEqual((await post('sign-in', { account: 'owner', password: PASSWORD })).status, 204, 'signed in without a code');
    assert.equal((await post('sign-in', { account: 'owner', password: PASSWORD, code: appShows(secret, Date.now() + 30_000) })).status, 204);

    const said = async (words) => (await shell(`backfuture ${words} --data ~/rehearsal --json`)).json;
    const status = async () => (await said('connections show Rehearsal')).status;
    const signal = async () => {
        const before = (await said('strategies decisions')).decisions.length;
        await shell('backfuture strategies signal Ladder --data ~/rehearsal --pair ETH/USDT --direction long --kind entry');
        let all;
        await until('the signal to be decided', async () => (all = (await said('strategies decisions')).decisions).length > before, 20);
        return all.reduce((latest, one) => (one.id > latest.id ? one : latest));
    };
    const resting = async () => (await (await fetch(`http://127.0.0.1:${port}/admin/orders?exchange=kucoin`)).json()).orders.filter(({ side, status: is }) => side === 'sell' && ['new', 'open'].includes(is)).length;

    await next('curl');
    await next('curl -X PATCH');
    await next('backfuture connections add');
    assert.match(await next('backfuture connections test'), /ip_bound +yes[\s\S]*Verdict: Online/);
    await next('echo');
    await next('backfuture strategies add');
    await next('backfuture strategies enable');
    await next('backfuture strategies signal');
    await until('a group', async () => (await said('strategies groups')).groups.length === 1, 20);
    assert.match(await next('backfuture strategies groups'), /ETH\/USDT +long +ACTIVE/);
    await until('its exit', async () => await resting() === 1, 20);

    // Signals all the while.
    await next('curl');
    await next('curl -X PATCH');
    const decided = [], states = new Set();
    let replaced = false;
    const checks = (async () => { while (!replaced || decided.length < 3) { decided.push(await signal()); states.add(await status()); } })();
    assert.match(await next('backfuture connections rotate'), /Rehearsal/);
    replaced = true;
    await checks;
    assert.deepEqual([...states], ['connected']);
    const codes = new Set(decided.flatMap(({ failed }) => failed));
    assert.ok(codes.size > 0 && ![...codes].some((one) => /KEY|CONNECTION|STREAM|IP_/.test(one)), [...codes].join());
    await next('curl -X PATCH');
    assert.match(await next('backfuture connections ask-old-key'), /dead at the exchange/);

    await next('curl -X PATCH');
    await next('backfuture connections test', { code: 3 });
    assert.match(await next('backfuture security', { code: 2 }), /Rehearsal: This server goes out by another address[\s\S]*Paste: 198\.51\.100\.9/);
    await until('the alarm on the console', () => server.running.err.includes('changed from 127.0.0.1 to 198.51.100.9'));
    const { alarms } = await (await fetch(`${server.url}/api/v1/alarms`, { headers: { Cookie: owner } })).json();
    assert.ok(alarms.some((one) => one.code === 'EGRESS_CHANGED' && one.severity === 'critical'), JSON.stringify(alarms));
    const blocked = await signal();
    assert.ok(blocked.outcome === 'BLOCKED' && blocked.failed.includes('EGRESS_CHANGED'), JSON.stringify(blocked));
    assert.equal(await resting(), 1);
    await next('curl -X PATCH');
    assert.match(await next('backfuture connections test'), /Verdict: Online/);
    assert.equal((await said('security')).findings.some((one) => one.code === 'egress_changed'), false);

    await next('backfuture ledger head');
    await next('backfuture backup create', { input: `${PASSPHRASE}\n${recovery.pop()}\n` });
    assert.match(await next('backfuture backup verify', { input: `${PASSPHRASE}\n` }), /This backup is good/);
    await server.running.stop();
    await next('backfuture restore', { input: `${PASSPHRASE}\n` });
    server = await started('backfuture serve', ' --listen 127.0.0.1:0');
    assert.equal(server.set_up_code, null);
    const again = await post('sign-in', { account: 'owner', password: PASSWORD, code: recovery.pop() });
    assert.equal(again.status, 204, JSON.stringify(again.json));
    const restored = async (words) => (await shell(`backfuture ${words} --data ~/restored --json`)).json;
    assert.equal((await restored('strategies groups')).groups.length, 1);
    assert.ok((await restored('security')).findings.some(({ code: one }) => /restore|held/.test(one)));
    await next('backfuture backup confirm');
    assert.match(await next('backfuture ledger show'), /place_order +signed +buy[\s\S]*key_promoted +done/);
    assert.match(await next('backfuture ledger verify'), /Intact/);
    await until('the restored connection', async () => (await restored('connections show Rehearsal')).status === 'connected', 30);
    assert.deepEqual(commands, [], 'the page goes on');
});
