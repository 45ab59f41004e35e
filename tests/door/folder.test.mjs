// The data folder when it is not as it should be: unreachable, taken, damaged, on a full disk. The server ends with 3 and one sentence that
// names what is wrong, touches nothing, and is whole again as soon as the folder is.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BINARY, Running, contents, endAfter, isAlive, makeKey, run, scratch, serve, simulate, until } from './support.mjs';

const cleaning = [];
const outer = { after: (work) => cleaning.unshift(work) };
let simulator, good;

const starts = (data, more = []) => run(['serve', '--data', data, '--listen', '127.0.0.1:0', ...more]);
const connections = (data, ...words) => run(['connections', ...words, '--data', data, '--json']);

async function add(data, name, exchange, market = 'spot') {
    return run(['connections', 'add', '--name', name, '--exchange', exchange, '--market', market, '--data', data, '--json'], JSON.stringify(await makeKey(simulator.admin, exchange)));
}
/** The server starts in `data`, and every key in it still opens its account. */
async function isWhole(context, data, names = ['First', 'Second']) {
    const server = serve(context, data, simulator.urls);
    await server.ready;
    const { json } = await connections(data, 'list');
    assert.deepEqual(json.connections.map(({ name }) => name).sort(), [...names].sort());
    for (const name of names) assert.equal((await connections(data, 'test', name)).json.verdict, 'connected', name);
    await server.stop();
}
/** A copy of a good folder with two connections, to be spoilt. */
function copy(context) {
    const data = path.join(scratch(context), 'data');
    fs.cpSync(good, data, { recursive: true });
    fs.chmodSync(data, 0o700);
    return data;
}
function overwrite(file, from, bytes) {
    const open = fs.openSync(file, 'r+');
    fs.writeSync(open, Buffer.alloc(bytes, 0xa5), 0, bytes, from);
    fs.closeSync(open);
}

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
});
after(async () => { for (const work of cleaning) await work(); });

