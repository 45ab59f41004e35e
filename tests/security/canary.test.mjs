// Secrets driven through the real program, over every good and bad ending: not one byte of them may be found in a log, an answer, the
// data folder, a temporary file, or in the memory of any process but the signer. Whoever finds one prints where, never the secret.
//
// The memory of a process is read through /proc, as root or as its ancestor. BF_BINARY names the binary.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const BINARY = process.env.BF_BINARY ?? fileURLToPath(new URL('../../build/release/backfuture', import.meta.url));

/** Every spelling a careless line of code could leave behind. */
function spellings(secret) {
    const raw = Buffer.from(secret);
    // Base64 of the secret at each of the three places it can stand in a longer text; the ends depend on the neighbours.
    const inBase64 = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift, 'x'), raw]).toString('base64').slice(4, -4));
    return [raw, Buffer.from(raw.toString('hex')), Buffer.from(secret, 'utf16le'), ...inBase64.map((text) => Buffer.from(text))];
}

class Hunt {
    needles = [];

    add(name, secret) {
        assert.ok(secret.length >= 16, 'a shorter secret could be found by chance');
        for (const bytes of spellings(secret)) this.needles.push({ name, bytes });
    }

    in(where, bytes) {
        return this.needles.filter((needle) => bytes.includes(needle.bytes)).map((needle) => `${needle.name} in ${where}`);
    }

    inFolder(folder) {
        const found = [];
        for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
            const file = path.join(folder, entry.name);
            if (entry.isDirectory()) found.push(...this.inFolder(file));
            else if (entry.isFile()) found.push(...this.in(file, fs.readFileSync(file)));
        }
        return found;
    }

    /** Everything a process may write to: heap, stacks, data. Pages it shares with files on disk are no place for a secret. */
    inMemory(pid, name) {
        const memory = fs.openSync(`/proc/${pid}/mem`, 'r');
        const found = [];
        let bytesRead = 0;
        for (const line of fs.readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
            const match = /^([0-9a-f]+)-([0-9a-f]+) rw.. /.exec(line);
            if (!match) continue;
            const from = BigInt(`0x${match[1]}`), size = Number(BigInt(`0x${match[2]}`) - from);
            const bytes = Buffer.alloc(size);
            let read = 0;
            // A page never touched can't be read; what comes before it is still looked through.
            try { read = fs.readSync(memory, bytes, 0, size, from); } catch { continue; }
            bytesRead += read;
            found.push(...this.in(`the memory of ${name} (${line.split(/\s+/)[5] ?? 'anonymous'})`, bytes.subarray(0, read)));
        }
        fs.closeSync(memory);
        assert.ok(bytesRead > 100_000, `the memory of ${name} could not be read`);
        return found;
    }
}

function start(args, folder, name) {
    const log = fs.openSync(path.join(folder, `${name}.log`), 'w');
    const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', log], env: { ...process.env, TMPDIR: folder } });
    const ready = new Promise((resolve, reject) => {
        let said = '';
        child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
        child.stdout.on('data', (chunk) => {
            said += chunk;
            if (said.includes('\n')) resolve(JSON.parse(said.split('\n')[0]));
        });
    });
    return { child, ready };
}

/** Runs a command of ours to its end; its output is kept to be searched. */
function run(args, input, folder, outputs) {
    return new Promise((resolve) => {
        const child = spawn(BINARY, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: folder } });
        let out = '';
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { out += chunk; });
        child.on('close', (code) => { outputs.push(`$ ${args.join(' ')}\n${out}`); resolve({ code, out }); });
        child.stdin.end(input);
    });
}

function descendants(pid) {
    const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
    return children.flatMap((child) => [child, ...descendants(child)]);
}
const nameOf = (pid) => fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim();

