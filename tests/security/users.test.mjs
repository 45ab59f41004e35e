// The whole program under two users, as packaging/ starts it: the signer under one, the server under another, a stranger beside them. Only root
// can start processes under other users, so this is skipped for anybody else. No account is needed, numbers do.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { BINARY, Running, below, endAfter, makeKey, run, scratch, simulate, until } from '../door/support.mjs';

const SIGNER = 61001, ENGINE = 61002, STRANGER = 61003;
const AS = { signer: [SIGNER, []], engine: [ENGINE, [SIGNER]], stranger: [STRANGER, []], intruder: [STRANGER, [SIGNER]] };
const PASSPHRASE = 'a passphrase of some length';
const skip = process.getuid() === 0 ? false : 'only root can start processes under other users';

/** The words that start `words` as one of them: the process becomes the program itself. */
const as = (who, words) => {
    const [user, groups] = AS[who];
    return ['/usr/bin/setpriv', [`--reuid=${user}`, `--regid=${user}`, groups.length ? `--groups=${groups}` : '--clear-groups', '--', ...words]];
};

/** A place with the folders that the service manager would make, and what is done in it. */
async function place(context) {
    const root = scratch(context);
    fs.chmodSync(root, 0o755);
    // The others may not look into the folder that the program was built in.
    const program = path.join(root, 'backfuture');
    fs.copyFileSync(BINARY, program);
    fs.chmodSync(program, 0o755);
    const folder = (name, user, mode) => {
        const made = path.join(root, name);
        fs.mkdirSync(made);
        fs.chmodSync(made, mode);
        fs.chownSync(made, user, user);
        return made;
    };
    const keys = folder('keys', SIGNER, 0o700), data = folder('data', ENGINE, 0o700), mine = folder('stranger', STRANGER, 0o700);
    const socket = path.join(folder('run', SIGNER, 0o750), 'signer.sock');
    const start = (who, words, wrap = (command) => command) => {
        const [binary, args] = wrap(as(who, [program, ...words]));
        const running = new Running(args, { binary });
        endAfter(context, () => running);
        return running;
    };
    const command = async (who, words, input = '') => {
        const [binary, args] = as(who, [program, ...words, '--json']);
        return run(args, input, { binary, timeout: 60_000 });
    };
    const here = { root, keys, data, mine, socket, program, start, folder };
    here.by = (who, words, input) => command(who, [...words, '--data', who === 'signer' ? keys : data], input);
    here.command = command;
    here.signer = async (wrap, more = []) => {
        fs.rmSync(socket, { force: true });
        const running = start('signer', ['signer', '--data', keys, '--socket', socket, '--engine-user', `${ENGINE}`, ...more], wrap);
        await until('the signer listens', () => fs.existsSync(socket) || running.child.exitCode !== null);
        assert.equal(running.child.exitCode, null, running.err);
        return running;
    };
    here.told = ['--signer-socket', socket, '--signer-user', `${SIGNER}`];
    here.serve = (more = []) => start('engine', ['serve', '--data', data, '--listen', '127.0.0.1:0', ...here.told, ...more]);
    return here;
}
const owners = (folder) => new Set(['.', ...below(folder)].map((name) => fs.lstatSync(path.join(folder, name)).uid));
const connected = async (here, name) => {
    const { json, err } = await here.by('engine', ['connections', 'test', name]);
    assert.equal(json?.verdict, 'connected', err || JSON.stringify(json?.problem));
};

