// A backup as its user meets it: made while the server runs and while it does not, verified, restored on what could be another machine, with
// trading off until somebody says so; and everything that must be refused.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Running, below, contents, makeKey, run, scratch, serve, simulate, until } from './support.mjs';

const PASSPHRASE = 'a passphrase of some length\n';
const cleaning = [];
const outer = { after: (work) => cleaning.unshift(work) };
let simulator, good, atRest;

const cli = (data, words, input = '') => run([...words, '--data', data, '--json'], input, { timeout: 60_000 });
const connections = (data, ...words) => cli(data, ['connections', ...words]);
async function add(data, name, exchange) {
    const key = await makeKey(simulator.admin, exchange, { balances: { USDT: '10000' } });
    return run(['connections', 'add', '--name', name, '--exchange', exchange, '--market', 'spot', '--data', data, '--json'], JSON.stringify(key));
}
const modeOf = (file) => (fs.statSync(file).mode & 0o777).toString(8);

before(async () => {
    simulator = await simulate(outer, ['--limits', 'off']);
    good = path.join(scratch(outer), 'data');
    const server = serve(outer, good, simulator.urls);
    await server.ready;
    for (const [name, exchange] of [['First', 'mexc'], ['Second', 'kucoin']]) {
        assert.equal((await add(good, name, exchange)).code, 0);
        assert.equal((await connections(good, 'test', name)).json.verdict, 'connected');
    }
    await server.stop();
    fs.rmSync(path.join(good, 'run'), { recursive: true });
    atRest = path.join(scratch(outer), 'at-rest.bfbackup');
    const made = await cli(good, ['backup', 'create', '--to', atRest], PASSPHRASE);
    assert.equal(made.code, 0, made.err);
});
after(async () => { for (const work of cleaning) await work(); });

/** A server on `data` that has the connections, whose keys open their accounts. */
async function isWhole(context, data, names) {
    const server = serve(context, data, simulator.urls);
    await server.ready;
    const { json } = await connections(data, 'list');
    assert.deepEqual(json.connections.map(({ name }) => name).sort(), [...names].sort());
    for (const name of names) assert.equal((await connections(data, 'test', name)).json.verdict, 'connected', name);
    return server;
}

test('made of a server that runs, verified, restored elsewhere', async (context) => {
    const place = scratch(context), data = path.join(place, 'data'), file = path.join(place, 'one.bfbackup');
    fs.cpSync(good, data, { recursive: true, filter: (from) => !fs.lstatSync(from).isSocket() });
    fs.chmodSync(data, 0o700);
    const server = serve(context, data, simulator.urls);
    await server.ready;
    const made = await cli(data, ['backup', 'create', '--to', file], PASSPHRASE);
    assert.equal(made.code, 0, made.err);
    assert.equal(made.json.keys, true);
    assert.equal(made.json.ledger_missing, null);
    assert.equal(made.json.bytes, fs.statSync(file).size);
    assert.equal(modeOf(file), '600');
    assert.deepEqual(fs.readdirSync(path.join(data, 'run')).filter((name) => name.startsWith('backup')), [], 'the staged file stayed');
    assert.deepEqual(fs.readdirSync(place).sort(), ['data', 'one.bfbackup']);

    const before = fs.readdirSync(place).length;
    const verified = await cli(data, ['backup', 'verify', file, '--in', place], PASSPHRASE);
    assert.equal(verified.code, 0, verified.err);
    assert.deepEqual(verified.json.connections.sort(), ['First', 'Second']);
    assert.equal(verified.json.secrets, 2);
    assert.equal(verified.json.ledger, true);
    assert.equal(verified.json.id, made.json.id);
    assert.equal(fs.readdirSync(place).length, before, 'what was restored for a look stayed');
    await server.stop();

    const elsewhere = path.join(place, 'elsewhere');
    const restored = await cli(elsewhere, ['restore', file], PASSPHRASE);
    assert.equal(restored.code, 0, restored.err);
    assert.equal(modeOf(elsewhere), '700');
    for (const name of below(elsewhere)) assert.equal(modeOf(path.join(elsewhere, name)), fs.statSync(path.join(elsewhere, name)).isDirectory() ? '700' : '600', name);
    assert.notEqual(fs.readFileSync(path.join(elsewhere, 'vault/root.key'), 'utf8'), fs.readFileSync(path.join(data, 'vault/root.key'), 'utf8'), 'the key file of one machine is on another');
    const again = await isWhole(context, elsewhere, ['First', 'Second']);
    await again.stop();
    // People are told what to start next, on the folder that they restored into.
    const spaced = path.join(place, "Ann's folder");
    const told = await run(['restore', file, '--data', spaced], PASSPHRASE, { timeout: 60_000 });
    const quoted = `'${spaced.replace("'", "'\\''")}'`;
    assert.ok(told.out.includes(`\n  backfuture serve --data ${quoted}\n`) && told.out.includes(`\n  backfuture backup confirm --data ${quoted}`), told.out);
});