test('no secret is anywhere but in the signer, whatever became of it', { timeout: 120_000 }, async (context) => {
    const scratch = fs.mkdtempSync(path.join(tmpdir(), 'bf-canary-'));
    const data = path.join(scratch, 'data');
    const simulator = start(['simulate', '--listen', '127.0.0.1:0', '--exchanges', 'mexc,kucoin', '--seed', '1'], scratch, 'simulator');
    const { admin, exchanges } = await simulator.ready;
    const server = start(['serve', '--data', data, '--listen', '127.0.0.1:0', '--json-log', ...Object.entries(exchanges).flatMap(([id, url]) => ['--exchange-url', `${id}=${url}`])], scratch, 'server');
    context.after(() => {
        for (const { child } of [server, simulator]) child.kill('SIGTERM');
        fs.rmSync(scratch, { recursive: true, force: true });
    });
    await server.ready;

    const hunt = new Hunt();
    const outputs = [];
    const key = async (exchange, options = {}) => {
        const reply = await fetch(`${admin}/keys`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ exchange, permissions: ['read', 'spot', 'futures'], balances: { USDT: '1000' }, ...options }) });
        const { account, ...made } = await reply.json();
        return made;
    };
    const secretOf = { mexc: () => randomBytes(16).toString('hex'), kucoin: () => randomBytes(16).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') };
    let number = 0;
    /** Adds and tests a connection of these credentials, both through the command line; its name. */
    const tried = async (what, exchange, market, credentials, verdict) => {
        hunt.add(`the secret of ${what}`, credentials.secret.trim());
        if (credentials.passphrase?.length >= 16) hunt.add(`the passphrase of ${what}`, credentials.passphrase);
        const name = `Canary ${++number}`;
        const place = ['--exchange', exchange, '--market', market];
        await run(['check', ...place, '--base-url', exchanges[exchange], '--json'], JSON.stringify(credentials), scratch, outputs);
        const added = await run(['connections', 'add', '--name', name, ...place, '--data', data, '--json'], JSON.stringify(credentials), scratch, outputs);
        if (verdict === 'not added') return assert.notEqual(added.code, 0, what);
        assert.equal(added.code, 0, `${what}: ${added.out}`);
        const report = await run(['connections', 'test', name, '--data', data, '--json'], '', scratch, outputs);
        assert.equal(JSON.parse(report.out).verdict, verdict, what);
        return name;
    };
    const rotate = (name, credentials) => {
        hunt.add('the secret a connection changed to', credentials.secret);
        return run(['connections', 'rotate', name, '--data', data, '--json'], JSON.stringify(credentials), scratch, outputs);
    };

    for (const exchange of ['mexc', 'kucoin']) {
        for (const market of ['spot', 'futures']) await tried(`a good ${exchange} ${market} key`, exchange, market, await key(exchange), 'connected');
        const good = await key(exchange);
        await tried(`a ${exchange} key with a wrong secret`, exchange, 'spot', { ...good, secret: secretOf[exchange]() }, 'failed');
        await tried(`an unknown ${exchange} key`, exchange, 'spot', { ...good, key: good.key.slice(0, -2) + 'zz', secret: secretOf[exchange]() }, 'failed');
        await tried(`a withdrawing ${exchange} key`, exchange, 'spot', await key(exchange, { permissions: ['read', 'spot', 'withdraw'] }), 'refused');
        await tried(`a ${exchange} key bound elsewhere`, exchange, 'spot', await key(exchange, { ip_allow_list: ['203.0.113.7'], source_ip: '198.51.100.9' }), 'failed');
        await tried(`a ${exchange} key pasted with a space`, exchange, 'spot', { ...good, secret: ` ${secretOf[exchange]()}` }, 'not added');
        const kept = await tried(`a ${exchange} key to replace`, exchange, 'spot', await key(exchange), 'connected');
        await rotate(kept, { ...good, secret: secretOf[exchange]() });
        await run(['connections', 'disable', kept, '--data', data, '--json'], '', scratch, outputs);
        await run(['connections', 'remove', kept, '--data', data, '--json'], '', scratch, outputs);
        for (const fault of ['malformed', 'unavailable', 'reset']) {
            await fetch(`${admin}/faults`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ exchange, fault, count: 100 }) });
            await tried(`a ${exchange} key while the exchange is ${fault}`, exchange, 'spot', await key(exchange), 'failed');
            await fetch(`${admin}/faults`, { method: 'DELETE' });
        }
    }
    await tried('a wrong KuCoin passphrase', 'kucoin', 'futures', { ...await key('kucoin'), passphrase: randomBytes(12).toString('hex') }, 'failed');
    const broken = randomBytes(16).toString('hex');
    hunt.add('a secret in text that is not JSON', broken);
    const refused = await run(['connections', 'add', '--name', 'Broken', '--exchange', 'mexc', '--market', 'spot', '--data', data, '--json'], `{"key":"mx0","secret":"${broken}"`, scratch, outputs);
    assert.equal(refused.code, 64);

    // The hunter can find what is there: the simulator knows the secrets it made.
    assert.notDeepEqual(hunt.inMemory(simulator.child.pid, 'the simulator'), [], 'the search itself finds nothing');

    const found = hunt.in('what the commands printed', Buffer.from(outputs.join('\n')));
    const running = [server.child.pid, ...descendants(server.child.pid)].map((pid) => ({ pid, name: nameOf(pid) }));
    assert.deepEqual(running.map(({ name }) => name).filter((name) => name.startsWith('bf-')).sort(), ['bf-engine', 'bf-signer', 'bf-web']);
    for (const { pid, name } of running) if (name !== 'bf-signer') found.push(...hunt.inMemory(pid, name));
    found.push(...hunt.inFolder(scratch));
    assert.deepEqual(found, []);
    assert.deepEqual(fs.readdirSync(scratch).sort(), ['data', 'server.log', 'simulator.log'], 'something else was written');
});