test('keys under one user, the server under another: added, tested, frozen, limited, backed up, and each refused what is not its own', { skip, timeout: 240_000 }, async (context) => {
    const here = await place(context);
    const simulator = await simulate(context, ['--limits', 'off']);
    // Without a network of its own, as systemd's PrivateNetwork= starts it; where that can't be had here, with the machine's.
    const apart = (await run(['--net', 'true'], '', { binary: '/usr/bin/unshare' })).code === 0;
    const signer = await here.signer(([binary, args]) => (apart ? ['/usr/bin/unshare', ['--net', '--', binary, ...args]] : [binary, args]));
    const server = here.serve([...simulator.urls, '--json-log']);
    const { url, set_up_code: code } = await server.ready;
    assert.deepEqual(Object.keys(server.children()).sort(), ['bf-engine', 'bf-web'], 'a second signer was started');
    for (const pid of Object.values(server.children())) assert.match(fs.readFileSync(`/proc/${pid}/status`, 'utf8'), new RegExp(`^Uid:\\s+${ENGINE}\\s+${ENGINE}\\s`, 'm'));
    assert.match(fs.readFileSync(`/proc/${signer.child.pid}/status`, 'utf8'), new RegExp(`^Uid:\\s+${SIGNER}\\s+${SIGNER}\\s`, 'm'));
    assert.deepEqual([fs.statSync(here.socket).mode & 0o777, fs.statSync(here.socket).uid], [0o660, SIGNER]);

    const key = await makeKey(simulator.admin, 'kucoin', { balances: { USDT: '10000' } });
    const added = await here.by('engine', ['connections', 'add', '--name', 'First', '--exchange', 'kucoin', '--market', 'spot'], JSON.stringify(key));
    assert.equal(added.code, 0, added.err);
    await connected(here, 'First');
    // Every file has its owner, and the vault is in one place.
    assert.deepEqual([[...owners(here.keys)], [...owners(here.data)]], [[SIGNER], [ENGINE]]);
    assert.ok(fs.existsSync(path.join(here.keys, 'vault/vault.db')));
    assert.ok(!fs.existsSync(path.join(here.data, 'vault')));

    // What the signer says of its protections.
    const cookie = (await fetch(`${url}/api/v1/set-up`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code, password: 'four grey herons waited' }) }))
        .headers.get('set-cookie').split(';')[0]; // The first of them.
    const { protections } = await (await fetch(`${url}/api/v1/signer`, { headers: { Cookie: cookie } })).json();
    const on = Object.fromEntries(protections.filter((one) => one.process === 'signer').map((one) => [one.name, one.on]));
    assert.equal(on.own_user, true);
    assert.equal(on.only_listed_calls, true);
    if (apart) assert.equal(on.empty_network_namespace, true);

    // Limits and a freeze from the host, with the engine and past it, and by the signer's own user, too.
    const limits = async () => (await here.by('engine', ['connections', 'limits', 'First', 'show'])).json;
    assert.equal((await limits()).freeze, 'none');
    assert.deepEqual((await here.by('engine', ['connections', 'freeze', '--all'])).json, { frozen: 1 });
    assert.equal((await limits()).freeze, 'entries');
    const frozen = await here.by('signer', ['connections', 'freeze', '--all', '--everything']);
    assert.deepEqual([frozen.code, frozen.json], [0, { frozen: 1 }], frozen.err);
    assert.equal((await limits()).freeze, 'everything');
    assert.equal((await here.by('engine', ['connections', 'unfreeze', 'First'])).code, 0);

    // An engine that hangs, or is not ours any more, holds no freeze up: all are frozen before it is asked for their names.
    const told = async () => (await here.by('signer', ['ledger', 'show'])).json.entries.filter((one) => one.what === 'frozen' && one.detail === 'entries').length;
    const before = await told();
    const hung = server.children()['bf-engine'];
    process.kill(hung, 'SIGSTOP');
    let ended = false;
    const freezing = here.by('engine', ['connections', 'freeze', '--all']).then((done) => ((ended = true), done));
    await until('the ledger tells the freeze', async () => (await told()) > before);
    assert.equal(ended, false, 'the engine was not waited for, so this proves nothing');
    process.kill(hung, 'SIGCONT');
    assert.deepEqual((await freezing).json, { frozen: 1 });
    assert.equal((await limits()).freeze, 'entries');
    assert.equal((await here.by('engine', ['connections', 'unfreeze', 'First'])).code, 0);
    assert.equal((await here.by('engine', ['security'])).json.findings.length > 0, true);

    // What needs the vault's own files says whose they are; there it works.
    for (const words of [['vault', 'status'], ['vault', 'rotate-key'], ['ledger', 'verify'], ['ledger', 'show'], ['ledger', 'head']]) {
        const refused = await here.by('engine', words);
        assert.notEqual(refused.code, 0, words.join(' '));
        assert.match(refused.err, new RegExp(`held by the user ${SIGNER}: run this as that user`), words.join(' '));
        const done = await here.by('signer', words);
        assert.equal(done.code, 0, `${words.join(' ')}: ${done.err}`);
    }
    const status = (await here.by('signer', ['vault', 'status'])).json;
    assert.deepEqual([status.state, status.opened_by, status.keys, status.running], ['open', 'key_file', 1, true]);
    assert.ok((await here.by('signer', ['ledger', 'show'])).json.entries.some((one) => one.what === 'key_added'));

    // A backup of both users' parts, while the server runs and while it does not.
    const backup = async (file) => {
        const made = await here.by('engine', ['backup', 'create', '--to', file], `${PASSPHRASE}\n`);
        assert.equal(made.code, 0, made.err);
        const verified = await here.command('engine', ['backup', 'verify', file, '--data', here.data, '--in', here.data], `${PASSPHRASE}\n`);
        assert.deepEqual([verified.json?.secrets, verified.json?.connections], [1, ['First']], verified.err);
    };
    const first = path.join(here.data, 'one.bfbackup'), second = path.join(here.data, 'two.bfbackup');
    await backup(first);
    await server.stop();
    await backup(second);

    // A signer that was started again is asked again, as if nothing had been.
    const again = here.serve(simulator.urls);
    await again.ready;
    await signer.end();
    const next = await here.signer();
    await connected(here, 'First');
    // Under a passphrase: only its own user opens it.
    assert.equal((await here.by('signer', ['vault', 'passphrase'], `${PASSPHRASE}\n`)).code, 0);
    await next.end();
    await here.signer();
    assert.equal((await here.by('signer', ['vault', 'status'])).json.state, 'sealed');
    assert.match((await here.by('engine', ['vault', 'unlock'], `${PASSPHRASE}\n`)).err, /run this as that user/);
    const unlocked = await here.by('signer', ['vault', 'unlock'], `${PASSPHRASE}\n`);
    assert.equal(unlocked.code, 0, unlocked.err);
    await connected(here, 'First');
    await again.stop();

    // On a new machine: restored as one, then parted, as the guide says.
    const fresh = await place(context);
    fs.copyFileSync(first, path.join(fresh.root, 'one.bfbackup'));
    fs.chmodSync(path.join(fresh.root, 'one.bfbackup'), 0o644);
    const restored = await fresh.by('engine', ['restore', path.join(fresh.root, 'one.bfbackup')], `${PASSPHRASE}\n`);
    assert.equal(restored.code, 0, restored.err);
    const early = fresh.serve(simulator.urls);
    assert.deepEqual(await early.ended, { code: 3, signal: null });
    assert.match(early.err, /There is a vault in .*\/data\/vault, and --signer-socket says that the keys are held elsewhere: move the folder vault/);
    fs.renameSync(path.join(fresh.data, 'vault'), path.join(fresh.keys, 'vault'));
    for (const name of ['.', ...below(path.join(fresh.keys, 'vault'))]) fs.chownSync(path.join(fresh.keys, 'vault', name), SIGNER, SIGNER);
    await fresh.signer();
    await fresh.serve(simulator.urls).ready;
    await connected(fresh, 'First');
    assert.equal((await fresh.by('signer', ['ledger', 'verify'])).json.settled, true);
});

