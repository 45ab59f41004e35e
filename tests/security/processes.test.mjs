// The real processes as the kernel sees them while they work: each thread under its filter, without a way to new rights, and the files and
// sockets each holds.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { makeKey, run, scratch, serve, simulate, until } from '../door/support.mjs';

const read = (file) => fs.readFileSync(file, 'utf8');
const field = (text, name) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(text)?.[1];

/** What a process has open: [{ number, target }]. */
function openFiles(pid) {
    return fs.readdirSync(`/proc/${pid}/fd`).map((number) => {
        try { return { number, target: fs.readlinkSync(`/proc/${pid}/fd/${number}`) }; } catch { return { number, target: '' }; }
    });
}
/** The inodes of TCP and UDP sockets in a process's network: { inode: { local, remote, state, kind } }. */
function networkSockets(pid) {
    const found = new Map();
    for (const kind of ['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6'])
        for (const line of read(`/proc/${pid}/net/${kind}`).trim().split('\n').slice(1)) {
            const words = line.trim().split(/\s+/);
            found.set(words[9], { local: words[1], remote: words[2], state: words[3], kind });
        }
    return found;
}
const socketsOf = (pid) => {
    const all = networkSockets(pid);
    return openFiles(pid).map(({ target }) => /^socket:\[(\d+)\]$/.exec(target)?.[1]).filter((inode) => inode && all.has(inode)).map((inode) => all.get(inode));
};

test('every thread of every process is under its filter, and holds what it needs', { timeout: 120_000 }, async (context) => {
    const data = path.join(scratch(context), 'data');
    const simulator = await simulate(context, ['--limits', 'off']);
    const server = serve(context, data, [...simulator.urls, '--json-log']);
    const { url } = await server.ready;
    for (const exchange of ['mexc', 'kucoin']) {
        const added = await run(['connections', 'add', '--name', exchange, '--exchange', exchange, '--market', 'spot', '--data', data, '--json'], JSON.stringify(await makeKey(simulator.admin, exchange)));
        assert.equal(added.code, 0, added.err);
        assert.equal((await run(['connections', 'test', exchange, '--data', data, '--json'])).json.verdict, 'connected');
    }
    for (let i = 0; i < 20; ++i) assert.equal((await fetch(`${url}/`)).status, 200);

    const children = server.children();
    assert.deepEqual(Object.keys(children).sort(), ['bf-engine', 'bf-signer', 'bf-web']);
    for (const [name, pid] of Object.entries(children)) {
        const threads = fs.readdirSync(`/proc/${pid}/task`);
        if (name !== 'bf-web') assert.ok(threads.length > 1, `${name} has one thread: the others are not looked at`);
        for (const thread of threads) {
            const status = read(`/proc/${pid}/task/${thread}/status`);
            assert.equal(field(status, 'Seccomp'), '2', `a thread of ${name} makes any system call`);
            assert.equal(field(status, 'NoNewPrivs'), '1', `a thread of ${name} can gain rights`);
        }
        assert.match(read(`/proc/${pid}/limits`), /Max core file size +0 +0/, `${name} leaves core files`);
        // What is not dumpable belongs to root in /proc, whoever runs it.
        assert.equal(fs.statSync(`/proc/${pid}/mem`).uid, 0);
    }

    // The signer: its vault, its socket, standard error. No network at all where the system gives it one of its own.
    const files = openFiles(children['bf-signer']).map(({ target }) => target).filter((target) => target.startsWith('/') && target !== '/dev/null');
    assert.ok(files.every((file) => file.startsWith(`${data}/vault/`) || !file.startsWith(data)), files.join(' '));
    assert.deepEqual(socketsOf(children['bf-signer']), []);
    if (process.getuid() === 0) assert.notEqual(fs.readlinkSync(`/proc/${children['bf-signer']}/ns/net`), fs.readlinkSync('/proc/self/ns/net'));

    // The web process: what listens and what came in there.
    const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0');
    const web = socketsOf(children['bf-web']);
    assert.ok(web.some(({ state }) => state === '0A'));
    for (const { local, kind } of web) assert.ok(kind.startsWith('tcp') && local.endsWith(`:${port}`), `the web process has a socket of its own making: ${kind} ${local}`);
    for (const { target } of openFiles(children['bf-web'])) assert.ok(!target.startsWith(data) || target.startsWith(`${data}/web.db`), target);

    // The engine listens to no network and has nothing of the vault.
    for (const { state } of socketsOf(children['bf-engine'])) assert.notEqual(state, '0A', 'the engine listens to the network');
    for (const { target } of openFiles(children['bf-engine'])) assert.ok(!target.startsWith(`${data}/vault`) && !target.startsWith(`${data}/web.db`), target);

    // All of it is told.
    for (const name of ['web', 'engine']) {
        const line = server.err.split('\n').filter(Boolean).map((one) => JSON.parse(one)).find(({ event, process }) => event === 'protections' && process === name);
        assert.match(line.on, /only_listed_calls/);
        assert.match(line.on, /own_files_only/);
    }
});

