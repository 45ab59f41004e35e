// Signing in takes as long for a name that nobody has as for one that somebody has, with a second factor or without, whatever is wrong: measured
// as the processor's time in the web process, which other programs on the machine disturb little, over interleaved tries, by Welch's t-test.
//
// BF_BINARY names the binary; BF_TIMING_TRIES: tries of each kind (24; 180 at most, for the accounts there is room for).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { appShows } from '../door/authenticator.mjs';
import { run, scratch, serve } from '../door/support.mjs';

const TRIES = Number(process.env.BF_TIMING_TRIES ?? 24);
const PASSWORD = 'four grey herons waited', LIMIT = 4.5;
/** An account waits after ten wrong passwords, an address after three; nobody here may wait. */
const PER_ACCOUNT = 8, PER_ADDRESS = 2;

function ask(url, body, { from = '127.0.0.1', route = '/api/v1/sign-in', cookie } = {}) {
    return new Promise((resolve, reject) => {
        const asked = http.request(`${url}${route}`, { method: 'POST', localAddress: from, agent: false, headers: { 'Content-Type': 'application/json', ...(cookie ? { Cookie: cookie } : {}) } }, (reply) => {
            let text = '';
            reply.on('data', (chunk) => { text += chunk; });
            reply.on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, text, json: text ? JSON.parse(text) : undefined, cookie: reply.headers['set-cookie']?.[0].split(';')[0] }));
        });
        asked.on('error', reject);
        asked.end(JSON.stringify(body));
    });
}

/** Nanoseconds that all threads of a process have run. */
function ran(pid) {
    let sum = 0;
    for (const thread of fs.readdirSync(`/proc/${pid}/task`)) sum += Number(fs.readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    return sum;
}

/** Without the slowest tenth, which is the machine's doing. */
const trimmed = (samples) => [...samples].sort((a, b) => a - b).slice(0, Math.ceil(samples.length * 0.9));
function welch(a, b) {
    const of = (samples) => {
        const mean = samples.reduce((sum, one) => sum + one, 0) / samples.length;
        return { mean, error: samples.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (samples.length - 1) / samples.length };
    };
    const [x, y] = [of(trimmed(a)), of(trimmed(b))];
    const error = Math.sqrt(x.error + y.error);
    return { t: (x.mean - y.mean) / error, seen: (LIMIT * error) / ((x.mean + y.mean) / 2), apart: (x.mean - y.mean) / y.mean };
}

test('the judge sees what is there, and nothing that is not', () => {
    const noise = () => 100 + 10 * (Math.random() + Math.random() + Math.random() - 1.5);
    const many = (shift, count) => Array.from({ length: count }, () => noise() + shift);
    assert.ok(Math.abs(welch(many(0, 2000), many(10, 2000)).t) > LIMIT);
    // By chance once in a hundred thousand.
    assert.ok([1, 2].some(() => Math.abs(welch(many(0, 2000), many(0, 2000)).t) < LIMIT));
});

test('how long a refused sign-in takes tells nothing about the account', { timeout: 200_000 + TRIES * 5000 }, async (context) => {
    const data = path.join(scratch(context), 'data');
    const server = serve(context, data, ['--json-log']);
    const { url, set_up_code: code } = await server.ready;
    assert.equal((await ask(url, { code, password: PASSWORD }, { route: '/api/v1/set-up' })).status, 204);
    const accounts = Math.ceil(TRIES / PER_ACCOUNT) * 2;  // As many again for a second round.
    const names = { plain: [], guarded: [] };
    for (const kind of ['plain', 'guarded'])
        for (let i = 0; i < accounts; i += 1) {
            const name = `${kind}${i}`;
            assert.equal((await run(['accounts', 'add', name, '--role', 'viewer', '--data', data], PASSWORD)).code, 0);
            if (kind === 'guarded') {
                const { cookie } = await ask(url, { account: name, password: PASSWORD });
                const { json: { secret } } = await ask(url, {}, { route: '/api/v1/second-factor/begin', cookie });
                assert.equal((await ask(url, { code: appShows(secret) }, { route: '/api/v1/second-factor/confirm', cookie })).status, 200);
            }
            names[kind].push(...Array(PER_ACCOUNT).fill(name));
        }
    const web = server.children()['bf-web'];
    let asked = 0;
    const answers = {};
    const once = async (kind) => {
        const account = kind === 'nobody' ? `${['plain', 'guarded'][asked % 2]}${randomBytes(3).toString('hex')}` : names[kind].pop();
        const from = `127.1.${asked >> 8}.${1 + ((asked & 255) / PER_ADDRESS >> 0)}`;
        asked += 1;
        const before = ran(web);
        const answer = await ask(url, { account, password: `no ${randomBytes(12).toString('hex')}`, ...(asked % 2 ? { code: '123456' } : {}) }, { from });
        const took = ran(web) - before;
        const { date, ...headers } = answer.headers;
        answers[kind] ??= JSON.stringify([answer.status, headers, answer.text]);
        assert.equal(JSON.stringify([answer.status, headers, answer.text]), answers[kind], `${kind}: not always the same answer`);
        return took;
    };
    const round = async () => {
        const times = { nobody: [], plain: [], guarded: [] };
        for (let i = 0; i < TRIES; i += 1) for (const kind of Object.keys(times).sort(() => Math.random() - 0.5)) times[kind].push(await once(kind));
        return [['nobody', 'plain'], ['nobody', 'guarded'], ['plain', 'guarded']].map(([a, b]) => {
            const { t, seen, apart } = welch(times[a], times[b]);
            console.log(`# ${a} and ${b}: t = ${t.toFixed(2)}, ${(100 * apart).toFixed(2)} % apart; more than ${(100 * seen).toFixed(1)} % of ${(trimmed(times[b])[0] / 1e6).toFixed(0)} ms would be seen`);
            return { pair: `${a} and ${b}`, t };
        });
    };
    await once('nobody');  // What is only done once.
    await once('plain');
    names.plain.push('plain0');
    let seen = (await round()).filter(({ t }) => Math.abs(t) >= LIMIT);
    // What is there shows itself again, in the same direction.
    if (seen.length > 0) {
        const again = await round();
        seen = seen.filter(({ pair, t }) => again.some((one) => one.pair === pair && Math.abs(one.t) >= LIMIT && Math.sign(one.t) === Math.sign(t)));
    }
    assert.deepEqual(seen, []);
    assert.equal(answers.nobody, answers.plain);
    assert.equal(answers.nobody, answers.guarded);
});
