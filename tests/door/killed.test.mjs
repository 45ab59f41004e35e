// kill -9 of the server or of any of its processes at random moments, while connections are added, tested, renamed, rotated, disabled and
// removed. Whatever was acknowledged is there after the next start, whatever was not is there whole or not at all, every kept secret
// still opens its account, and the vault holds no key that no connection uses. The seed is printed: BF_SEED repeats the dice.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Running, dice, endAfter, run, scratch, simulate, until } from './support.mjs';

const SECONDS = Number(process.env.BF_KILL_SECONDS ?? 20);
const VICTIMS = ['serve', 'serve', 'bf-engine', 'bf-signer', 'bf-web'];  // A new server also ends the pauses of the ones before.

test('killed at any moment, nothing saved is lost', { timeout: (3 * SECONDS + 80) * 1000 }, async (context) => {
    const roll = dice();
    const simulator = await simulate(context, ['--limits', 'off']);
    const data = path.join(scratch(context), 'data');
    let server, stopping = false;
    const start = async () => {
        server = new Running(['serve', '--data', data, '--listen', '127.0.0.1:0', ...simulator.urls]);
        await server.ready;
    };
    endAfter(context, () => server);
    await start();

    const ask = (words, input) => run(['connections', ...words, '--data', data, '--json'], input);
    // Keys of one account each, so that a new one may take an old one's place.
    const makeKey = async (exchange, market) => {
        const reply = await fetch(`${simulator.admin}/demo-keys`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ exchange, market, kind: 'good' }) });
        assert.equal(reply.status, 200);
        return reply.json();
    };

    // What must hold: a connection is there, gone, or (not acknowledged) either; it has the key acknowledged last, unless a later change
    // was not acknowledged.
    const model = new Map();
    const counts = { acknowledged: 0, unanswered: 0, kills: 0 };
    let number = 0;
    const settle = (code, yes, maybe) => {
        counts[code === 0 ? 'acknowledged' : 'unanswered'] += 1;
        (code === 0 ? yes : maybe)();
    };
    const operations = {
        async add() {
            const name = `Killed ${++number}`, exchange = ['mexc', 'kucoin'][roll(2)], market = ['spot', 'futures'][roll(2)];
            const key = await makeKey(exchange, market);
            const entry = { exchange, market, there: 'maybe', fingerprint: undefined, busy: true };
            model.set(name, entry);
            const { code, json } = await ask(['add', '--name', name, '--exchange', exchange, '--market', market], JSON.stringify(key));
            settle(code, () => { entry.there = true; entry.fingerprint = json.key_fingerprint; }, () => {});
            entry.busy = false;
        },
        async test(name, entry) {
            const { code } = await ask(['test', name]);
            settle(code, () => { entry.there = true; }, () => {});
        },
        async disable(name, entry) {
            const { code } = await ask(['disable', name]);
            settle(code, () => {}, () => {});
            await ask(['enable', name]);
            entry.there = code === 0 ? true : entry.there;
        },
        async rotate(name, entry) {
            const key = await makeKey(entry.exchange, entry.market);
            const before = entry.fingerprint;
            const { code, json } = await ask(['rotate', name], JSON.stringify(key));
            settle(code, () => {
                assert.notEqual(json.key_fingerprint, before);
                entry.fingerprint = json.key_fingerprint;
            }, () => { entry.fingerprint = undefined; });
        },
        async remove(name, entry) {
            entry.there = entry.there === true ? 'maybe' : entry.there;
            const { code } = await ask(['remove', name]);
            settle(code, () => { entry.there = false; }, () => {});
        },
    };
    const weights = ['add', 'add', 'add', 'test', 'test', 'disable', 'rotate', 'rotate', 'remove'];
    // An engine killed often starts again with a growing pause: nothing is learned from asking meanwhile.
    const answers = async () => stopping || (await ask(['list'])).code === 0;
    const worker = async () => {
        while (!stopping) {
            await until('an engine', answers, 30);
            const idle = [...model].filter(([, entry]) => !entry.busy && entry.there !== false);
            const what = idle.length === 0 || (idle.length > 12 && roll(3) > 0) ? (idle.length > 12 ? 'remove' : 'add') : weights[roll(weights.length)];
            if (what === 'add') { await operations.add(); continue; }
            const [name, entry] = idle[roll(idle.length)] ?? [];
            if (!name) continue;
            entry.busy = true;
            try { await operations[what](name, entry); } finally { entry.busy = false; }
        }
    };
    const killer = async () => {
        const end = Date.now() + SECONDS * 1000, latest = end + 2 * SECONDS * 1000;
        // A busy machine gets less done in the time: it gets more of it, until enough has been killed and acknowledged.
        while (!stopping && (Date.now() < end || (counts.acknowledged < 10 && Date.now() < latest))) {
            // As fast as the machine works, not as fast as the clock: every other time something has been acknowledged first.
            const before = counts.acknowledged, patience = Date.now() + 5000;
            if (roll(2) === 0) await until('work', () => counts.acknowledged > before || stopping || Date.now() > patience, 10);
            await new Promise((resolve) => setTimeout(resolve, 5 + roll(roll(4) === 0 ? 1500 : 400)));
            const victim = VICTIMS[roll(VICTIMS.length)];
            if (victim === 'serve') {
                server.child.kill('SIGKILL');
                await server.ended;
                await start();
            } else {
                const pid = server.children()[victim];
                if (pid) try { process.kill(pid, 'SIGKILL'); } catch { /* It had just died. */ }
            }
            counts.kills += 1;
        }
        stopping = true;
    };
    const untilStopped = (work) => work().catch((error) => {
        stopping = true;
        throw error;
    });
    await Promise.all([killer, worker, worker, worker].map(untilStopped));
    context.diagnostic(`${JSON.stringify(counts)}, ${number} connections`);
    assert.ok(counts.kills >= 5 && counts.acknowledged >= 10, JSON.stringify(counts));

    // Chance may have removed all of them: one is there to be looked at.
    await until('a saved connection', async () => {
        await operations.add();
        return [...model.values()].some(({ there }) => there === true);
    }, 30);
    // Once more from nothing, then everything is looked at.
    await server.stop('SIGKILL');
    await start();
    const list = async () => (await ask(['list'])).json.connections;
    // What was half done is finished or undone when the signer answers: two seconds after a start.
    const vaultHolds = () => new Set(fs.readFileSync(path.join(data, 'vault/vault.db')).toString('latin1').match(/c[0-9a-f]{16}(?![0-9a-f])/g));
    let without, strange;
    await until('the vault holds the keys of the connections, and no others', async () => {
        const ids = new Set((await list()).map(({ id }) => id)), held = vaultHolds();
        without = [...ids].filter((id) => !held.has(id));
        strange = [...held].filter((id) => !ids.has(id));
        return without.length + strange.length === 0;
    }, 30).catch((error) => {
        throw new Error(`${error.message}: connections without a key: ${without}; keys without a connection: ${strange}; ${server.err}`);
    });
    const found = new Map((await list()).map((connection) => [connection.name, connection]));
    for (const [name, { there, fingerprint, exchange, market }] of model) {
        const connection = found.get(name);
        if (there !== 'maybe') assert.equal(connection !== undefined, there, `${name} should be ${there ? 'there' : 'gone'}`);
        if (!connection) continue;
        assert.deepEqual([connection.exchange, connection.market], [exchange, market], name);
        if (fingerprint) assert.equal(connection.key_fingerprint, fingerprint, `${name} has another key`);
        // One whose removal was broken off may be removed to its end while it is looked at.
        const gone = async () => there === 'maybe' && (await list()).every((one) => one.name !== name);
        const enabled = connection.status === 'disabled' ? await ask(['enable', name]) : { code: 0 };
        if (enabled.code !== 0 && await gone()) continue;
        assert.equal(enabled.code, 0, `${name}: ${enabled.out}${enabled.err}`);
        const tested = await ask(['test', name]);
        if (tested.json?.verdict !== 'connected' && await gone()) continue;
        assert.equal(tested.json?.verdict, 'connected', `${name}: ${tested.out}${tested.err}`);
    }
    for (const name of found.keys()) assert.ok(model.has(name), `${name} came from nowhere`);
    assert.ok(found.size > 0);
    await server.stop();
});