test('nobody but the engine is answered at the door of the web process, and the vault stays what it is', { timeout: 60_000 }, async (context) => {
    const data = path.join(scratch(context), 'data');
    const server = serve(context, data);
    await server.ready;
    for (const name of ['engine.sock', 'signer.sock', 'dashboard.sock']) {
        const { mode } = fs.statSync(path.join(data, 'run', name));
        assert.equal(mode & 0o777, 0o600, name);
    }
    assert.equal(fs.statSync(path.join(data, 'run')).mode & 0o777, 0o700);
});

test('what the command line seals is sealed to the signer itself, whatever an engine says its key is', { timeout: 120_000 }, async (context) => {
    const place = scratch(context), data = path.join(place, 'data'), run_ = path.join(data, 'run');
    const simulator = await simulate(context, ['--limits', 'off']);
    const server = serve(context, data, simulator.urls);
    await server.ready;
    // Between the command line and the engine: what a taken-over engine would answer. The thief has the other half of this key.
    const { publicKey } = crypto.generateKeyPairSync('x25519');
    const own = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
    const [asked, real] = [path.join(run_, 'engine.sock'), path.join(run_, 'engine.real')];
    fs.renameSync(asked, real);
    let lies = 0;
    const liar = net.createServer((near) => {
        const far = net.connect(real);
        near.on('data', (bytes) => far.write(bytes)).on('close', () => far.destroy()).on('error', () => far.destroy());
        far.on('close', () => near.destroy()).on('error', () => near.destroy()).on('data', (bytes) => near.write(bytes.toString('latin1').replace(/(public_key\\?":\\?")[A-Za-z0-9+/]{43}=/, (_, name) => {
            ++lies;
            return name + own;
        }), 'latin1'));
    }).listen(asked);
    context.after(() => liar.close());
    await new Promise((listens) => liar.once('listening', listens));
    const key = JSON.stringify(await makeKey(simulator.admin, 'kucoin'));
    const added = await run(['connections', 'add', '--name', 'Mine', '--exchange', 'kucoin', '--market', 'spot', '--data', data, '--json'], key);
    assert.equal(added.code, 0, added.err);
    assert.ok(lies > 0, 'the engine was not asked');
    const made = await run(['backup', 'create', '--to', path.join(place, 'one.bfbackup'), '--data', data, '--json'], 'a passphrase of some length\n', { timeout: 60_000 });
    assert.equal(made.code, 0, made.err);
});

test('the fingerprint that a form shows is to be compared with the signer\'s own word: in the log at each of its starts, and from the command line', { timeout: 60_000 }, async (context) => {
    const data = path.join(scratch(context), 'data');
    const server = serve(context, data, ['--json-log']);
    const { url, set_up_code: code } = await server.ready;
    const said = () => server.err.split('\n').slice(0, -1).map((line) => JSON.parse(line)).filter(({ process, event }) => process === 'signer' && event === 'sealing_key');
    const entered = await fetch(`${url}/api/v1/set-up`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code, password: 'purple tractor hums at noon' }) });
    const Cookie = entered.headers.get('set-cookie').split(';')[0];
    const shown = async () => (await (await fetch(`${url}/api/v1/signer`, { headers: { Cookie } })).json()).fingerprint;
    const told = async () => (await run(['vault', 'status', '--data', data, '--json'])).json.sealing_key;
    const first = await shown();
    assert.match(first, /^([0-9A-F]{4}-){3}[0-9A-F]{4}$/);
    assert.equal(said().length, 1, server.err);
    assert.deepEqual([said()[0].level, said()[0].message.includes(first)], ['info', true], said()[0].message);
    assert.equal(await told(), first);
    assert.match((await run(['vault', 'status', '--data', data])).out, new RegExp(first));

    process.kill(server.children()['bf-signer'], 'SIGKILL');
    await until('the signer is there again and has another key', async () => said().length === 2 && (await shown()) !== first, 20);
    assert.ok(said()[1].message.includes(await shown()));
    await server.stop();
    assert.equal(await told(), null, 'the key of a command that is over');
});
