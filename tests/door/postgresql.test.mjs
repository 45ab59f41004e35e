// A real server on a real PostgreSQL (Debian's postgresql-15), which is restarted, stays away, and asks for a password.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeKey, orderByHand, run, scratch, serve, simulate, until } from './support.mjs';

const PROGRAMS = '/usr/lib/postgresql/15/bin', PASSWORD = 'p:w/d@?&=1';

/** A PostgreSQL of its own on a free port, gone after the test. It runs as nobody where we are root: it refuses to run as that. */
async function postgresql(context) {
    assert.ok(fs.existsSync(`${PROGRAMS}/initdb`), `there is no PostgreSQL in ${PROGRAMS}: apt-get install postgresql-15`);
    const port = await new Promise((resolve) => {
        const probe = net.createServer().listen(0, '127.0.0.1', () => {
            const { port: free } = probe.address();
            probe.close(() => resolve(free));
        });
    });
    const folder = fs.mkdtempSync(path.join(tmpdir(), 'bf-postgresql-')), cluster = path.join(folder, 'cluster'), log = path.join(folder, 'log');
    const root = process.getuid() === 0;
    if (root) fs.chownSync(folder, 65534, 65534);
    const program = (name, args, input) => {
        const words = [`${PROGRAMS}/${name}`, ...args];
        const { status, stdout, stderr, error } = root ? spawnSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', ...words], { cwd: folder, input })
            : spawnSync(words[0], words.slice(1), { cwd: folder, input });
        assert.equal(status, 0, `${name}: ${error ?? stderr}`);
        return String(stdout).trim();
    };
    const control = (...words) => program('pg_ctl', ['-D', cluster, '-s', '-w', '-l', log, '-o', `-p ${port} -c listen_addresses=127.0.0.1 -k ${folder}`, ...words]);
    program('initdb', ['-D', cluster, '-A', 'trust', '-U', 'bf', '--no-sync']);
    const access = path.join(cluster, 'pg_hba.conf');
    fs.writeFileSync(access, `host all locked all scram-sha-256\n${fs.readFileSync(access, 'utf8')}`);
    control('start');
    let up = true, frozen = [];
    /** Its first process and those that it made: one for each connection among them. */
    const processes = () => {
        const first = Number(fs.readFileSync(path.join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
        return [first, ...fs.readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)];
    };
    const thaw = () => {
        for (const pid of frozen.splice(0)) process.kill(pid, 'SIGCONT');
    };
    context.after(() => {
        thaw();
        if (up) control('-m', 'immediate', 'stop');
        fs.rmSync(folder, { recursive: true, force: true });
    });
    const ask = (sql) => program('psql', ['-qAt', '-h', '127.0.0.1', '-p', String(port), '-U', 'bf', 'postgres'], sql);
    ask(`create role locked login password '${PASSWORD}'; create database locked owner locked;`);
    return {
        port, ask,
        stop: () => { control('-m', 'fast', 'stop'); up = false; },
        start: () => { control('start'); up = true; },
        /** There, and never answering: its kernel still takes what is sent. */
        freeze: () => { for (const pid of processes()) { process.kill(pid, 'SIGSTOP'); frozen.push(pid); } },
        thaw,
        restart: () => control('-m', 'fast', 'restart'),
    };
}

const PAIR = 'ETH/USDT';
const settings = (name) => ({
    name, connection: 'Main', market: 'spot', pairs: [PAIR], directions: ['long'], risk_level: 'low',
    margin: { group_limit: '2000', group_limit_pct: '40', connection_limit_pct: '100' }, entry: { base_order: '300', max_slippage_pct: '0.20', max_spread_pct: '0.50' },
    add_on: { max: 3, zone_step_pct: '5', size_multiplier: '1.0', cooldown_s: 0 }, exit: { take_profit_pct: '1.0' },
});

/** A server that trades one pair and keeps what it knows in that database: a group is open. */
async function trading(context, database) {
    const { admin, exchanges, urls } = await simulate(context, ['--exchanges', 'mexc', '--limits', 'off']);
    const data = scratch(context), file = path.join(data, 'strategy.json');
    const options = [...urls, '--store', `postgresql://bf@127.0.0.1:${database.port}/postgres`, '--alarm-command', path.join(data, 'hear'), '--json-log'];
    fs.writeFileSync(path.join(data, 'hear'), `#!/bin/sh\ncat >> ${data}/heard\n`, { mode: 0o755 });
    const ask = (...words) => run([...words, '--data', data, '--json']);
    const asked = async (...words) => {
        const { code, json, out, err } = await ask(...words);
        assert.equal(code, 0, `${words.join(' ')}: ${out}${err}`);
        return json;
    };
    const add = async (name) => {
        fs.writeFileSync(file, JSON.stringify(settings(name)));
        return ask('strategies', 'add', '--file', file);
    };
    const price = (value) => fetch(`${admin}/price`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ exchange: 'mexc', symbol: PAIR, price: value }) });
    const signal = (kind) => asked('strategies', 'signal', 'Trial', '--kind', kind, '--pair', PAIR, '--direction', 'long');
    const decisions = async () => (await asked('strategies', 'decisions')).decisions;
    const server = serve(context, data, options);
    await server.ready;
    await price('3000');
    const credentials = await makeKey(admin, 'mexc', { permissions: ['read', 'spot'], balances: { USDT: '5000' } });
    const added = await run(['connections', 'add', '--name', 'Main', '--exchange', 'mexc', '--market', 'spot', '--data', data, '--json'], JSON.stringify(credentials));
    assert.equal(added.code, 0, added.out + added.err);
    assert.equal((await add('Trial')).code, 0);
    await until('it can be enabled', async () => (await asked('strategies', 'show', 'Trial')).problems.length === 0, 30);
    await asked('strategies', 'enable', 'Trial');
    await signal('entry');
    await until('the group is opened', async () => (await decisions()).some(({ outcome }) => outcome === 'OPENED'));
    return { exchanges, data, options, server, credentials, ask, asked, add, price, signal, decisions };
}

