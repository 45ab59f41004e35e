// Attacks on the door: what a role, a token, a session, a code may and may not, tried at the running program.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { appShows, wrongCode } from '../door/authenticator.mjs';
import { Running, run, scratch, until } from '../door/support.mjs';
import { METHODS, exchange } from '../rest/described.mjs';

const WebSocket = createRequire(new URL('../rest/', import.meta.url))('ws');
const PASSWORD = 'four grey herons waited', OTHER = 'six brown otters listened';
const document = JSON.parse(fs.readFileSync(fileURLToPath(new URL('../../docs/reference/openapi.json', import.meta.url)), 'utf8'));
const operations = Object.entries(document.paths).flatMap(([template, item]) => METHODS.filter((method) => item[method])
    .map((method) => ({ method, template, open: item[method].security?.length === 0 })));
const cleaning = [];
const context = { after: (work) => cleaning.unshift(work) };
let server, data, origin, log = '';

const start = async () => {
    server = new Running(['serve', '--demo', '--json-log', '--data', data, '--listen', '127.0.0.1:0']);
    origin = (await server.ready).url;
};
const stop = async () => {
    await server.stop();
    log += server.err;
};
before(async () => {
    data = path.join(scratch(context), 'data');
    cleaning.unshift(() => server.stop());
    await start();
});
after(async () => { for (const work of cleaning) await work(); });

const cookieOf = (answer) => answer.headers['set-cookie']?.[0].split(';')[0];
async function ask(method, route, { body, cookie, bearer, headers = {} } = {}) {
    const answer = await exchange(origin, method, route, { body: method === 'get' ? undefined : JSON.stringify(body ?? {}), headers: {
        ...(method === 'get' ? {} : { 'Content-Type': 'application/json' }), ...(cookie ? { Cookie: cookie } : {}), ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}), ...headers } });
    return { ...answer, json: answer.text.startsWith('{') ? JSON.parse(answer.text) : undefined };
}
async function expects(status, ...question) {
    const answer = await ask(...question);
    assert.equal(answer.status, status, `${question[0]} ${question[1]}: ${answer.text}`);
    return answer;
}
const signIn = (more = {}) => ask('post', '/api/v1/sign-in', { body: { password: PASSWORD, ...more } });
async function session(more = {}) {
    const answer = await signIn(more);
    assert.equal(answer.status, 204, answer.text);
    return cookieOf(answer);
}
const console_ = (args, input) => run(['accounts', ...args, '--data', data], input);
async function isIn(how) { return (await ask('get', '/api/v1/session', how)).status === 200; }

test('nobody is in before there is an owner, whom the console adds without waiting', async () => {
    assert.equal((await signIn()).status, 401);
    for (const password of ['', 'admin', 'owner', 'backfuture', PASSWORD]) assert.equal((await ask('post', '/api/v1/sign-in', { body: { password } })).status === 204, false);
    const added = await console_(['add', 'owner', '--role', 'owner'], PASSWORD);
    assert.equal(added.code, 0, added.err);
    assert.match((await console_(['list'])).out, /owner +owner +no second factor/);
    assert.equal((await ask('get', '/api/v1/set-up')).json.needed, false);
});

test('a wrong password makes its address wait, over a restart too, and the Unix socket never does', async () => {
    await until('the wait is over', async () => (await signIn()).status === 204, 60);
    // Long enough for a restart within it.
    await until('the wait is long', async () => Number((await signIn({ password: 'not the password at all' })).headers['retry-after'] ?? 0) >= 15, 60);
    const wait = await expects(429, 'post', '/api/v1/sign-in', { body: { password: PASSWORD } });
    assert.equal(wait.json.code, 'slow_down');
    assert.ok(Number(wait.headers['retry-after']) >= 1);
    await stop();
    await start();
    await expects(429, 'post', '/api/v1/sign-in', { body: { password: PASSWORD } });
    assert.equal((await console_(['list'])).code, 0);
    await until('the wait is over', async () => (await signIn()).status === 204, 60);
});

test('wrong passwords sent all at once are not all looked at before the first makes its address wait', async () => {
    const answers = await Promise.all(Array.from({ length: 25 }, () => signIn({ password: 'not the password at all' })));
    const looked = answers.filter(({ json }) => json.code === 'wrong_password').length;
    assert.ok(looked >= 1 && looked <= 4, `${looked} were looked at`);
    assert.ok(answers.every(({ status }) => [401, 429, 503].includes(status)), answers.map(({ status }) => status).join());
    await until('the wait is over', async () => (await signIn()).status === 204, 60);
});

