// The real program in a folder of its own, as its users start, ask and kill it. BF_BINARY names the binary.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto, { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const BINARY = process.env.BF_BINARY ?? fileURLToPath(new URL('../../build/release/backfuture', import.meta.url));

// What a test has of its own. A context runs its hooks in the order they were made in, so that a folder would be taken away under the
// process that writes in it: one hook ends the processes and, when all of them are gone, takes the folders away.
const owned = new WeakMap();

function ownedBy(context) {
    let mine = owned.get(context);
    if (!mine) {
        mine = { processes: [], folders: [] };
        owned.set(context, mine);
        context.after(async () => {
            await Promise.all(mine.processes.map((current) => current()?.end()));
            // A process that ends may still write: then again.
            for (const folder of mine.folders) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
        });
    }
    return mine;
}

/** A scratch folder, gone after the test. */
export function scratch(context) {
    const folder = fs.mkdtempSync(path.join(tmpdir(), 'bf-door-'));
    ownedBy(context).folders.push(folder);
    return folder;
}

/** Everything below a folder, by path: itself no part of it. (Debian 12's node stumbles over sockets where it is asked for this.) */
export function below(folder) {
    return fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((entry) => [entry.name, ...(entry.isDirectory() ? below(path.join(folder, entry.name)).map((name) => path.join(entry.name, name)) : [])]);
}

/** Every file below a folder with what is in it, sockets aside. */
export function contents(folder) {
    return Object.fromEntries(below(folder).filter((name) => fs.statSync(path.join(folder, name)).isFile())
        .map((name) => [name, createHash('sha256').update(fs.readFileSync(path.join(folder, name))).digest('hex')]));
}

/** Ends a Running after the test: the one that `current` gives by then, if any. */
export function endAfter(context, current) {
    ownedBy(context).processes.push(current);
}

/** Runs a command to its end: { code, signal, out, err, json }. */
export function run(args, input = '', options = {}) {
    return new Promise((resolve, reject) => {
        const child = spawn(options.binary ?? BINARY, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 20_000, ...options });
        let out = '', err = '';
        child.stdout.on('data', (chunk) => { out += chunk; });
        child.stderr.on('data', (chunk) => { err += chunk; });
        child.on('error', reject);
        child.on('close', (code, signal) => {
            let json;
            try { json = JSON.parse(out); } catch { json = undefined; }
            resolve({ code, signal, out, err, json });
        });
        child.stdin.on('error', () => {});  // It may have ended before it read all.
        child.stdin.end(input);
    });
}

/** A running `serve` or `simulate`. */
export class Running {
    constructor(args, options = {}) {
        this.err = '';
        this.child = spawn(options.binary ?? BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
        this.ended = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve({ code, signal })));
        this.gone = new Promise((resolve) => this.child.once('close', resolve));
        this.child.stderr.on('data', (chunk) => { this.err += chunk; });
        this.ready = new Promise((resolve, reject) => {
            let said = '';
            this.child.stdout.on('data', (chunk) => {
                said += chunk;
                if (said.includes('\n')) resolve(JSON.parse(said.split('\n')[0]));
            });
            this.ended.then(({ code, signal }) => reject(new Error(`it ended with ${code ?? signal} before it was ready: ${this.err}`)));
        });
        this.ready.catch(() => {});
    }
    async stop(signal = 'SIGTERM') {
        this.child.kill(signal);
        return this.ended;
    }
    /** Killed; resolves when the processes that it had started (they write to the same standard error) are gone, too. */
    async end() {
        this.child.kill('SIGKILL');
        await this.gone;
    }
    /** Process ids of its children by name: bf-web, bf-engine, bf-signer. */
    children() {
        const pids = fs.readFileSync(`/proc/${this.child.pid}/task/${this.child.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
        const byName = {};
        for (const pid of pids) {
            try { byName[fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim()] = pid; } catch { /* Gone meanwhile. */ }
        }
        return byName;
    }
}

/** A server in `data`, stopped after the test. */
export function serve(context, data, more = [], options = {}) {
    const server = new Running(['serve', '--data', data, '--listen', '127.0.0.1:0', ...more], options);
    endAfter(context, () => server);
    return server;
}

/** Simulated exchanges, stopped after the test: { admin, exchanges, urls } where urls are flags for `serve`. */
export async function simulate(context, more = []) {
    const simulator = new Running(['simulate', '--listen', '127.0.0.1:0', ...more]);
    endAfter(context, () => simulator);
    const { admin, exchanges } = await simulator.ready;
    return { admin, exchanges, urls: Object.entries(exchanges).flatMap(([id, url]) => ['--exchange-url', `${id}=${url}`]) };
}

/** Credentials that the simulated exchange made, as `connections add` reads them. */
export async function makeKey(admin, exchange, more = {}) {
    const reply = await fetch(`${admin}/keys`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ exchange, permissions: ['read', 'spot', 'futures'], balances: { USDT: '100' }, ...more }) });
    const { account, ...credentials } = await reply.json();
    return credentials;
}

export const isAlive = (pid) => {
    try {
        return !/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
        return false;
    }
};

/** MEXC's own face of the simulator, asked by hand: a signed order that BackFuture knows nothing of. */
export async function orderByHand(url, { key, secret }, order) {
    const query = new URLSearchParams({ ...order, timestamp: String(Date.now()) }).toString();
    const signature = crypto.createHmac('sha256', secret).update(query).digest('hex');
    const reply = await fetch(`${url}/api/v3/order?${query}&signature=${signature}`, { method: 'POST', headers: { 'X-MEXC-APIKEY': key, 'Content-Type': 'application/json' } });
    const answer = await reply.json();
    assert.equal(reply.status, 200, JSON.stringify(answer));
    return answer;
}

/** Looks again and again until it holds; throws after `seconds`. */
export async function until(what, holds, seconds = 10) {
    const end = Date.now() + seconds * 1000;
    while (!(await holds())) {
        if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
}

/** Whole numbers from a seed that is printed, so that a run can be repeated: BF_SEED=... */
export function dice() {
    let state = Number(process.env.BF_SEED ?? Date.now() % 1_000_000);
    console.log(`# seed ${state}`);
    return (sides) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * sides);
    };
}