const events = (of, name) => of.err.split('\n').filter(Boolean).map((line) => { try { return JSON.parse(line); } catch { return {}; } }).filter(({ event }) => event === name);

test('what is kept in PostgreSQL outlives its restarts, and while it is away that is said, once in the log', { timeout: 240_000 }, async (context) => {
    const database = await postgresql(context);
    const { exchanges, data, options, credentials, ask, asked, add, price, signal, decisions, ...first } = await trading(context, database);
    let { server } = first;

    // Nothing is left of the connection; whether the engine had something to write meanwhile or not, it makes another.
    database.restart();
    await until('it is kept again', async () => (await add('Second')).code === 0);
    await signal('entry');
    await until('it is decided', async () => (await decisions()).length === 2);
    assert.equal(events(server, 'database_back').length, 1);

    // Away: told in words that help, at once each time; an alarm reaches the operator all the same.
    const earlier = events(server, 'database_away').length;
    database.stop();
    for (let i = 0; i < 5; ++i) {
        const began = Date.now(), refused = await ask('strategies', 'signal', 'Trial', '--kind', 'entry', '--pair', PAIR, '--direction', 'long');
        assert.notEqual(refused.code, 0);
        assert.match(refused.out + refused.err, /The database can't be reached, and nothing was changed: see that PostgreSQL runs/);
        assert.ok(Date.now() - began < 5_000);
    }
    const engine = server.children()['bf-engine'];
    await orderByHand(exchanges.mexc, credentials, { symbol: 'ETHUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '2500' });
    await until('the alarm reaches the operator', () => fs.existsSync(`${data}/heard`) && fs.readFileSync(`${data}/heard`, 'utf8').includes('FOREIGN_ORDER'), 30);
    assert.equal(events(server, 'database_away').length, earlier + 1);
    assert.match(events(server, 'database_away').at(-1).message, /^The database can't be reached \(.+\)\. Trading goes on/);
    // A group closes meanwhile: it is over for everybody, and in the history when there is one again.
    await price('3100');
    await until('the group is closed', async () => (await asked('strategies', 'groups')).groups.length === 0, 30);
    database.start();
    await until('a signal is taken again', async () => (await ask('strategies', 'signal', 'Trial', '--kind', 'exit', '--pair', PAIR, '--direction', 'long')).code === 0);
    assert.equal(server.children()['bf-engine'], engine);
    assert.equal(events(server, 'database_back').length, 2);
    // What waits in memory has ids below zero until then.
    await until('it is decided and kept', async () => { const all = await decisions(); return all.length === 3 && all.every(({ id }) => id > 0); });
    const kept = await decisions();
    await until('the group is in the history', async () => (await asked('strategies', 'groups', '--closed')).groups.length === 1, 30);
    await until('and kept', () => database.ask('select count(*) from trade_groups where closed_ms is not null') === '1');
    await until('the alarm is kept', () => database.ask("select count(*) from alarms where document like '%FOREIGN_ORDER%'") === '1');
    await server.stop();

    server = serve(context, data, options);
    await server.ready;
    assert.deepEqual((await asked('strategies', 'list')).strategies.map(({ name }) => name).sort(), ['Second', 'Trial']);
    assert.deepEqual((await decisions()).map(({ id, outcome }) => [id, outcome]), kept.map(({ id, outcome }) => [id, outcome]));
    await server.stop();
});

test('a PostgreSQL that is there and does not answer holds the engine for seconds, then it is away like any other', { timeout: 240_000 }, async (context) => {
    const database = await postgresql(context);
    const { data, options, ask, asked, add, price, signal, decisions, ...begun } = await trading(context, database);
    let { server } = begun;
    const engine = server.children()['bf-engine'];
    const timed = async (...words) => {
        const began = Date.now(), answer = await ask(...words);
        return { ...answer, took: Date.now() - began };
    };
    database.freeze();
    // The question itself, and one attempt to connect anew for whatever asks next.
    const first = await timed('strategies', 'decisions');
    assert.notEqual(first.code, 0);
    assert.match(first.out + first.err, /The database can't be reached, and nothing was changed: see that PostgreSQL runs/);
    assert.ok(first.took > 4_000 && first.took < 12_000, `it took ${first.took} ms`);
    await until('it is told', () => events(server, 'database_away').length === 1);
    assert.match(events(server, 'database_away')[0].message, /^The database can't be reached \(it did not answer within 5 s\)\. Trading goes on/);
    await timed('strategies', 'decisions');
    for (let i = 0; i < 3; ++i) {
        const next = await timed('strategies', 'groups');
        assert.equal(next.code, 0, next.err);
        assert.equal(next.json.groups.length, 1);
        assert.ok(next.took < 4_000, `it took ${next.took} ms`);
    }
    database.thaw();
    await until('it is reached again', async () => (await add('Second')).code === 0, 90);
    await signal('entry');
    await until('it is decided', async () => (await decisions()).length === 2);
    assert.equal(server.children()['bf-engine'], engine);
    assert.equal((await asked('strategies', 'list')).strategies.length, 2);
    assert.equal(events(server, 'database_back').length, 1);

    // A group closes while nobody answers, and the process is killed before anybody does: its journal knows.
    database.freeze();
    await price('3100');
    await until('the group is closed', async () => (await ask('strategies', 'groups')).json?.groups.length === 0, 60);
    await server.stop('SIGKILL');
    await server.gone;
    database.thaw();
    server = serve(context, data, options);
    await server.ready;
    await until('the group is in the history', async () => (await asked('strategies', 'groups', '--closed')).groups.length === 1, 30);
    const [{ close_reason: reason, realised }] = (await asked('strategies', 'groups', '--closed')).groups;
    assert.equal(reason, 'take_profit');
    assert.ok(Number(realised) > 0, realised);
    await server.stop();
});

test('an address with a password connects, with and without parameters, and no log, answer or refusal repeats it', { timeout: 120_000 }, async (context) => {
    const database = await postgresql(context);
    const place = `127.0.0.1:${database.port}/locked`, address = (password) => `postgresql://locked:${encodeURIComponent(password)}@${place}`;
    for (const store of [address(PASSWORD), `${address(PASSWORD)}?sslmode=disable`, `postgres://locked@${place}?password=${encodeURIComponent(PASSWORD)}&connect_timeout=4`]) {
        const server = serve(context, scratch(context), ['--store', store]);
        await server.ready;
        await server.stop();
        assert.ok(!server.err.includes(PASSWORD) && !server.err.includes(encodeURIComponent(PASSWORD)), server.err);
    }
    const wrong = 'hunter2'.repeat(2);
    const refused = [
        [address(wrong), /The database can't be reached \(.*password authentication failed for user "locked"/],
        // Typed as it is, a password may end where an address has one of its own characters.
        [`postgresql://locked:${wrong}@more@${place}`, /can't be read/],
        [`postgresql://locked:${wrong}/more@${place}`, /can't be read/],
        [`postgresql://locked:%zz${wrong}@${place}`, /can't be read/],
        [`postgress://locked:${wrong}@${place}`, /--store takes postgresql:/],
    ];
    for (const [store, says] of refused) {
        const { code, out, err } = await run(['serve', '--data', scratch(context), '--listen', '127.0.0.1:0', '--store', store]);
        assert.notEqual(code, 0);
        assert.match(out + err, says);
        assert.ok(!(out + err).includes(wrong), out + err);
    }
});