test('an account that is not there answers as one that is', async () => {
    const times = { owner: [], nobody: [] };
    const answers = {};
    // Both cost one hash: what separates them is noise, which more tries make less, not a hash more or less.
    let known, unknown;
    const alike = () => Math.max(known, unknown) < 2.5 * Math.min(known, unknown);
    for (let i = 0; i < 3 || (i < 9 && !alike()); i += 1) {
        for (const account of ['owner', 'nobody']) {
            const from = performance.now();
            const { status, json } = await signIn({ account, password: 'not the password at all' });
            times[account].push(performance.now() - from);
            if (status !== 429) answers[account] = { status, ...json };
            await until('the wait is over', async () => (await signIn()).status === 204, 60);  // Ends the wait of this address.
        }
        [known, unknown] = [Math.min(...times.owner), Math.min(...times.nobody)];
    }
    assert.deepEqual(answers.owner, answers.nobody);
    assert.ok(alike(), `${known} ms and ${unknown} ms`);
});

test('each path of the interface by each role: as the table says, and nothing more', async () => {
    for (const [name, role] of [['tessa', 'trader'], ['vera', 'viewer']]) assert.equal((await console_(['add', name, '--role', role], OTHER)).code, 0);
    const cookies = { owner: await session(), trader: await session({ account: 'tessa', password: OTHER }), viewer: await session({ account: 'vera', password: OTHER }) };
    const rank = { viewer: 1, trader: 2, owner: 3 };
    // What each path takes, written down apart from the program's own table.
    const reads = (template) => !/\/(people|backups)/.test(template);
    const everybodys = /^\/api\/v1\/(live|session|sessions|sessions\/\{id\}|sign-out|step-up|password|second-factor.*|passkeys.*|tokens|tokens\/\{id\}|ladder|watch)$/;
    const traders = /\/(strategies.*|groups.*|alarms.*|mode|accounts\/.*|connections\/\{id\}\/(test|disable|enable|freeze)|backtests.*|sweeps.*|candle-.*|ledger\/compare)$/;
    const least = ({ method, template }) => method === 'get' ? (/candle-uploads/.test(template) ? 'trader' : reads(template) ? 'viewer' : 'owner') : everybodys.test(template) ? 'viewer' : traders.test(template) ? 'trader' : 'owner';
    let tried = 0;
    for (const one of operations) {
        if (one.open || /\/(sign-out|live)$/.test(one.template)) continue;
        const route = one.template.replace(/\{[^}]+\}/g, 'x1');
        for (const [role, cookie] of Object.entries(cookies)) {
            const { status, json } = await ask(one.method, route, { cookie });
            const refused = status === 403 && json.code === 'not_for_role';
            assert.equal(refused, rank[role] < rank[least(one)], `${role}: ${one.method} ${one.template} -> ${status} ${json?.code ?? ''}`);
            assert.notEqual(status, 401, `${role}: ${one.method} ${one.template}`);
            tried += 1;
        }
    }
    assert.ok(tried > 120, `${tried}`);
});

test('the engine looks again itself: a taken-over web process is no owner by saying nothing, nor a trader by being a viewer', async () => {
    /** One question over the engine's own socket, with whatever actor; nothing if it hangs up. */
    const tell = (question) => new Promise((resolve, reject) => {
        const socket = net.connect(path.join(data, 'run', 'engine.sock'));
        let bytes = Buffer.alloc(0);
        const text = Buffer.from(JSON.stringify({ id: 1, query: '', body: '{}', lang: 'en', ...question })), length = Buffer.alloc(4);
        length.writeUInt32LE(text.length);
        socket.on('connect', () => socket.write(Buffer.concat([length, text]))).on('error', reject).on('close', () => resolve(undefined));
        socket.on('data', (chunk) => {
            bytes = Buffer.concat([bytes, chunk]);
            if (bytes.length < 4 || bytes.length < 4 + bytes.readUInt32LE()) return;
            resolve(JSON.parse(bytes.subarray(4)));
            socket.destroy();
        });
    });
    const as = (role, method, route, more = {}) => tell({ method, path: `/api/v1/${route}`, actor: { account: 'x', role, local: false, stepped_up_at: Date.now(), ...more } });
    assert.equal((await as('viewer', 'GET', 'strategies')).status, 200);
    assert.equal((await as('viewer', 'POST', 'strategies/x1/enable')).status, 403);
    assert.equal((await as('trader', 'POST', 'strategies/x1/enable')).status, 404);
    assert.equal((await as('trader', 'DELETE', 'connections/x1')).status, 403);
    assert.equal((await as('owner', 'DELETE', 'connections/x1')).status, 404);
    assert.equal((await as('nobody', 'GET', 'strategies')).status, 403);
    for (const stepped_up_at of [null, 0, Date.now() - 301_000, Date.now() + 60_000]) assert.equal((await as('owner', 'DELETE', 'connections/x1', { stepped_up_at })).status, 403, String(stepped_up_at));
    assert.equal(await tell({ method: 'GET', path: '/api/v1/strategies' }), undefined);
    assert.equal(await as('emperor', 'GET', 'strategies'), undefined);
});