test('made of a folder that no server uses: with a recovery code, and without the keys', async (context) => {
    const place = scratch(context), file = path.join(place, 'code.bfbackup'), without = path.join(place, 'without.bfbackup');
    const made = await cli(good, ['backup', 'create', '--to', file, '--recovery-code']);
    assert.equal(made.code, 0, made.err);
    assert.match(made.json.recovery_code, /^([0-9A-Z]{5}-){5}[0-9A-Z]$/);
    const verified = await cli(good, ['backup', 'verify', file], made.json.recovery_code.toLowerCase().replaceAll('-', ' '));
    assert.equal(verified.code, 0, verified.err);

    assert.equal((await cli(good, ['backup', 'create', '--to', without, '--without-keys'], PASSPHRASE)).code, 0);
    const look = await cli(good, ['backup', 'verify', without], PASSPHRASE);
    assert.deepEqual([look.json.keys, look.json.secrets], [false, 0]);
    const elsewhere = path.join(place, 'elsewhere');
    assert.equal((await cli(elsewhere, ['restore', without], PASSPHRASE)).code, 0);
    assert.ok(!fs.existsSync(path.join(elsewhere, 'vault/vault.db')));
    const server = serve(context, elsewhere, simulator.urls);
    await server.ready;
    assert.equal((await connections(elsewhere, 'list')).json.connections.length, 2);
    await until('the missing keys are told', () => /holds no key for/.test(server.err));
    await server.stop();
});

