// Nobody crowds the others out: who has an account, or knows the server's address, takes a bounded part of what all share.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { createRequire } from 'node:module';
import { run, until } from '../door/support.mjs';
import { House } from '../support/flood.mjs';

const WebSocket = createRequire(new URL('../rest/', import.meta.url))('ws');
const PASSWORD = 'four grey herons waited';
const cleaning = [];
let house;

before(async () => {
    house = await House.open({ after: (work) => cleaning.unshift(work) });
    for (const [name, role] of [['owner', 'owner'], ['vera', 'viewer']]) assert.equal((await run(['accounts', 'add', name, '--role', role, '--data', house.data], PASSWORD)).code, 0);
});
after(async () => { for (const work of cleaning) await work(); });

/** One request on a connection of its own: { status, headers, text }, or { status: 0 } for one that is cut off. */
function ask(method, path, { cookie, body, from, agent = false } = {}) {
    return new Promise((resolve) => {
        const request = http.request(house.url + path, { method, agent, localAddress: from, headers: { ...(cookie ? { Cookie: cookie } : {}), ...(body ? { 'Content-Type': 'application/json' } : {}) } }, (reply) => {
            let text = '';
            reply.on('data', (chunk) => { text += chunk; }).on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, text }));
        });
        request.on('error', () => resolve({ status: 0 })).end(body && JSON.stringify(body));
    });
}
const signIn = async (account) => (await ask('POST', '/api/v1/sign-in', { body: { account, password: PASSWORD } })).headers['set-cookie'][0].split(';')[0];
/** 101 with the socket, or what refused it. */
function stream(cookie) {
    return new Promise((resolve) => {
        const socket = new WebSocket(`${house.url.replace('http', 'ws')}/api/v1/live`, { headers: { Cookie: cookie, Origin: house.url } });
        socket.on('open', () => resolve({ status: 101, socket })).on('error', () => resolve({ status: 0 }));
        socket.on('unexpected-response', (request, reply) => {
            reply.resume();
            resolve({ status: reply.statusCode, headers: reply.headers });
        });
    });
}

test('one account has so many live streams and no more; another one still gets in', async () => {
    const cookie = await signIn('vera'), open = [];
    let refused;
    while (!refused && open.length < 1100) {
        const one = await stream(cookie);
        if (one.status === 101) open.push(one.socket);
        else refused = one;
    }
    assert.equal(open.length, 64);
    assert.equal(refused.status, 429);
    assert.equal(refused.headers['retry-after'], '1');
    // Another session of the same account is no way around.
    assert.equal((await stream(await signIn('vera'))).status, 429);
    const owner = await signIn('owner');
    assert.equal((await ask('GET', '/api/v1/connections', { cookie: owner })).status, 200);
    const own = await stream(owner);
    assert.equal(own.status, 101);
    own.socket.terminate();
    // Those that are closed make room.
    for (const socket of open) socket.terminate();
    await until('there is room', async () => (await stream(cookie)).status === 101);
});

test('one account has so many questions under way, the others are answered; the figures are asked for once', async () => {
    const vera = await signIn('vera'), owner = await signIn('owner');
    const engine = house.server.children()['bf-engine'];
    process.kill(engine, 'SIGSTOP');
    const waiting = [], turned = [];
    try {
        const asked = Array.from({ length: 100 }, () => ask('GET', '/api/v1/connections', { cookie: vera }).then((answer) => (answer.status === 429 ? turned : waiting).push(answer)));
        await until('those too many are turned away', () => turned.length === 36);
        assert.ok(turned.every(({ headers, text }) => headers['retry-after'] === '1' && JSON.parse(text).code === 'slow_down'));
        const others = ask('GET', '/api/v1/connections', { cookie: owner });
        const figures = Array.from({ length: 50 }, () => ask('GET', '/metrics'));
        assert.equal((await ask('GET', '/api/v1/session', { cookie: owner })).status, 200);
        process.kill(engine, 'SIGCONT');
        assert.equal((await others).status, 200);
        await Promise.all(asked);
        assert.deepEqual([waiting.length, waiting.every(({ status }) => status === 200)], [64, true]);
        const told = new Set((await Promise.all(figures)).map(({ status, text }) => `${status} ${text}`));
        assert.equal(told.size, 1);
        assert.match([...told][0], /^200 [^]*backfuture_connections/);
    } finally {
        process.kill(engine, 'SIGCONT');
    }
    assert.equal((await ask('GET', '/api/v1/connections', { cookie: vera })).status, 200);
});

test('a flood of made-up addresses of signals, from many places, turns away no signal of a strategy', async () => {
    const made = await run(['strategies', 'rotate-hook', 'Flooded', '--data', house.data, '--json']);
    const hook = made.json.path;
    let number = 0;
    const signal = () => ask('POST', hook, { body: { strategy: 'Flooded', pair: 'BTC/USDT', direction: 'long', kind: 'exit', time: new Date().toISOString(), id: `one ${++number}` } });
    // Each engine that comes tells the web process which addresses are strategies': this one has never been used.
    const before = house.server.children()['bf-engine'];
    process.kill(before, 'SIGKILL');
    await until('another engine', async () => (house.server.children()['bf-engine'] ?? before) !== before, 30);
    await until('it answers', async () => (await ask('GET', '/metrics')).text?.includes('backfuture_connections{'), 30);
    let going = true;
    const flood = {};
    const storms = Array.from({ length: 40 }, async (_, place) => {
        const agent = new http.Agent({ keepAlive: true });
        while (going) {
            const { status } = await ask('POST', `/hooks/guess${place}`, { body: { kind: 'exit' }, from: `127.0.0.${place + 2}`, agent });
            flood[status] = (flood[status] ?? 0) + 1;
        }
        agent.destroy();
    });
    await until('the flood is turned away', () => flood[429] > 1000, 60);
    const answers = [];
    for (let i = 0; i < 20; ++i) answers.push((await signal()).status);
    going = false;
    await Promise.all(storms);
    assert.deepEqual(answers, Array(20).fill(202));
    assert.equal((await run(['strategies', 'rotate-hook', 'Flooded', '--data', house.data, '--json'])).code, 0);
    assert.equal((await signal()).status, 401);
});