test('a role changed at the console holds with the next request', async () => {
    const cookie = await session({ account: 'tessa', password: OTHER });
    await expects(404, 'post', '/api/v1/strategies/x1/enable', { cookie });
    assert.equal((await console_(['role', 'tessa', 'viewer'])).code, 0);
    await expects(403, 'post', '/api/v1/strategies/x1/enable', { cookie });
    assert.equal((await console_(['role', 'tessa', 'trader'])).code, 0);
    const last = await console_(['role', 'owner', 'viewer', '--json']);
    assert.equal(last.json.code, 'last_owner');
    assert.equal((await console_(['remove', 'owner', '--json'])).json.code, 'last_owner');
});

test('a session that somebody planted is not the one that is signed in to', async () => {
    const planted = `bf_session=${randomBytes(32).toString('base64url')}`;
    const answer = await ask('post', '/api/v1/sign-in', { body: { password: PASSWORD }, cookie: planted });
    assert.notEqual(cookieOf(answer), planted);
    assert.equal(await isIn({ cookie: planted }), false);
    // Nor does the thief's own session become the victim's: signing in anew ends it.
    const thiefs = await session({ account: 'vera', password: OTHER });
    const victims = cookieOf(await ask('post', '/api/v1/sign-in', { body: { password: PASSWORD }, cookie: thiefs }));
    assert.equal(await isIn({ cookie: thiefs }), false);
    assert.equal((await ask('get', '/api/v1/session', { cookie: victims })).json.user, 'owner');
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/']) assert.match(answer.headers['set-cookie'][0], new RegExp(attribute));
});

test('a session that was revoked is dead at once, with its stream', async () => {
    const [mine, theirs] = [await session(), await session()];
    const stream = new WebSocket(`${origin.replace('http', 'ws')}/api/v1/live`, { headers: { Cookie: theirs, Origin: origin } });
    const closed = new Promise((resolve) => stream.on('close', (number) => resolve(number)));
    await new Promise((resolve) => stream.on('open', resolve));
    const list = (await ask('get', '/api/v1/sessions', { cookie: theirs })).json.sessions;
    const { id } = list.find(({ current }) => current);
    assert.ok(!JSON.stringify(list).includes(theirs.split('=')[1]));
    await expects(204, 'delete', `/api/v1/sessions/${id}`, { cookie: mine });
    await expects(401, 'get', '/api/v1/session', { cookie: theirs });
    assert.equal(await isIn({ cookie: mine }), true);
    assert.equal(await closed, 4401);
    // Of somebody else it is not there.
    const other = await session({ account: 'vera', password: OTHER });
    const others = (await ask('get', '/api/v1/sessions', { cookie: other })).json.sessions[0].id;
    await expects(404, 'delete', `/api/v1/sessions/${others}`, { cookie: mine });
    assert.equal(await isIn({ cookie: other }), true);
});