test('who is neither of the two is refused by both sides, and the log says who', { skip, timeout: 120_000 }, async (context) => {
    const here = await place(context);
    const signer = await here.signer(undefined, ['--json-log']);
    const server = here.serve(['--json-log']);
    await server.ready;
    const lines = (running) => running.err.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));

    // A stranger with a data folder that says where the signer is, outside the signer's group and in it.
    fs.writeFileSync(path.join(here.mine, 'signer.json'), JSON.stringify({ socket: here.socket, user: SIGNER }));
    fs.chownSync(path.join(here.mine, 'signer.json'), STRANGER, STRANGER);
    const freeze = (who) => here.command(who, ['connections', 'freeze', 'anything', '--data', here.mine]);
    const outside = await freeze('stranger');
    assert.equal(outside.code, 3);
    assert.match(outside.err, /Permission denied/);
    const inside = await freeze('intruder');
    assert.equal(inside.code, 3);
    assert.match(inside.err, /closed the connection/);
    await until('the signer tells', () => lines(signer).some((line) => line.event === 'peer_refused'));
    const told = lines(signer).find((line) => line.event === 'peer_refused');
    assert.deepEqual([told.process, told.level, told.message], ['signer', 'error', `A process of another user (${STRANGER}) was refused.`]);
    assert.equal((await here.by('signer', ['vault', 'status'])).json.state, 'open', 'it did not survive telling');

    // A stranger's signer where the true one is expected: at the start, and while the server runs.
    const elsewhere = path.join(here.folder('elsewhere', STRANGER, 0o755), 'signer.sock');
    fs.chmodSync(path.dirname(elsewhere), 0o750);
    fs.chownSync(path.dirname(elsewhere), STRANGER, SIGNER);
    const forge = async (socket) => {
        const forged = here.start('intruder', ['signer', '--data', path.join(here.mine, `forged-${path.basename(path.dirname(socket))}`), '--socket', socket, '--engine-user', `${ENGINE}`]);
        await until('the forged signer listens', () => fs.existsSync(socket) && fs.statSync(socket).uid === STRANGER || forged.child.exitCode !== null);
        assert.equal(forged.child.exitCode, null, forged.err);
        // Its group is the stranger's own; that the engine can reach it is what makes it dangerous.
        fs.chownSync(socket, STRANGER, SIGNER);
    };
    await forge(elsewhere);
    const other = here.folder('other', ENGINE, 0o700);
    const misled = here.start('engine', ['serve', '--data', other, '--listen', '127.0.0.1:0', '--signer-socket', elsewhere, '--signer-user', `${SIGNER}`]);
    assert.deepEqual(await misled.ended, { code: 3, signal: null });
    assert.match(misled.err, new RegExp(`${elsewhere} is served by the user ${STRANGER}, not by ${SIGNER}: nothing is asked of it\\.`));

    await signer.end();
    fs.rmSync(here.socket);
    fs.chownSync(path.dirname(here.socket), STRANGER, SIGNER);
    await forge(here.socket);
    await here.by('engine', ['connections', 'add', '--name', 'First', '--exchange', 'kucoin', '--market', 'spot'],
        JSON.stringify({ key: '64c0ffee64c0ffee64c0ffee', secret: 'c0ffee64-c0ff-c0ff-c0ff-c0ffee64c0ff', passphrase: 'canary passphrase' }));
    await until('the engine tells', () => lines(server).some((line) => line.event === 'signer_refused'));
    assert.match(lines(server).find((line) => line.event === 'signer_refused').message, new RegExp(`served by the user ${STRANGER}, not by ${SIGNER}`));
    const frozen = await here.by('engine', ['connections', 'freeze', '--all']);
    assert.equal(frozen.code, 3);
    assert.match(frozen.err, /is served by the user/, 'it was called "nothing is signed there anyway"');
});