test('a backup that could not have the ledger says so, by its end, its words and whoever verifies it', async (context) => {
    const place = scratch(context), data = path.join(place, 'data'), file = path.join(place, 'one.bfbackup'), running = path.join(place, 'two.bfbackup'), elsewhere = path.join(place, 'elsewhere');
    fs.cpSync(good, data, { recursive: true, filter: (from) => !fs.lstatSync(from).isSocket() });
    fs.chmodSync(data, 0o700);
    fs.rmSync(path.join(data, 'vault/ledger'), { recursive: true });
    fs.writeFileSync(path.join(data, 'vault/ledger'), 'no folder');

    const made = await cli(data, ['backup', 'create', '--to', file], PASSPHRASE);
    assert.equal(made.code, 3, made.out);
    assert.match(made.json.ledger_missing, /the ledger can't be opened/);
    const server = serve(context, data, simulator.urls);
    await server.ready;
    const told = await run(['backup', 'create', '--to', running, '--data', data], PASSPHRASE, { timeout: 60_000 });
    assert.equal(told.code, 3);
    assert.match(told.err, /ledger of key uses is NOT in this backup: the ledger can't be opened/);
    await server.stop();

    for (const one of [file, running]) {
        const verified = await cli(data, ['backup', 'verify', one], PASSPHRASE);
        assert.deepEqual([verified.code, verified.json.keys, verified.json.ledger, verified.json.secrets], [0, true, false, 2]);
        assert.match((await run(['backup', 'verify', one, '--data', data], PASSPHRASE, { timeout: 60_000 })).out, /ledger +NOT IN IT/);
    }
    // What is in it is good; that uses are unknown is told after the restore, until somebody says that he knows.
    assert.equal((await cli(elsewhere, ['restore', running], PASSPHRASE)).code, 0);
    const again = await isWhole(context, elsewhere, ['First', 'Second']);
    const { json: { findings } } = await cli(elsewhere, ['security']);
    assert.ok(findings.some(({ id, code }) => /ledger/i.test(id ?? code)), JSON.stringify(findings));
    assert.equal((await cli(elsewhere, ['ledger', 'accept'])).code, 0);
    await again.stop();
});

test('no key and no passphrase lies in a backup, nor in what a look leaves', async (context) => {
    const place = scratch(context), data = path.join(place, 'data'), file = path.join(place, 'one.bfbackup');
    const server = serve(context, data, simulator.urls);
    await server.ready;
    const secret = await makeKey(simulator.admin, 'kucoin');
    assert.equal((await run(['connections', 'add', '--name', 'Third', '--exchange', 'kucoin', '--market', 'spot', '--data', data, '--json'], JSON.stringify(secret))).code, 0);
    assert.equal((await cli(data, ['backup', 'create', '--to', file], PASSPHRASE)).code, 0);
    await server.stop();
    const bytes = fs.readFileSync(file);
    for (const text of [secret.secret, secret.key, secret.passphrase, PASSPHRASE.trim(), 'SQLite format 3', 'Third']) assert.ok(!bytes.includes(text), 'something stands in the clear');
});

test('refused: a folder that is not empty, a wrong passphrase, a short one, no file, a file that is no backup', async (context) => {
    const place = scratch(context);
    const full = path.join(place, 'full');
    fs.mkdirSync(full);
    fs.writeFileSync(path.join(full, 'mine'), 'mine');
    for (const [what, data, words, input, code, sentence] of [
        ['not empty', full, ['restore', atRest], PASSPHRASE, 3, /is not empty/],
        ['a file', path.join(full, 'mine'), ['restore', atRest], PASSPHRASE, 3, /is not a folder/],
        ['wrong', path.join(place, 'a'), ['restore', atRest], 'another passphrase\n', 3, /passphrase is not this backup's/],
        ['none', path.join(place, 'a'), ['restore', atRest], '', 64, /No passphrase/],
        ['no file', path.join(place, 'a'), ['restore', path.join(place, 'none')], PASSPHRASE, 3, /can't be read/],
        ['no backup', path.join(place, 'a'), ['restore', path.join(full, 'mine')], PASSPHRASE, 3, /not a backup of BackFuture/],
        ['wrong to verify', good, ['backup', 'verify', atRest], 'another passphrase\n', 3, /passphrase is not this backup's/],
        ['short', good, ['backup', 'create', '--to', path.join(place, 'b')], 'short\n', 3, /at least 12 characters/],
        ['easy to guess', good, ['backup', 'create', '--to', path.join(place, 'b')], 'passwordpassword\n', 3, /easy to guess/],
        ['a passphrase for the vault that is easy to guess', good, ['vault', 'passphrase'], 'password123456\n', 3, /easy to guess/],
        ['over a file', good, ['backup', 'create', '--to', path.join(full, 'mine')], PASSPHRASE, 3, /already a file/],
        ['no folder', path.join(place, 'nowhere'), ['backup', 'create', '--to', path.join(place, 'b')], PASSPHRASE, 3, /no data folder/],
    ]) {
        const before = contents(place);
        const { code: got, err } = await cli(data, words, input);
        assert.equal(got, code, `${what}: ${err}`);
        assert.match(err, sentence, what);
        assert.deepEqual(contents(place), before, `${what} left something`);
        assert.ok(!fs.existsSync(path.join(place, 'a')), what);
    }
});

test('a damaged backup is found, and a restore of it leaves nothing', async (context) => {
    const place = scratch(context), file = path.join(place, 'bad.bfbackup'), bytes = fs.readFileSync(atRest);
    const cases = [['a bit of the head', (b) => { b[30] ^= 1; return b; }], ['a bit in the middle', (b) => { b[b.length >> 1] ^= 1; return b; }],
        ['a bit of the end', (b) => { b[b.length - 1] ^= 0x80; return b; }], ['cut', (b) => b.subarray(0, b.length - 100)], ['cut at a part', (b) => b.subarray(0, 96 + 24 + 65553)],
        ['more behind the end', (b) => Buffer.concat([b, Buffer.from('x')])], ['empty', () => Buffer.alloc(0)]];
    for (const [what, spoil] of cases) {
        fs.writeFileSync(file, spoil(Buffer.from(bytes)));
        const verified = await cli(good, ['backup', 'verify', file, '--in', place], PASSPHRASE);
        assert.equal(verified.code, 3, what);
        assert.match(verified.err, /damaged|cut short|not a backup/, what);
        const data = path.join(place, 'data');
        const restored = await cli(data, ['restore', file], PASSPHRASE);
        assert.equal(restored.code, 3, what);
        assert.ok(!fs.existsSync(data), `${what}: something was left`);
        assert.deepEqual(fs.readdirSync(place), ['bad.bfbackup'], what);
    }
});

test('after a restore nothing is traded until it is confirmed', async (context) => {
    const place = scratch(context), data = path.join(place, 'data');
    assert.equal((await cli(data, ['restore', atRest], PASSPHRASE)).code, 0);
    const server = serve(context, data, simulator.urls);
    await server.ready;
    assert.equal((await connections(data, 'test', 'Second')).json.verdict, 'connected');
    const settings = path.join(place, 'settings.json');
    fs.writeFileSync(settings, JSON.stringify({ name: 'Held', connection: 'Second', market: 'spot', pairs: ['BTC/USDT'], directions: ['long'], risk_level: 'low',
        margin: { group_limit: '200' }, entry: { base_order: '10', max_spread_pct: '5', max_lag_s: 300 }, fees: { maker_pct: '0.1', taker_pct: '0.1' } }));
    const added = await cli(data, ['strategies', 'add', '--file', settings]);
    assert.equal(added.code, 0, added.err);
    assert.equal((await cli(data, ['strategies', 'enable', 'Held'])).code, 0);
    assert.equal((await cli(data, ['strategies', 'signal', 'Held', '--kind', 'entry', '--pair', 'BTC/USDT', '--direction', 'long'])).code, 0);
    const decisions = async () => (await cli(data, ['strategies', 'decisions'])).json.decisions;
    await until('the signal waits', async () => (await decisions())[0]?.primary === 'TRADING_HELD', 30).catch(async (error) => assert.fail(`${error}: ${JSON.stringify(await decisions())}`));
    assert.match((await decisions())[0].sentence ?? JSON.stringify((await decisions())[0]), /restored from a backup/);
    const orders = async () => (await (await fetch(`${simulator.admin}/orders?exchange=kucoin`)).json()).orders.length;
    const before = await orders();
    const confirmed = await cli(data, ['backup', 'confirm']);
    assert.equal(confirmed.code, 0, confirmed.err);
    await until('the signal is carried out', async () => (await decisions())[0]?.outcome === 'OPENED', 30).catch(async (error) => assert.fail(`${error}: ${JSON.stringify(await decisions())} ${server.err}`));
    await until('the exchange has orders', async () => await orders() > before, 30);
    assert.equal((await cli(data, ['backup', 'confirm'])).code, 3, 'it is confirmed once');
    // For good: a restart does not ask again.
    await server.stop();
    const second = serve(context, data, simulator.urls);
    await second.ready;
    assert.equal((await cli(data, ['backup', 'confirm'])).code, 3);
    await second.stop();
});

test('after a restore nobody is signed in, no script either', async (context) => {
    const place = scratch(context), data = path.join(place, 'data'), elsewhere = path.join(place, 'elsewhere'), file = path.join(place, 'one.bfbackup');
    const password = 'four grey herons waited';
    const first = serve(context, data, simulator.urls);
    const { url } = await first.ready;
    assert.equal((await cli(data, ['accounts', 'add', 'owner', '--role', 'owner'], password)).code, 0);
    const ask = (origin, route, headers, body) => fetch(`${origin}/api/v1/${route}`, { method: body ? 'POST' : 'GET', headers: { 'Content-Type': 'application/json', ...headers }, body: body && JSON.stringify(body) });
    const signIn = async (origin) => ({ Cookie: (await ask(origin, 'sign-in', {}, { account: 'owner', password })).headers.get('set-cookie').split(';')[0] });
    const session = await signIn(url);
    const token = { Authorization: `Bearer ${(await (await ask(url, 'tokens', session, { name: 'script', scope: 'manage', days: 30 })).json()).token}` };
    for (const who of [session, token]) assert.equal((await ask(url, 'session', who)).status, 200);
    assert.equal((await cli(data, ['backup', 'create', '--to', file], PASSPHRASE)).code, 0);
    await first.stop();
    assert.equal((await cli(elsewhere, ['restore', file], PASSPHRASE)).code, 0);
    const second = serve(context, elsewhere, simulator.urls);
    const { url: other } = await second.ready;
    for (const who of [session, token]) assert.equal((await ask(other, 'session', who)).status, 401);
    assert.equal((await ask(other, 'session', await signIn(other))).status, 200);
    assert.deepEqual((await cli(elsewhere, ['accounts', 'tokens', 'list', 'owner'])).json.tokens, []);
    await second.stop();
});

test('a restore that was killed is no folder to start on', async (context) => {
    const place = scratch(context), data = path.join(place, 'data');
    const dying = new Running(['restore', atRest, '--data', data]);
    dying.child.stdin?.end();
    await dying.stop('SIGKILL');
    fs.rmSync(data, { recursive: true, force: true });
    fs.mkdirSync(data, { mode: 0o700 });
    fs.writeFileSync(path.join(data, 'restore-unfinished'), '');
    const { code, err } = await run(['serve', '--data', data, '--listen', '127.0.0.1:0']);
    assert.equal(code, 3);
    assert.match(err, /was not finished: empty the folder/);
});