test('a token does what its scope says, for as long as it lives', async () => {
    const cookie = await session();
    const make = (body) => ask('post', '/api/v1/tokens', { cookie, body });
    for (const [field, body] of [['name', { scope: 'read', days: 1 }], ['scope', { name: 'x', scope: 'all', days: 1 }], ['days', { name: 'x', scope: 'read', days: 400 }], ['days', { name: 'x', scope: 'read' }]])
        assert.equal((await make(body)).json.field, field);
    const tokens = {};
    for (const scope of ['read', 'trade', 'manage']) tokens[scope] = (await make({ name: `for ${scope}`, scope, days: 30 })).json;
    const listed = (await ask('get', '/api/v1/tokens', { cookie })).json.tokens;
    assert.equal(listed.length, 3);
    for (const { token } of Object.values(tokens)) assert.ok(token.startsWith('bft_') && !JSON.stringify(listed).includes(token));
    const status = async (scope, method, route, body) => (await ask(method, route, { bearer: tokens[scope].token, body })).status;
    assert.deepEqual([await status('read', 'get', '/api/v1/strategies'), await status('read', 'post', '/api/v1/strategies/x1/enable'), await status('read', 'get', '/api/v1/people')], [200, 403, 403]);
    assert.deepEqual([await status('trade', 'post', '/api/v1/strategies/x1/enable'), await status('trade', 'post', '/api/v1/connections'), await status('trade', 'delete', '/api/v1/connections/x1')], [404, 403, 403]);
    assert.deepEqual([await status('manage', 'get', '/api/v1/people'), await status('manage', 'post', '/api/v1/connections')], [200, 422]);
    // Nothing that takes a person: no key replaced, nobody added, no further token.
    for (const [method, route] of [['post', '/api/v1/connections/x1/rotate'], ['delete', '/api/v1/connections/x1'], ['post', '/api/v1/people'], ['post', '/api/v1/tokens'], ['post', '/api/v1/password'], ['post', '/api/v1/second-factor/begin'], ['get', '/api/v1/sessions']]) {
        const { status: got, json } = await ask(method, route, { bearer: tokens.manage.token });
        assert.deepEqual([got, json.code], [403, 'not_for_tokens'], `${method} ${route}`);
    }
    // A bad token is no reason to look at the cookie beside it.
    await expects(401, 'get', '/api/v1/session', { cookie, bearer: 'bft_nothing' });
    await expects(401, 'get', '/api/v1/session', { cookie, headers: { Authorization: 'Basic b3duZXI6eA==' } });
    await expects(204, 'delete', `/api/v1/tokens/${tokens.read.id}`, { cookie });
    await expects(401, 'get', '/api/v1/session', { bearer: tokens.read.token });
    // A trader's token can't be wider than the trader, and narrows with him.
    const tessa = await session({ account: 'tessa', password: OTHER });
    assert.equal((await ask('post', '/api/v1/tokens', { cookie: tessa, body: { name: 'x', scope: 'manage', days: 1 } })).json.field, 'scope');
    const { token } = (await ask('post', '/api/v1/tokens', { cookie: tessa, body: { name: 'x', scope: 'trade', days: 1 } })).json;
    await console_(['role', 'tessa', 'viewer']);
    await expects(403, 'post', '/api/v1/strategies/x1/enable', { bearer: token });
    await console_(['role', 'tessa', 'trader']);
    assert.equal((await console_(['reset-password', 'tessa'], OTHER)).code, 0);
    await expects(401, 'get', '/api/v1/session', { bearer: token });
    assert.equal(await isIn({ cookie: tessa }), false);
});

test('tokens are made and killed at the console too', async () => {
    const made = await console_(['tokens', 'add', 'owner', '--for', 'a script', '--scope', 'read', '--days', '2', '--json']);
    assert.equal(made.code, 0, made.err);
    assert.equal(await isIn({ bearer: made.json.token }), true);
    assert.equal((await console_(['tokens', 'revoke', 'owner', made.json.id])).code, 0);
    assert.equal(await isIn({ bearer: made.json.token }), false);
});

test('a password is changed with the old one, ends the other sessions, and must be hard to guess', async () => {
    const [mine, theirs] = [await session({ account: 'vera', password: OTHER }), await session({ account: 'vera', password: OTHER })];
    const change = (body) => ask('post', '/api/v1/password', { cookie: mine, body });
    for (const weak of ['passwordpassword', 'aaaaaaaaaaaaaaaa', 'qwertyuiop123', 'vera-vera-vera'])
        assert.equal((await change({ password: OTHER, new_password: weak })).json.code, 'password_weak', weak);
    assert.equal((await change({ password: 'not the password at all', new_password: PASSWORD })).status, 401);
    assert.equal((await change({ password: OTHER, new_password: PASSWORD })).status, 204);
    assert.deepEqual([await isIn({ cookie: mine }), await isIn({ cookie: theirs })], [true, false]);
    assert.equal((await signIn({ account: 'vera', password: OTHER })).status, 401);
});