test('words that do not fit together, and folders that hold something else, end the start with a sentence', { skip, timeout: 60_000 }, async (context) => {
    const here = await place(context);
    const ends = async (status, sentence, who, words) => {
        const running = here.start(who, words);
        const { code } = await running.ended;
        assert.equal(code, status, running.err);
        assert.match(running.err, sentence);
    };
    const serve = (...more) => ['serve', '--data', here.data, '--listen', '127.0.0.1:0', ...more];
    await ends(64, /--signer-socket and --signer-user go together/, 'engine', serve('--signer-socket', here.socket));
    await ends(64, /--signer-user is the user that this server runs as/, 'engine', serve('--signer-socket', here.socket, '--signer-user', `${ENGINE}`));
    await ends(64, /There is no user nobody-at-all/, 'engine', serve('--signer-socket', here.socket, '--signer-user', 'nobody-at-all'));
    await ends(64, /--signer-socket must be a whole path/, 'engine', serve('--signer-socket', 'run/signer.sock', '--signer-user', `${SIGNER}`));
    await ends(64, /--demo starts a signer of its own/, 'engine', serve('--demo', ...here.told));
    const signer = (socket, user) => ['signer', '--data', here.keys, '--socket', socket, '--engine-user', `${user}`];
    await ends(64, /--engine-user is the user that this signer runs as/, 'signer', signer(here.socket, SIGNER));
    await ends(3, /must belong to this user and be closed to others \(chmod 750\)/, 'signer', signer(path.join(here.root, 'signer.sock'), ENGINE));

    const running = await here.signer();
    await ends(3, /Another BackFuture server uses the folder/, 'signer', signer(here.socket, ENGINE));
    const server = here.serve();
    await server.ready;
    await server.stop();
    // Started without the words once: it would make an empty vault and call every key missing.
    await ends(3, /are held by a signer under another user: start it with the --signer-socket and --signer-user it had before/, 'engine', serve());
    assert.ok(!fs.existsSync(path.join(here.data, 'vault')));
    await running.end();

    // Without a signer the server comes up, says so, and finds it when it is there.
    const alone = here.serve(['--json-log']);
    await alone.ready;
    assert.match(alone.err, /"event":"signer_away"/);
});