test("a demo has a folder of its own: neither takes the other's", async (context) => {
    const data = copy(context);
    const refused = await starts(data, ['--demo']);
    assert.deepEqual([refused.code, refused.out], [3, '']);
    assert.match(refused.err, /is not a demo's, it was used without --demo: leave --data away/);
    await isWhole(context, data);
    const demo = path.join(scratch(context), 'demo');
    const server = serve(context, demo, ['--demo']);
    await server.ready;
    await server.stop();
    const { code, err } = await starts(demo);
    assert.equal(code, 3);
    assert.match(err, /is a demo's: start it with --demo, or choose another --data/);
    const again = serve(context, demo, ['--demo']);
    await again.ready;
    await again.stop();
});

test('a folder that can not be used', async (context) => {
    const place = scratch(context);
    fs.writeFileSync(path.join(place, 'file'), '');
    const shared = path.join(place, 'shared');
    fs.mkdirSync(shared);
    fs.chmodSync(shared, 0o755);
    const bad = [['below a file', path.join(place, 'file', 'data'), /can't be made|not a folder/], ['a file', path.join(place, 'file'), /not a folder/],
        ['nowhere', '/proc/nowhere/data', /can't be made/], ['open to others', shared, /chmod 700/]];
    if (process.getuid() === 0) {
        const foreign = path.join(place, 'foreign');
        fs.mkdirSync(foreign, { mode: 0o700 });
        fs.chownSync(foreign, 65534, 65534);
        bad.push(['of another user', foreign, /another user/]);
    }
    for (const [what, data, sentence] of bad) {
        const { code, err, out } = await starts(data);
        assert.equal(code, 3, what);
        assert.match(err, sentence, what);
        assert.ok(err.includes(data), `${what}: ${err}`);
        assert.equal(out, '', what);
        assert.match(JSON.parse((await starts(data, ['--json'])).out).error, sentence, what);
    }
    assert.deepEqual(fs.readdirSync(shared), []);
});

test('a second server on the same folder, and a port that is taken', async (context) => {
    const data = copy(context);
    const first = serve(context, data, simulator.urls);
    const { url } = await first.ready;
    const second = await starts(data);
    assert.equal(second.code, 3);
    assert.match(second.err, /Another BackFuture server uses the folder .*stop it first or choose another --data/);

    const elsewhere = copy(context), before = contents(elsewhere);
    const taken = await run(['serve', '--data', elsewhere, '--listen', new URL(url).host]);
    assert.equal(taken.code, 3);
    assert.match(taken.err, new RegExp(new URL(url).port), 'the port is not named');
    assert.match(taken.err, /in use/);
    assert.deepEqual(Object.keys(before).filter((name) => contents(elsewhere)[name] === undefined), []);
    await isWhole(context, elsewhere);
    assert.equal((await connections(data, 'list')).json.connections.length, 2, 'the first server was disturbed');
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    await first.stop();
});

for (const [file, spoil, sentence] of [
    ['engine.db', (name) => overwrite(name, 0, 100), /damaged.*engine\.db/],
    ['engine.db', (name) => overwrite(name, 4096, fs.statSync(name).size - 4096), /damaged.*engine\.db/],
    ['engine.db', (name) => fs.truncateSync(name, 5000), /damaged.*engine\.db/],
    ['web.db', (name) => overwrite(name, 0, 100), /damaged.*web\.db/],
    ['web.db', (name) => fs.truncateSync(name, 5000), /damaged.*web\.db/],
    ['journal/journal-000000000001', (name) => overwrite(name, 0, 100), /journal is damaged: journal-000000000001/],
    ['vault/vault.db', (name) => overwrite(name, 0, 100), /vault.*damaged/],
    ['vault/vault.db', (name) => overwrite(name, 4096, fs.statSync(name).size - 4096), /vault.*damaged/],
    ['vault/vault.db', (name) => fs.truncateSync(name, 5000), /vault.*damaged/],
    ['vault/vault.db', (name) => fs.truncateSync(name, 0), /is empty/],
    ['vault/vault.db', (name) => fs.chmodSync(name, 0o644), /chmod 600/],
    ['vault/root.key', (name) => fs.rmSync(name), /root\.key is missing/],
    ['vault/root.key', (name) => fs.writeFileSync(name, 'nonsense'), /not a key file/],
    ['vault/root.key', (name) => fs.writeFileSync(name, fs.readFileSync(name, 'utf8').replace(/[0-9a-f]/g, (digit) => (digit === '0' ? '1' : '0'))), /not the one this vault was sealed with|not a key file/],
    ['vault/root.key', (name) => fs.chmodSync(name, 0o644), /chmod 600/],
])
    test(`${file} is spoilt: ${spoil.toString().slice(10, 60)}`, async (context) => {
        const data = copy(context), name = path.join(data, file);
        spoil(name);
        const spoilt = contents(data);
        const { code, err, out } = await starts(data, simulator.urls);
        assert.equal(code, 3, err);
        assert.match(err, sentence);
        assert.equal(out, '');
        // The signer has started meanwhile: it enters that in its own books.
        const own = file.startsWith('vault/') ? /^vault\/(ledger\/|policy\.|.*-journal$)/ : /^vault\//;
        const kept = Object.entries(spoilt).filter(([one]) => !own.test(one));
        for (const [one, bytes] of kept) assert.equal(contents(data)[one], bytes, `${one} was changed`);
        fs.rmSync(name, { force: true });
        fs.cpSync(path.join(good, file), name);
        fs.chmodSync(name, 0o600);
        await isWhole(context, data);
    });

test('one secret in the vault is spoilt: its connection says so, the other goes on', async (context) => {
    const data = copy(context), vault = path.join(data, 'vault/vault.db');
    // A sealed field begins with its version; the last byte of one is part of its seal.
    const bytes = fs.readFileSync(vault), at = bytes.indexOf('secret');
    assert.ok(at > 0, 'no sealed secret found');
    bytes[at + 'secret'.length + 60] ^= 1;
    fs.writeFileSync(vault, bytes);
    const server = serve(context, data, simulator.urls);
    await server.ready;
    await until('the warning at the start', () => /The stored key of "(First|Second)" fails its check/.test(server.err));
    const verdicts = [];
    for (const name of ['First', 'Second']) verdicts.push((await connections(data, 'test', name)).json);
    assert.deepEqual(verdicts.map(({ verdict }) => verdict).sort(), ['connected', 'failed']);
    const { problem } = verdicts.find(({ verdict }) => verdict === 'failed');
    assert.match(problem.cause, /stored key can't be used.*fails its check/);
    assert.match(problem.remedy, /Rotate key/);
    await server.stop();
});

test('a database or a vault that is gone: what the other one holds is named at the start and kept', async (context) => {
    for (const [gone, sentence] of [['engine.db', /keys of connections that the database does not know \(2\)/], ['vault', /The vault holds no key for "First"/]]) {
        const data = copy(context);
        fs.rmSync(path.join(data, gone), { recursive: true });
        const server = serve(context, data, simulator.urls);
        await server.ready;
        await until(`the warning that ${gone} is gone`, () => sentence.test(server.err));
        if (gone === 'vault') assert.match((await connections(data, 'test', 'First')).json.problem.cause, /stored key can't be used.*no key/);
        if (gone === 'vault') {
            // What has no key any more can be removed all the same.
            const other = copy(context);
            fs.rmSync(path.join(other, 'vault'), { recursive: true });
            const bare = serve(context, other, simulator.urls);
            await bare.ready;
            assert.equal((await connections(other, 'remove', 'First')).code, 0);
            assert.deepEqual((await connections(other, 'list')).json.connections.map(({ name }) => name), ['Second']);
            await bare.stop();
        }
        await server.stop();
        fs.rmSync(path.join(data, gone), { recursive: true });
        fs.cpSync(path.join(good, gone), path.join(data, gone), { recursive: true });
        fs.chmodSync(path.join(data, gone), gone === 'vault' ? 0o700 : 0o600);
        await isWhole(context, data);
    }
});

/** A disk of 64 MB (the journal takes half of it ahead), where this process may mount one. */
function smallDisk(context) {
    const place = fs.mkdtempSync(path.join(tmpdir(), 'bf-disk-'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=0700', 'tmpfs', place]).status === 0;
    context.after(() => {
        if (mounted) spawnSync('umount', ['-l', place]);
        fs.rmdirSync(place);
    });
    return mounted ? place : undefined;
}

test('a full disk: refused with the reason, nothing half written, whole when there is room again', async (context) => {
    const disk = smallDisk(context);
    if (!disk) return context.skip('a small disk can only be mounted as root');
    const data = path.join(disk, 'data'), filler = path.join(disk, 'filler');
    fs.cpSync(good, data, { recursive: true });
    fs.chmodSync(data, 0o700);
    const fill = (spare = 0) => {
        const open = fs.openSync(filler, 'w');
        try {
            for (;;) fs.writeSync(open, Buffer.alloc(4096, 1));
        } catch (error) {
            assert.equal(error.code, 'ENOSPC');
        }
        fs.ftruncateSync(open, Math.max(0, fs.fstatSync(open).size - spare));
        fs.closeSync(open);
    };
    let server = serve(context, data, simulator.urls);
    await server.ready;
    fill();
    const refused = await add(data, 'Third', 'mexc');
    assert.equal(refused.code, 3, refused.out);
    assert.match(refused.err, /disk is full/);
    const listed = await connections(data, 'list');
    assert.deepEqual(listed.json.connections.map(({ name }) => name).sort(), ['First', 'Second'], 'reading needs no room');
    assert.equal((await connections(data, 'rename', 'First', 'Renamed')).code, 3);
    await server.stop('SIGKILL');

    // Started on the full disk it either runs or says why not; it never breaks what is there.
    server = serve(context, data, simulator.urls);
    const started = await server.ready.then(() => true, () => false);
    if (!started) {
        assert.equal((await server.ended).code, 3);
        assert.match(server.err, /disk|space|room|written/i);
    }
    await server.stop('SIGKILL');
    fs.rmSync(filler);
    await isWhole(context, data);

    // With room for a little only, a change that no longer fits leaves the ones before it.
    server = serve(context, data, simulator.urls);
    await server.ready;
    fill(96 * 1024);
    const kept = ['First', 'Second'];
    for (let number = 0; ; ++number) {
        assert.ok(number < 300, 'the disk never got full');
        const { code, err } = await add(data, `More ${number}`, 'mexc');
        if (code === 0) kept.push(`More ${number}`);
        else {
            assert.match(err, /disk is full|vault/);
            break;
        }
    }
    await server.stop('SIGKILL');
    fs.rmSync(filler);
    await isWhole(context, data, kept);
});

test('files that may not grow any more: refused, and whole when they may again', async (context) => {
    const data = copy(context);
    // Writing fails as on a full disk, without one: the shell's limit holds for the server and its processes, in blocks of 512 bytes.
    const limited = new Running(['-c', 'trap "" XFSZ; ulimit -f 600; exec "$0" "$@"', BINARY, 'serve', '--data', data, '--listen', '127.0.0.1:0', ...simulator.urls], { binary: '/bin/sh' });
    endAfter(context, () => limited);
    await limited.ready;
    const kept = ['First', 'Second'];
    for (let number = 0; ; ++number) {
        assert.ok(number < 500, 'the limit was never met');
        const { code, out, err } = await add(data, `More ${number}`, 'kucoin');
        if (code === 0) kept.push(`More ${number}`);
        else {
            assert.equal(code, 3, err);
            assert.match(err, /disk|vault|database/);
            assert.ok(JSON.parse(out).detail.length > 15, out);
            break;
        }
    }
    assert.deepEqual((await connections(data, 'list')).json.connections.map(({ name }) => name).sort(), kept.sort());
    await limited.stop('SIGKILL');
    await isWhole(context, data, kept);
});

test('a server that dies takes its processes with it within 300 ms, and frees the folder', async (context) => {
    const data = copy(context);
    const died = async (signal) => {
        const server = serve(context, data, simulator.urls);
        await server.ready;
        const children = server.children();
        assert.deepEqual(Object.keys(children).sort(), ['bf-engine', 'bf-signer', 'bf-web']);
        const from = process.hrtime.bigint();
        server.child.kill(signal);
        await server.ended;
        await until('its processes end', () => Object.values(children).every((pid) => !isAlive(pid)), 5);
        return Number(process.hrtime.bigint() - from) / 1e6;
    };
    for (const signal of ['SIGKILL', 'SIGTERM']) {
        // The least of some: other work on the machine only adds to what the program needs.
        const took = [];
        do took.push(await died(signal)); while (took.at(-1) >= 300 && took.length < 5);
        assert.ok(took.at(-1) < 300, `${signal}: ${took} ms`);
    }
    await isWhole(context, data);
});