test('a second factor: set up, asked for, each code once, recovery codes once, and taken away with a code', async () => {
    let cookie = await session();
    const act = (what, body) => ask('post', `/api/v1/second-factor/${what}`, { cookie, body });
    const begun = (await act('begin')).json;
    assert.match(begun.uri, /^otpauth:\/\/totp\/BackFuture:owner\?secret=[A-Z2-7]{32}&issuer=BackFuture$/);
    assert.match(begun.qr, /^<svg [^<>]*><path [^<>]*\/><path [^<>]*\/><\/svg>$/);
    const wrong = () => wrongCode(begun.secret);
    assert.equal((await act('confirm', { code: wrong() })).json.code, 'wrong_code');
    assert.equal((await signIn()).status, 204);  // Not in force yet.
    const first = appShows(begun.secret);
    const { codes } = (await act('confirm', { code: first })).json;
    assert.equal(new Set(codes).size, 10);

    assert.equal((await signIn()).json.code, 'code_needed');
    assert.equal((await signIn({ code: first })).json.code, 'code_replayed');
    const next = appShows(begun.secret, Date.now() + 30_000);
    const answers = await Promise.all([signIn({ code: next }), signIn({ code: next }), signIn({ code: next })]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 401, 401]);  // The same code three times at once: once.
    assert.equal((await signIn({ code: codes[0] })).status, 204);
    assert.equal((await signIn({ code: codes[0] })).json.code, 'wrong_code');
    await stop();
    await start();
    assert.equal((await signIn({ code: next })).json.code, 'code_replayed');
    cookie = await session({ code: codes[1].toLowerCase().replaceAll('-', ' ') });
    // Somebody may not begin over it, nor step up with the password alone.
    assert.equal((await act('begin')).status, 409);
    assert.equal((await ask('post', '/api/v1/step-up', { cookie, body: { password: PASSWORD } })).status, 422);
    const stepped = await ask('post', '/api/v1/step-up', { cookie, body: { code: codes[2] } });
    assert.equal(stepped.status, 204);
    assert.notEqual(cookieOf(stepped), cookie);
    cookie = cookieOf(stepped);
    assert.equal((await ask('get', '/api/v1/second-factor', { cookie })).json.recovery_left, 7);
    // At the console it falls in an hour, and whoever has it keeps it by using it.
    assert.match((await console_(['reset-factor', 'owner'])).out, /falls at .* unless it is used/);
    assert.ok((await ask('get', '/api/v1/second-factor', { cookie })).json.falls_at > Date.now());
    await session({ code: codes[3] });
    assert.equal((await ask('get', '/api/v1/second-factor', { cookie })).json.falls_at, null);
    await until('the log says it', () => server.err.includes('factor_fall_cancelled'));
    assert.equal((await act('remove', { code: codes[4] })).status, 204);
    assert.equal((await signIn()).status, 204);
});

test('guessing codes is slowed down by the signer itself', async () => {
    const cookie = await session();
    const begun = (await ask('post', '/api/v1/second-factor/begin', { cookie })).json;
    const wrong = wrongCode(begun.secret);
    const codes = [];
    for (let i = 0; i < 6; i += 1) codes.push((await ask('post', '/api/v1/second-factor/confirm', { cookie, body: { code: wrong } })).json.code);
    assert.deepEqual(codes.slice(0, 4), Array(4).fill('wrong_code'));
    assert.equal(codes.at(-1), 'slow_down');
});

test('what happened stands in the log, and no secret does', async () => {
    await expects(403, 'post', '/api/v1/sign-in', { headers: { Origin: 'http://elsewhere.example' } });
    await until('the line of it', () => server.err.includes('(foreign_origin)'));
    log += server.err;
    // Who asked for more than the role, the token or another site's page reaches.
    for (const why of ['not_for_role', 'not_for_tokens', 'foreign_origin']) assert.match(log, new RegExp(`"access_refused".*\\(${why}\\)`), why);
    assert.match(log, /"access_refused".*The account vera was refused (POST|PUT|DELETE) \/api\/v1\//);
    for (const event of ['signed_in', 'sign_in_refused', 'role_changed', 'token_made', 'token_revoked', 'password_changed', 'password_reset', 'factor_on', 'factor_off', 'recovery_code_used', 'factor_reset'])
        assert.ok(log.includes(`"${event}"`), event);
    for (const secret of [PASSWORD, OTHER, 'bft_', 'otpauth']) assert.ok(!log.includes(secret));
});
