// The REST interface and its document hold each other: every path, method and status of the document is met at the running program and
// answers as announced; every route of the program is in the document; a body that the schema refuses is refused by the program.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import blake from 'blakejs';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import nacl from 'tweetnacl';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import WebSocket from 'ws';
import { appShows, wrongCode } from '../door/authenticator.mjs';
import { Running, run, scratch, until } from '../door/support.mjs';
import { Described, METHODS, exchange } from './described.mjs';
import { candlesFrom } from './candles.mjs';
import { sweepFrom } from './sweeps.mjs';
import { passkeysFrom } from './passkeys.mjs';
import { Floor, FUTURES, SPOT, settingsOf } from './trading.mjs';

const PASSWORD = 'four grey herons waited';
const source = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const written = fs.readFileSync(source('docs/reference/openapi.json'), 'utf8');
const described = new Described(JSON.parse(written));
const cleaning = [];
const context = { after: (work) => cleaning.push(work) };
let server, data, origin, code, cookie, signerKey, floor;
/** One of each kind, for the tests that walk through all paths: connection, strategy, hook, group, decision, alarm. */
const one = {};
const told = [];  // The live stream's messages.

/** Asks the demo, signed in unless told otherwise; every answer is judged. */
async function ask(method, route, { body, signedIn = true, headers = {}, at = origin, judged = true } = {}) {
    const text = body === undefined && method !== 'get' ? '{}' : typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const send = (to, what) => exchange(at, method, to, { body: what,
        headers: { ...(method === 'get' ? {} : { 'Content-Type': 'application/json' }), ...(signedIn ? { Cookie: cookie } : {}), ...headers } });
    let answer = await send(route, text);
    // These tests take longer than the five minutes for which a password holds for what is dangerous.
    if (answer.status === 403 && signedIn && answer.json().code === 'step_up_needed') {
        await ask('post', '/api/v1/step-up', { body: { password: PASSWORD } });
        answer = await send(route, text);
    }
    if (judged) described.judge(method, route.split('?')[0], answer);
    if (signedIn && at === origin && answer.headers['set-cookie']) [cookie] = answer.headers['set-cookie'][0].split(';');
    return answer;
}
async function expects(status, ...question) {
    const answer = await ask(...question);
    assert.equal(answer.status, status, `${question[0]} ${question[1]}: ${answer.text}`);
    return answer.text === '' ? undefined : answer.json();
}

/** libsodium's sealed box, as the dashboard makes it. */
const seal = (credentials) => sealText(JSON.stringify(credentials));
function sealText(text) {
    const recipient = Buffer.from(signerKey, 'base64'), ephemeral = nacl.box.keyPair();
    const state = blake.blake2bInit(24);
    blake.blake2bUpdate(state, ephemeral.publicKey);
    blake.blake2bUpdate(state, recipient);
    const box = nacl.box(Buffer.from(text), blake.blake2bFinal(state), recipient, ephemeral.secretKey);
    return Buffer.concat([ephemeral.publicKey, box]).toString('base64');
}
async function sealedKey(exchangeId = 'kucoin', market = 'spot', kind = 'good') {
    return seal(await expects(200, 'post', '/api/v1/demo/keys', { body: { exchange: exchangeId, market, kind } }));
}
let made = 0;
async function addConnection(more = {}) {
    const market = more.market ?? 'spot', exchangeId = more.exchange ?? 'kucoin';
    return expects(201, 'post', '/api/v1/connections', { body: { name: `Described ${++made}`, exchange: exchangeId, market, sealed: more.sealed ?? await sealedKey(exchangeId, market, more.kind), test: false, ...more.body } });
}
const concrete = (template, id) => template.replace(/\{(id|token)\}/, id).replace('{number}', '1');
/** A path about something that is there. */
const standing = (template, id) => concrete(template, { strategies: one.strategy, groups: one.group, decisions: one.decision, alarms: one.alarm, accounts: one.spot?.id, people: 'percy',
    'candle-sets': one.set, 'candle-uploads': one.upload, 'candle-imports': one.import, 'candle-downloads': one.download, backtests: one.backtest, sweeps: one.sweep }[template.split('/')[3]] ?? id);
/** Signals come from anywhere and need no session. */
const isHook = ({ template }) => template.startsWith('/hooks/');

before(async () => {
    data = path.join(scratch(context), 'data');
    server = new Running(['serve', '--demo', '--data', data, '--listen', '127.0.0.1:0']);
    cleaning.unshift(() => server.stop());
    const ready = await server.ready;
    ({ url: origin, set_up_code: code } = ready);
    floor = new Floor({ ask, expects, admin: ready.simulator_admin, told });
});
after(async () => { for (const work of cleaning) await work(); });

test('the served document is the written one', async () => {
    assert.equal((await ask('get', '/api/v1/openapi.json', { signedIn: false })).text, written);
    assert.match(described.document.openapi, /^3\.1\./);
    for (const { method, template, operation } of described.operations()) assert.ok(operation.summary, `${method} ${template} says nothing`);
});

test('pages are sent compressed to whoever takes that, and are the same', async () => {
    const { text: page } = await exchange(origin, 'get', '/');
    for (const file of ['/', ...[...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name)]) {
        const [plain, zipped] = await Promise.all([{}, { 'Accept-Encoding': 'gzip, br' }].map(async (headers) => {
            const reply = await new Promise((resolve, reject) => http.get(origin + file, { headers }, resolve).on('error', reject));
            const chunks = [];
            for await (const chunk of reply) chunks.push(chunk);
            return { encoding: reply.headers['content-encoding'], vary: reply.headers.vary, bytes: Buffer.concat(chunks) };
        }));
        assert.deepEqual([plain.encoding, zipped.encoding, zipped.vary], [undefined, 'gzip', 'Accept-Encoding'], file);
        assert.ok(zipped.bytes.length < plain.bytes.length && gunzipSync(zipped.bytes).equals(plain.bytes), file);
    }
});

test('set-up: once, with the code, from no other site', async () => {
    const setUp = (status, body, more = {}) => expects(status, 'post', '/api/v1/set-up', { body, signedIn: false, ...more });
    assert.equal((await expects(200, 'get', '/api/v1/set-up', { signedIn: false })).needed, true);
    await setUp(400, '{"code":');
    await setUp(400, '[]');
    await setUp(415, '{}', { headers: { 'Content-Type': 'text/plain' } });
    assert.equal((await setUp(403, { code, password: PASSWORD }, { headers: { Origin: 'http://elsewhere.example' } })).code, 'foreign_origin');
    assert.equal((await setUp(403, { code: 'AAAAA-BBBBB-CCCCC-DDDDD', password: PASSWORD })).code, 'wrong_code');
    assert.equal((await setUp(422, { code, password: 'short' })).field, 'password');
    const answer = await ask('post', '/api/v1/set-up', { body: { code, password: PASSWORD }, signedIn: false });
    assert.equal(answer.status, 204);
    [cookie] = answer.headers['set-cookie'][0].split(';');
    await setUp(409, { code, password: PASSWORD });
});

test('without a session every path but the open ones answers 401', async () => {
    for (const one of described.operations()) if (!described.isOpen(one)) await expects(401, one.method, concrete(one.template, 'c1'), { signedIn: false });
    // Before the method, the type of the body and where it comes from are looked at.
    for (const method of ['post', 'delete', 'options', 'trace', 'propfind'])
        for (const headers of [{}, { 'Content-Type': 'text/plain' }, { Origin: 'http://elsewhere.example' }])
            assert.equal((await ask(method, '/api/v1/connections', { signedIn: false, judged: false, headers })).status, 401, `${method} ${JSON.stringify(headers)}`);
    for (const stranger of ['/api/v1', '/api/v1/', '/api/v1?x=1', '/api/v1/nothing', '/api/v1/connections/c1/nothing']) assert.equal((await ask('get', stranger, { signedIn: false, judged: false })).status, 401);
});

test('what changes something must be JSON, from no other site, and an object', async () => {
    for (const one of described.operations()) {
        if (one.method === 'get' || one.template.endsWith('/set-up') || isHook(one)) continue;
        const route = concrete(one.template, 'c1');
        await expects(403, one.method, route, { headers: { Origin: 'http://elsewhere.example' } });
        await expects(415, one.method, route, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'name=x' });
    }
});

test("a browser's change carries the token that only our page can read", async () => {
    const { token } = await expects(200, 'get', '/api/v1/request-token');
    const change = (status, headers) => expects(status, 'put', '/api/v1/addresses', { body: { v6: null }, headers });
    for (const mark of [{ Origin: origin }, { 'Sec-Fetch-Site': 'same-origin' }]) {
        for (const wrong of [{}, { 'X-BF-Token': '' }, { 'X-BF-Token': token.slice(1) }, { 'X-BF-Token': token.replace(/./, (one) => (one === '0' ? '1' : '0')) }])
            assert.equal((await change(403, { ...mark, ...wrong })).code, 'no_request_token');
        await change(200, { ...mark, 'X-BF-Token': token });
    }
    for (const site of ['cross-site', 'same-site']) assert.equal((await change(403, { 'Sec-Fetch-Site': site, 'X-BF-Token': token })).code, 'foreign_origin');
    await change(200, {});
});

test('the live stream opens for its own pages only', async () => {
    const live = `${origin.replace('http', 'ws')}/api/v1/live`;
    const refused = (headers) => new Promise((resolve, reject) => {
        const socket = new WebSocket(live, { headers });
        socket.on('unexpected-response', (request, reply) => {
            let text = '';
            reply.on('data', (chunk) => { text += chunk; }).on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, text }));
        });
        socket.on('open', () => reject(new Error('it opened')));
        socket.on('error', () => {});
    });
    for (const [status, headers] of [[401, {}], [403, { Cookie: cookie, Origin: 'http://elsewhere.example' }]]) {
        const answer = await refused(headers);
        assert.equal(answer.status, status);
        described.judge('get', '/api/v1/live', answer);
    }
    await expects(426, 'get', '/api/v1/live');
    const socket = new WebSocket(live, { headers: { Cookie: cookie, Origin: origin } });
    cleaning.unshift(() => socket.terminate());
    socket.on('message', (data) => told.push(JSON.parse(data)));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    described.seen.add('get /api/v1/live 101');
    await until('the greeting', () => told.some(({ type }) => type === 'hello'));
});

test('reading: session, exchanges, signer, addresses', async () => {
    assert.equal((await expects(200, 'get', '/api/v1/session')).demo, true);
    const { exchanges } = await expects(200, 'get', '/api/v1/exchanges');
    assert.deepEqual(exchanges.map(({ id }) => id).sort(), ['kucoin', 'mexc']);
    for (const { fields } of exchanges) for (const field of fields) for (const pattern of [field.reject, field.expected]) new RegExp(pattern);
    const signer = await expects(200, 'get', '/api/v1/signer');
    signerKey = signer.public_key;
    for (const process of ['signer', 'engine']) assert.ok(signer.protections.some((one) => one.process === process && one.name === 'only_listed_calls' && one.on), `${process} makes any system call`);
    await expects(200, 'get', '/api/v1/addresses');
    const typed = await expects(200, 'put', '/api/v1/addresses', { body: { v4: '198.51.100.20', v6: '2001:db8::20' } });
    assert.deepEqual([typed.v4.source, typed.v4.confirmed_at, typed.v6.address], ['typed', null, '2001:db8::20']);
    assert.equal((await expects(200, 'put', '/api/v1/addresses', { body: { v6: null } })).v6, null);
    const learned = await expects(200, 'post', '/api/v1/addresses/learn', { body: { exchange: 'kucoin' } });
    assert.ok(learned.v4.confirmed_at > 0);
    assert.equal((await expects(422, 'post', '/api/v1/addresses/learn', { body: { exchange: 'mexc' } })).field, 'exchange');
});

test('a connection from its key to its removal', async () => {
    const added = await addConnection({ exchange: 'kucoin', market: 'futures', body: { accept: ['internal_transfer'], site: 'eu', test: true } });
    const route = `/api/v1/connections/${added.id}`;
    await until('a report', async () => (await expects(200, 'get', route)).report);
    const { connections } = await expects(200, 'get', '/api/v1/connections');
    assert.equal(connections.find(({ id }) => id === added.id).report, undefined);
    assert.equal((await expects(202, 'post', `${route}/test`, { body: { accept: ['internal_transfer'], site: 'global' } })).test > 0, true);
    const report = await expects(200, 'post', `${route}/test?wait=report`);
    assert.equal(report.verdict, 'connected');
    assert.equal(report.status, 'connected');
    assert.equal((await expects(200, 'patch', route, { body: { name: 'Described Again' } })).name, 'Described Again');
    const rotated = await expects(200, 'post', `${route}/rotate?wait=report`, { body: { sealed: await sealedKey('kucoin', 'futures') } });
    assert.notEqual(rotated.key_fingerprint, added.key_fingerprint);
    assert.deepEqual([rotated.old_key.fingerprint, rotated.old_key.works], [added.key_fingerprint, 'unknown']);
    assert.equal((await expects(200, 'post', `${route}/ask-old-key`)).old_key.works, 'yes');
    assert.equal((await expects(409, 'post', `${route}/forget-old-key`)).code, 'old_key_works');
    const back = await expects(200, 'post', `${route}/roll-back`);
    assert.deepEqual([back.key_fingerprint, back.old_key], [added.key_fingerprint, null]);
    for (const what of ['roll-back', 'ask-old-key', 'forget-old-key']) assert.equal((await expects(409, 'post', `${route}/${what}`)).code, 'no_old_key');
    assert.equal((await expects(422, 'post', `${route}/rotate`, { body: { sealed: await sealedKey('kucoin', 'futures'), keep_hours: 721 } })).field, 'keep_hours');
    // Deleted at the exchange, it may be forgotten here.
    const dying = await floor.keyOf('kucoin'), replacing = await floor.keyOf('kucoin', dying.account);
    const replaced = await addConnection({ market: 'futures', sealed: seal(dying.credentials) });
    await expects(200, 'post', `/api/v1/connections/${replaced.id}/test?wait=report`);
    await expects(200, 'post', `/api/v1/connections/${replaced.id}/rotate?wait=report`, { body: { sealed: seal(replacing.credentials) } });
    await fetch(`${floor.admin}/keys/${dying.credentials.key}`, { method: 'PATCH', body: JSON.stringify({ revoked: true }) });
    assert.equal((await expects(200, 'post', `/api/v1/connections/${replaced.id}/forget-old-key`)).old_key, null);
    await expects(204, 'delete', `/api/v1/connections/${replaced.id}`);
    const { findings } = await expects(200, 'get', '/api/v1/security/findings');
    assert.ok(findings.every(({ cause, remedy }) => cause && remedy));
    const dutch = await expects(200, 'get', '/api/v1/security/findings', { headers: { 'Accept-Language': 'nl' } });
    assert.notEqual(dutch.findings[0].cause, findings[0].cause);
    assert.equal((await expects(200, 'post', `${route}/disable`)).status, 'disabled');
    assert.equal((await expects(409, 'post', `${route}/test`)).code, 'disabled');
    assert.equal((await expects(409, 'post', `${route}/rotate`, { body: { sealed: await sealedKey() } })).code, 'disabled');
    await expects(200, 'post', `${route}/enable`);
    const first = await expects(200, 'get', `${route}/history?limit=3`);
    assert.equal(first.entries.length, 3);
    assert.equal(first.more, true);
    const next = await expects(200, 'get', `${route}/history?limit=3&before=${first.entries.at(-1).id}`);
    assert.ok(next.entries.every(({ id }) => id < first.entries.at(-1).id));
    for (const query of ['limit=0', 'limit=201', 'limit=many', 'before=-1']) await expects(422, 'get', `${route}/history?${query}`);
    const other = await addConnection({ exchange: 'mexc', kind: 'withdrawing' });
    const refused = await expects(200, 'post', `/api/v1/connections/${other.id}/test?wait=report`);
    assert.equal(refused.problem.code, 'withdraw_enabled');
    assert.equal((await expects(409, 'patch', `/api/v1/connections/${other.id}`, { body: { name: 'Described Again' } })).field, 'name');
    const name = await expects(409, 'post', '/api/v1/connections', { body: { name: 'described again', exchange: 'mexc', market: 'spot', sealed: await sealedKey('mexc') } });
    assert.equal(name.code, 'name_taken');
    await expects(200, 'post', `/api/v1/connections/${other.id}/rotate`, { body: { sealed: await sealedKey('mexc') } });
    await until('the end of the rotation', async () => !(await expects(200, 'get', `/api/v1/connections/${other.id}`)).testing);
    for (const id of [added.id, other.id]) await expects(204, 'delete', `/api/v1/connections/${id}`);
    assert.equal((await expects(404, 'get', route)).code, 'not_found');
});

test('limits: narrower at once, wider later, frozen from one moment to the next', async () => {
    const { id } = await addConnection();
    const route = `/api/v1/connections/${id}`;
    const first = await expects(200, 'get', `${route}/limits`);
    assert.deepEqual([first.freeze, first.raise, first.findings, first.limits.market], ['none', null, ['defaults', 'no_second_factor'], 'spot']);
    const narrow = { ...first.limits, symbols: ['ETH/USDT'], values: { USDT: { order: '500', market_order: '0', hour: '2000', day: '5000', exposure: '3000' } } };
    const narrower = await expects(200, 'put', `${route}/limits`, { body: { limits: narrow } });
    assert.deepEqual([narrower.limits, narrower.raise, narrower.findings], [narrow, null, ['no_second_factor']]);
    const wide = { ...narrow, values: { USDT: { ...narrow.values.USDT, order: '600', hour: '1000' } } };
    const wider = await expects(200, 'put', `${route}/limits`, { body: { limits: wide } });
    assert.deepEqual([wider.limits.values.USDT.order, wider.limits.values.USDT.hour, wider.raise.limits], ['500', '1000', wide]);
    assert.ok(Math.abs(wider.raise.due - Date.now() - 3_600_000) < 60_000, String(wider.raise.due));
    assert.equal((await expects(422, 'put', `${route}/limits`, { body: { limits: { ...narrow, symbols: ['ETH/USDT:USDT'] } } })).field, 'limits');
    const frozen = await expects(200, 'post', `${route}/freeze`);
    assert.deepEqual([frozen.freeze, frozen.raise], ['entries', null]);
    assert.equal((await expects(200, 'post', `${route}/freeze`, { body: { level: 'everything' } })).freeze, 'everything');
    assert.equal((await expects(200, 'post', `${route}/freeze`)).freeze, 'everything');
    assert.equal((await expects(200, 'post', `${route}/unfreeze`)).freeze, 'none');
    const own = await addConnection({ body: { limits: narrow } });
    assert.deepEqual((await expects(200, 'get', `/api/v1/connections/${own.id}/limits`)).limits, narrow);
    for (const each of [id, own.id]) await expects(204, 'delete', `/api/v1/connections/${each}`);
});

test('a connection on its way out takes nothing more', async () => {
    const wanted = ['patch', 'delete', 'post disable', 'post enable'];
    const met = new Set();
    // The removal waits for the signer, who wipes and flushes: what is asked at the same moment comes in between.
    for (let tries = 0; tries < 20 && met.size < wanted.length; ++tries) {
        const { id } = await addConnection();
        const removal = ask('delete', `/api/v1/connections/${id}`);
        await Promise.all(wanted.map(async (what) => {
            const [method, action] = what.split(' ');
            const answer = await ask(method, `/api/v1/connections/${id}${action ? `/${action}` : ''}`, { body: { name: `Too Late ${tries}` } });
            if (answer.status === 409) met.add(what);
        }));
        await removal;
    }
    assert.deepEqual([...met].sort(), [...wanted].sort());
});

test('a strategy from its settings to a closed group', async () => {
    await floor.setPrice('kucoin', SPOT, '3000');
    const connect = async (market, sealed) => {
        const made = await addConnection({ market, sealed });
        assert.equal((await expects(200, 'post', `/api/v1/connections/${made.id}/test?wait=report`)).verdict, 'connected');
        return made;
    };
    one.spot = await connect('spot');
    await until('the pairs', async () => (await expects(200, 'get', `/api/v1/instruments?connection=${one.spot.id}&search=eth`)).instruments.some(({ pair }) => pair === SPOT));
    await expects(204, 'post', '/api/v1/watch', { body: { connection: one.spot.id, pair: SPOT } });
    const ladderOf = (more) => expects(200, 'post', '/api/v1/ladder', { body: { settings: settingsOf('Described', one.spot), pair: SPOT, ...more } });
    await until('the price and the balance', async () => (await ladderOf()).ok);
    assert.equal((await ladderOf({ price: '3000' })).rungs.length, 4);
    assert.equal((await ladderOf({ pair: null })).problems[0].field, 'pairs');
    const untested = await addConnection();
    const [warning] = (await ladderOf({ settings: settingsOf('Described', one.spot, { recovery: { pro_connection: untested.name } }) })).warnings;
    assert.equal(warning.field, 'recovery.pro_connection');
    // A ladder that takes its limit to the last cent is stopped by its own loss.
    const full = await ladderOf({ settings: settingsOf('Described', one.spot, { entry: { max_spread_pct: '5' } }), equity: '10000' });
    assert.match(full.warnings.find(({ field }) => field === 'margin.group_limit_pct').text, /add-on 3 would bring the group to 2400 and no more than 2354\.\d\d is allowed/);
    assert.deepEqual((await ladderOf({ equity: '10000' })).warnings, []);

    const tooMany = { body: { settings: settingsOf('Described', one.spot, { add_on: { max: 11 } }) } };
    assert.equal((await expects(422, 'post', '/api/v1/strategies', tooMany)).field, 'add_on.max');
    assert.equal((await expects(422, 'post', '/api/v1/strategies', { ...tooMany, headers: { 'Accept-Language': 'nl' } })).detail, 'is 11; het moet van 0 tot en met 10 zijn');
    const made = await expects(201, 'post', '/api/v1/strategies', { body: { settings: settingsOf('Described', one.spot) } });
    one.strategy = made.id;
    const route = `/api/v1/strategies/${made.id}`;
    assert.equal((await expects(409, 'post', '/api/v1/strategies', { body: { settings: settingsOf('described', one.spot) } })).field, 'name');
    const other = await expects(201, 'post', '/api/v1/strategies', { body: { settings: settingsOf('Described Other', { name: 'nowhere', market: 'spot' }) } });
    assert.equal((await expects(409, 'post', `/api/v1/strategies/${other.id}/enable`)).code, 'CONNECTION_NOT_READY');
    assert.equal((await expects(409, 'put', `/api/v1/strategies/${other.id}`, { body: { settings: settingsOf('Described', one.spot) } })).code, 'name_taken');
    await expects(204, 'delete', `/api/v1/strategies/${other.id}`);
    await expects(200, 'put', route, { body: { settings: settingsOf('Described', one.spot) } });
    assert.deepEqual((await expects(200, 'get', '/api/v1/strategies')).strategies.map(({ id }) => id), [made.id]);
    assert.equal((await expects(200, 'post', `${route}/enable`)).enabled, true);
    assert.equal((await expects(200, 'get', route)).id, made.id);
    one.hook = await expects(200, 'post', `${route}/rotate-hook`);
    await expects(401, 'post', made.hook.path, { signedIn: false, body: {} });

    // Each signal is told what became of it.
    const opened = await floor.decided(made.id, await floor.signal(one.hook, { strategy: 'Described', pair: SPOT }), 'OPENED');
    await floor.groupIs(opened.group, 'the exit at the exchange', ({ exit }) => exit?.resting);
    [one.group, one.decision] = [opened.group, opened.id];
    const blocked = await floor.decided(made.id, await floor.signal(one.hook, { strategy: made.id, pair: SPOT, id: 'again' }), 'BLOCKED');
    assert.equal(blocked.primary, 'ADDON_OUT_OF_ZONE');
    assert.ok((await expects(200, 'get', `/api/v1/decisions/${blocked.id}`)).verdicts.some(({ code: reason, result }) => reason === 'ADDON_OUT_OF_ZONE' && result === 'fail'));
    for (const [query, count] of [['outcome=OPENED', 1], ['outcome=blocked', 1], [`group=${opened.group}&limit=1`, 1], ['pair=BTC/USDT', 0]]) assert.equal((await expects(200, 'get', `/api/v1/decisions?${query}`)).decisions.length, count, query);
    await expects(202, 'post', `${route}/signal`, { body: { pair: SPOT, direction: 'long', kind: 'add', tag: 'by hand' } });

    assert.equal((await expects(409, 'delete', route)).code, 'groups_open');
    const account = await expects(200, 'get', `/api/v1/accounts/${one.spot.id}`);
    assert.deepEqual([account.groups.map(({ id }) => id), account.mode], [[opened.group], 'normal']);
    for (const [what, status] of [['release', 409], ['adopt', 409], ['ignore', 409], ['recover', 200], ['recover', 409], ['release', 200]]) await expects(status, 'post', `/api/v1/groups/${opened.group}/${what}`);

    // Modes: of the strategy, of a connection, of everything.
    assert.equal((await expects(200, 'post', `${route}/mode`, { body: { mode: 'exit_only' } })).mode, 'exit_only');
    await expects(200, 'post', `${route}/mode`, { body: { mode: 'normal' } });
    await expects(200, 'post', '/api/v1/mode', { body: { mode: 'no_new_groups', connection: one.spot.id } });
    await expects(200, 'post', '/api/v1/mode', { body: { mode: 'exit_only' } });
    assert.deepEqual(await expects(200, 'get', '/api/v1/mode'), { mode: 'exit_only', connections: { [one.spot.id]: 'no_new_groups' } });
    assert.deepEqual((({ mode, own_mode }) => [mode, own_mode])(await expects(200, 'get', `/api/v1/accounts/${one.spot.id}`)), ['exit_only', 'no_new_groups']);
    for (const connection of [one.spot.id, null]) await expects(200, 'post', '/api/v1/mode', { body: { mode: 'normal', connection } });

    assert.equal((await expects(200, 'post', `/api/v1/accounts/${one.spot.id}/freeze`)).frozen, true);
    assert.equal((await floor.decided(made.id, await floor.signal(one.hook, { strategy: made.id, pair: SPOT }), 'BLOCKED')).primary, 'CONNECTION_FROZEN');
    assert.equal((await expects(200, 'post', `/api/v1/accounts/${one.spot.id}/unfreeze`)).frozen, false);
    const paper = await expects(200, 'post', `/api/v1/accounts/${one.spot.id}/paper`, { body: { amount: '5000' } });
    assert.deepEqual([paper.paper, paper.connection.id, paper.free], [true, `${one.spot.id}~paper`, '5000']);
    const { candles } = await expects(200, 'get', `/api/v1/candles?connection=${one.spot.id}&pair=${SPOT}&limit=30`);
    assert.equal(candles.length, 30);
    for (const query of ['', 'connection=nobody', `connection=${one.spot.id}&pair=eth`, `connection=${one.spot.id}&pair=${SPOT}&interval=2m`, `connection=${one.spot.id}&pair=${SPOT}&limit=0`, `connection=${one.spot.id}&pair=${SPOT}&since=-1`])
        await expects(422, 'get', `/api/v1/candles?${query}`);
    for (const query of ['/strategies?limit=0', '/instruments', '/groups?state=odd', '/groups?limit=0', '/decisions?outcome=odd', '/decisions?group=odd', '/decisions?before=odd', '/groups?before=-1']) await expects(422, 'get', `/api/v1${query}`);

    // The price comes to the exit: the group is over, in profit after fees.
    await floor.setPrice('kucoin', SPOT, '3100');
    const closed = await floor.groupIs(opened.group, 'the end of the group', ({ state }) => state === 'CLOSED');
    assert.ok(Number(closed.realised) > 0, closed.realised);
    assert.equal(closed.close_reason, 'take_profit');
    await expects(404, 'post', `/api/v1/groups/${opened.group}/close`);
    const { groups } = await expects(200, 'get', `/api/v1/groups?state=closed&strategy=${made.id}`);
    assert.deepEqual(groups.map(({ id }) => id), [opened.group]);
});

test('futures groups that no longer agree with the exchange', async () => {
    await floor.setPrice('kucoin', FUTURES, '3000');
    // One to adopt what is found, one to ignore it: the exchange is asked for positions once a minute, so both at once.
    const open = async (name) => {
        const credentials = await floor.makeKey('kucoin');
        const futures = await addConnection({ market: 'futures', sealed: seal(credentials) });
        assert.equal((await expects(200, 'post', `/api/v1/connections/${futures.id}/test?wait=report`)).verdict, 'connected');
        const made = await expects(201, 'post', '/api/v1/strategies', { body: { settings: settingsOf(name, futures) } });
        await until('a strategy that can be enabled', async () => (await ask('post', `/api/v1/strategies/${made.id}/enable`)).status === 200);
        const opened = await floor.decided(made.id, await floor.signal(made.hook, { strategy: made.id, pair: FUTURES }), 'OPENED');
        const group = await floor.groupIs(opened.group, 'the exit at the exchange', ({ exit }) => exit?.resting);
        assert.ok(group.liquidation !== null);
        await floor.sellByHand(credentials, '0.01');
        return { id: opened.group, strategy: made.id, quantity: group.quantity };
    };
    const [adopted, ignored] = [await open('Described Adopting'), await open('Described Ignoring')];
    for (const { id } of [adopted, ignored]) assert.equal((await floor.groupIs(id, 'the difference', ({ desync }) => desync, 150)).state, 'DESYNC');
    const { alarms } = await expects(200, 'get', '/api/v1/alarms');
    one.alarm = alarms.find(({ code: reason }) => reason === 'GROUP_DESYNC').id;
    await expects(204, 'post', `/api/v1/alarms/${one.alarm}/acknowledge`);
    assert.equal((await expects(404, 'post', `/api/v1/alarms/${one.alarm + 1000}/acknowledge`)).code, 'not_found');
    await expects(200, 'post', `/api/v1/groups/${adopted.id}/adopt`);
    await expects(200, 'post', `/api/v1/groups/${ignored.id}/ignore`);
    const books = async ({ id }) => (await floor.groupIs(id, 'agreement', ({ state }) => state === 'ACTIVE')).quantity;
    assert.deepEqual([await books(adopted), await books(ignored)], [String((Number(adopted.quantity) * 100 - 1) / 100), ignored.quantity]);
    await expects(200, 'post', `/api/v1/groups/${adopted.id}/close`);
    await floor.groupIs(adopted.id, 'the end of the group', ({ state }) => state === 'CLOSED');
    // A pair that an enabled strategy gets is weighed at its price, which nobody followed before: one contract of BTC is more than the order.
    const { settings } = await expects(200, 'get', `/api/v1/strategies/${adopted.strategy}`);
    const wider = { ...settings, pairs: [FUTURES, 'BTC/USDT:USDT'], entry: { ...settings.entry, base_order: '20' } };
    assert.equal((await expects(409, 'put', `/api/v1/strategies/${adopted.strategy}`, { body: { settings: wider } })).code, 'LADDER_BELOW_MINIMUM');
    assert.equal((await expects(200, 'post', `/api/v1/strategies/${adopted.strategy}/disable`)).enabled, false);
    await expects(204, 'delete', `/api/v1/strategies/${adopted.strategy}`);
});

test('a connection with an open group is removed: its groups are told first, then left, and let go by hand', async () => {
    await floor.setPrice('kucoin', SPOT, '3000');
    const { credentials, account } = await floor.keyOf('kucoin');
    const spot = await addConnection({ market: 'spot', sealed: seal(credentials) });
    assert.equal((await expects(200, 'post', `/api/v1/connections/${spot.id}/test?wait=report`)).verdict, 'connected');
    const made = await expects(201, 'post', '/api/v1/strategies', { body: { settings: settingsOf('Described Orphan', spot) } });
    await until('a strategy that can be enabled', async () => (await ask('post', `/api/v1/strategies/${made.id}/enable`)).status === 200);
    const { group: id } = await floor.decided(made.id, await floor.signal(made.hook, { strategy: made.id, pair: SPOT }), 'OPENED');
    const before = await floor.groupIs(id, 'the exit at the exchange', ({ exit }) => exit?.resting);
    assert.equal((await expects(409, 'post', `/api/v1/groups/${id}/let-go`)).code, 'can_be_closed');

    const route = `/api/v1/connections/${spot.id}`;
    assert.equal((await expects(422, 'delete', `${route}?leaving=all`)).field, 'leaving');
    for (const query of ['', '?leaving=', `?leaving=${id + 1}`]) {
        const told = await expects(409, 'delete', `${route}${query}`);
        assert.deepEqual([told.code, told.groups.map((group) => [group.id, group.quantity, group.exit.price])], ['groups_open', [[id, before.quantity, before.exit.price]]]);
        assert.match(told.detail, new RegExp(`${id} \\(${SPOT} long, ${before.quantity} ETH\\)`));
    }
    assert.match((await expects(409, 'delete', route, { headers: { 'Accept-Language': 'nl' } })).detail, new RegExp(`^Er staan groepen open .*${id} \\(${SPOT} long`));
    const { id: other } = await floor.keyOf('kucoin', account).then((key) => addConnection({ market: 'spot', sealed: seal(key.credentials) }));
    await expects(204, 'delete', `/api/v1/connections/${other}`);

    await expects(204, 'delete', `${route}?leaving=${id}`);
    const orphan = await floor.group(id);
    assert.deepEqual([orphan.connection, orphan.orphaned.connection, orphan.orphaned.exchange, orphan.orphaned.market, orphan.quantity], [null, spot.name, 'kucoin', 'spot', before.quantity]);
    const { alarms } = await expects(200, 'get', '/api/v1/alarms');
    assert.ok(alarms.some((alarm) => alarm.code === 'CONNECTION_REMOVED' && alarm.group === id && alarm.text.includes(`${before.quantity} ETH`)));
    for (const act of ['close', 'release', 'recover', 'adopt', 'ignore']) assert.equal((await expects(409, 'post', `/api/v1/groups/${id}/${act}`)).code, 'connection_removed');
    assert.equal((await expects(409, 'delete', `/api/v1/strategies/${made.id}`)).code, 'groups_open');

    // A key of another account takes nothing up and nothing is asked with it; a connection of the same account is told so; one of the account it was of goes on.
    const again = async (key, more) => addConnection({ market: 'spot', sealed: seal(key.credentials), body: { name: spot.name, again: orphan.orphaned.again, test: true, ...more } });
    assert.equal(orphan.orphaned.again, spot.id);
    const refused = (body) => floor.keyOf('kucoin', account).then(({ credentials: mine }) => expects(422, 'post', '/api/v1/connections', { body: { name: 'Another', exchange: 'kucoin', market: 'spot', sealed: seal(mine), ...body } }));
    assert.equal((await refused({ again: other })).field, 'again');
    assert.equal((await refused({ again: spot.id, market: 'futures' })).field, 'again');
    const ends = (status) => until(`the connection to be ${status}`, async () => (await expects(200, 'get', route)).status === status);
    assert.equal((await again(await floor.keyOf('kucoin'))).id, spot.id);
    await ends('error');
    assert.match((await expects(200, 'get', route, { headers: { 'Accept-Language': 'nl' } })).problem.remark, /andere rekening/);
    assert.ok((await floor.group(id)).orphaned);
    await expects(204, 'delete', `${route}?leaving=${id}`);
    const sibling = await addConnection({ market: 'spot', sealed: seal((await floor.keyOf('kucoin', account)).credentials) });
    assert.equal((await expects(200, 'post', `/api/v1/connections/${sibling.id}/test?wait=report`)).verdict, 'connected');
    const warned = async () => (await expects(200, 'get', `/api/v1/connections/${sibling.id}`)).warnings.filter(({ code }) => code === 'groups_left');
    assert.match((await warned())[0].text, new RegExp(`^1 group of the removed connection "${spot.name}" belongs to this account`));
    await again(await floor.keyOf('kucoin', account));
    const followed = await floor.groupIs(id, 'the group to go on', (group) => !group.orphaned && group.exit?.resting && group.connection?.status === 'connected');
    assert.deepEqual([followed.quantity, followed.exit.price, followed.connection.name, followed.desync], [before.quantity, before.exit.price, spot.name, null]);
    assert.deepEqual(await warned(), []);
    assert.ok((await expects(200, 'get', '/api/v1/alarms')).alarms.some((alarm) => alarm.code === 'GROUPS_TAKEN_UP' && alarm.connection === spot.id));
    assert.equal((await refused({ again: spot.id })).field, 'again');
    await expects(204, 'delete', `/api/v1/connections/${sibling.id}`);
    await expects(204, 'delete', `${route}?leaving=${id}`);

    const ended = await expects(200, 'post', `/api/v1/groups/${id}/let-go`);
    assert.deepEqual([ended.state, ended.close_reason, ended.quantity, ended.realised, ended.orphaned.connection], ['CLOSED', 'let_go', before.quantity, '0', spot.name]);
    assert.equal(ended.orders.find(({ purpose }) => purpose === 'exit').status, 'open');
    await expects(404, 'post', `/api/v1/groups/${id}/let-go`);
    assert.deepEqual((await expects(200, 'get', `/api/v1/groups?state=closed&strategy=${made.id}`)).groups.map(({ close_reason }) => close_reason), ['let_go']);
    await expects(204, 'delete', `/api/v1/strategies/${made.id}`);
});

test('a back-test from its candles to its files', async () => {
    let sets = [];
    await until('the demo brings candles', async () => ({ sets } = await expects(200, 'get', '/api/v1/candle-sets')).sets.length > 0, 120);
    const settings = { ...settingsOf('Backtested', one.spot), pairs: [sets[0].pair] };
    const run = (status, more = {}) => expects(status, 'post', '/api/v1/backtests', { body: { settings, candles: sets[0].id, ...more } });
    const { id } = await run(201, { spread_bps: '2', from: sets[0].first, to: sets[0].first + 30 * 86_400_000 });
    one.backtest = id;
    const report = await expects(200, 'get', `/api/v1/backtests/${id}`);
    assert.ok(report.groups > 0 && report.groups_detail.length === report.groups && report.not_known.length > 0, JSON.stringify(report.notes));
    const group = await expects(200, 'get', `/api/v1/backtests/${id}/groups/1`);
    assert.ok(group.decisions.every(({ sentence }) => sentence.length > 0) && group.decisions.length > 0);
    assert.match(group.decisions[0].sentence, /^Opened: buys .*\d\.\d/);
    const dutch = await expects(200, 'get', `/api/v1/backtests/${id}/groups/1`, { headers: { 'Accept-Language': 'nl' } });
    assert.match(dutch.decisions[0].sentence, /^Geopend: koopt .*\d,\d/);
    assert.ok(!dutch.decisions.some(({ sentence }) => /\d\.\d/.test(sentence)), JSON.stringify(dutch.decisions));
    assert.ok(group.zones.length > 0 && group.zones.every(({ from, to }) => Number(from) > Number(to)));
    const { settings: example } = await expects(200, 'get', '/api/v1/backtests/example');
    const tried = await run(201, { settings: example, candles: 'example-spot-ETH-USDT-1m' });
    await expects(204, 'delete', `/api/v1/backtests/${tried.id}`);
    await expects(404, 'get', `/api/v1/backtests/${id}/groups/${report.groups + 1}`);
    const { bars } = await expects(200, 'get', `/api/v1/backtests/${id}/candles?from=${report.from}&to=${report.to}`);
    assert.ok(bars.length > 100 && bars.length <= 1500, `${bars.length} bars`);
    await expects(422, 'get', `/api/v1/backtests/${id}/candles?from=2&to=1`);
    const files = await expects(200, 'get', `/api/v1/backtests/${id}/files`);
    assert.equal(files.csv.trim().split('\n').length, report.fills + 1);
    assert.match(files.html, /^<!doctype html>/);
    assert.equal(files.json.net_profit, report.net_profit);
    assert.deepEqual((await expects(200, 'get', '/api/v1/backtests')).backtests.map((each) => each.id), [id]);
    assert.equal((await run(422, { candles: 'no such set' })).field, 'candles');
    assert.equal((await run(422, { equity: '0' })).field, 'equity');
    assert.equal((await run(422, { from: 1, to: 2 })).field, 'from');
    assert.equal((await run(422, { settings: { ...settings, pairs: ['DOGE/USDT'] } })).field, 'pair');
    const perpetual = `${sets[0].pair}:${sets[0].pair.split('/')[1]}`;
    const futures = { settings: { ...settings, market: 'futures', pairs: [perpetual], futures: { leverage: 2 } }, pair: perpetual, from: sets[0].first, to: sets[0].first + 5 * 86_400_000 };
    const rate = (text) => `time,rate\n${sets[0].first + 86_400_000},${text}\n`;
    const paid = await run(201, { ...futures, funding: rate('0.001') });
    assert.notEqual((await expects(200, 'get', `/api/v1/backtests/${paid.id}`)).funding, '0');
    await expects(204, 'delete', `/api/v1/backtests/${paid.id}`);
    const wrong = await run(422, { ...futures, funding: rate('1e-4') });
    assert.deepEqual([wrong.field, /line 2/.test(wrong.detail)], ['funding', true]);
    const dutchFile = await expects(422, 'post', '/api/v1/backtests', { body: { settings, candles: sets[0].id, ...futures, funding: rate('1e-4') }, headers: { 'Accept-Language': 'nl' } });
    assert.match(dutchFile.detail, /^De opgenomen funding, regel 2: '1e-4' is geen tarief/);
    assert.equal((await run(422, { ...futures, funding: rate('0.001'), funding_rate_pct: '0.01' })).field, 'funding');
    assert.match((await run(422, { funding: rate('0.001') })).detail, /futures only/);
    const again = await run(201);
    await expects(204, 'delete', `/api/v1/backtests/${again.id}`);
    await expects(404, 'get', `/api/v1/backtests/${again.id}`);
});

test('a sweep from the count of its variants to the last of them', async () => {
    const [set] = (await expects(200, 'get', '/api/v1/candle-sets')).sets;
    one.sweep = await sweepFrom({ expects, settings: { ...settingsOf('Swept', one.spot), pairs: [set.pair] }, candles: set.id, from: set.first, to: set.first + 20 * 86_400_000 });
});

test('the ledger of uses, and what becomes of it when somebody changes it', async () => {
    const all = await expects(200, 'get', '/api/v1/ledger?limit=200');
    assert.ok(all.entries.every(({ sequence }, i) => i === 0 || sequence < all.entries[i - 1].sequence));
    const orders = (await expects(200, 'get', `/api/v1/ledger?class=order&connection=${one.spot.id}`)).entries;
    const opened = orders.at(-1);
    assert.deepEqual([opened.what, opened.result, opened.connection_name, opened.call.side, opened.call.symbol, opened.purpose.for, opened.purpose.group, opened.purpose.strategy],
        ['place_order', 'signed', one.spot.name, 'buy', SPOT, 'entry', one.group, one.strategy]);
    await until('its outcome', async () => (await expects(200, 'get', '/api/v1/ledger?class=outcome&limit=200')).entries
        .some(({ result, call }) => result === 'filled' && call.digest === opened.call.digest && call.client_order_id === opened.call.client_order_id));
    const keys = (await expects(200, 'get', '/api/v1/ledger?class=key&limit=200')).entries;
    assert.ok(keys.some(({ what, result, detail, connection }) => what === 'key_added' && result === 'done' && connection === one.spot.id && detail.startsWith('key ')));
    let pages = 0;
    for (let before = 0, page; before !== null; before = page.next, ++pages) page = await expects(200, 'get', `/api/v1/ledger?class=key&limit=3&before=${before}`);
    assert.ok(pages >= keys.length / 3);
    assert.deepEqual((await expects(200, 'get', '/api/v1/ledger?to=2020-01-01')).entries, []);
    assert.deepEqual((await expects(200, 'get', '/api/v1/ledger?connection=nobody')).entries, []);
    for (const [field, query] of [['class', 'class=odd'], ['from', 'from=tomorrow'], ['to', 'to=2026-13-01'], ['limit', 'limit=0'], ['connection', `connection=${'x'.repeat(65)}`]])
        assert.equal((await expects(422, 'get', `/api/v1/ledger?${query}`)).field, field);

    // The exchange's orders and fills are all in it.
    const twice = await floor.whileSlow('kucoin', () => Promise.all([1, 2].map(() => ask('post', '/api/v1/ledger/compare'))));
    assert.deepEqual(twice.map(({ status }) => status).sort(), [202, 409]);
    await until('the comparison', async () => !(await expects(200, 'get', '/api/v1/ledger/head')).compared.running);
    const { compared, ...head } = await expects(200, 'get', '/api/v1/ledger/head');
    assert.ok(compared.looked_at > 0);
    // Two were placed by hand in the test above.
    assert.deepEqual([compared.strangers, compared.missed], [2, 0]);
    assert.deepEqual([head.state, head.breaches], ['sound', []]);
    assert.match(head.head.anchor, /^backfuture-ledger-1:\d+:[0-9a-f]{64}:[0-9a-f]{64}$/);

    // A byte of its first entry is changed, and the signer is started again.
    await expects(409, 'post', '/api/v1/ledger/accept');
    const file = path.join(data, 'vault/ledger/00000001.ledger');
    const bytes = fs.openSync(file, 'r+');
    fs.writeSync(bytes, 'x', 512 + 30);
    fs.closeSync(bytes);
    process.kill(server.children()['bf-signer'], 'SIGKILL');
    let broken;
    await until('the break', async () => (broken = await ask('get', '/api/v1/ledger/head', { judged: false }).then(({ status, text }) => (status === 200 ? JSON.parse(text) : {}))).state === 'broken');
    assert.deepEqual(broken.breaches.map(({ kind, segment, offset, sequence, accepted }) => [kind, segment, offset, sequence, accepted]), [['entry', 1, 512, 1, false]]);
    const accepted = await expects(200, 'post', '/api/v1/ledger/accept');
    assert.deepEqual([accepted.state, accepted.breaches[0].accepted], ['sound', true]);
    // A signer that was started again has another key to seal to.
    ({ public_key: signerKey } = await expects(200, 'get', '/api/v1/signer'));
});

test('accounts, tokens and sessions', async () => {
    const person = (status, body) => expects(status, 'post', '/api/v1/people', { body });
    const percy = { name: 'percy', role: 'trader', password: 'six brown otters listened' };
    assert.equal((await person(201, percy)).role, 'trader');
    assert.equal((await person(409, percy)).field, 'name');
    assert.equal((await person(422, { ...percy, name: 'paula', password: 'passwordpassword' })).code, 'password_weak');
    assert.equal((await expects(200, 'patch', '/api/v1/people/percy', { body: { role: 'viewer' } })).role, 'viewer');
    assert.equal((await expects(409, 'patch', '/api/v1/people/owner', { body: { role: 'viewer' } })).code, 'last_owner');
    await expects(409, 'delete', '/api/v1/people/owner');
    await expects(204, 'post', '/api/v1/people/percy/password', { body: { password: 'eight green herons slept' } });
    assert.equal((await expects(409, 'post', '/api/v1/people/owner/password', { body: { password: 'eight green herons slept' } })).code, 'own_password');
    assert.equal((await expects(200, 'delete', '/api/v1/people/percy/second-factor')).falls_at, null);
    assert.deepEqual((await expects(200, 'get', '/api/v1/people')).people.map(({ name }) => name), ['owner', 'percy']);

    const make = (status, body = {}) => expects(status, 'post', '/api/v1/tokens', { body: { name: 'described', scope: 'read', days: 1, ...body } });
    const { token, id } = await make(201);
    for (const path of ['people', 'people/owner/passkeys']) await expects(403, 'get', `/api/v1/${path}`, { signedIn: false, headers: { Authorization: `Bearer ${token}` } });
    assert.equal((await expects(200, 'get', '/api/v1/session', { signedIn: false, headers: { Authorization: `Bearer ${token}` } })).signed_in_at, null);
    let made;
    do made = await ask('post', '/api/v1/tokens', { body: { name: 'one of many', scope: 'read', days: 1 } }); while (made.status === 201);
    assert.equal(made.status, 409);
    const { tokens } = await expects(200, 'get', '/api/v1/tokens');
    assert.equal(tokens.length, 50);
    for (const one of tokens) await expects(204, 'delete', `/api/v1/tokens/${one.id}`);
    assert.equal((await expects(200, 'get', '/api/v1/tokens')).tokens.some((one) => one.id === id), false);

    const other = await ask('post', '/api/v1/sign-in', { body: { account: 'percy', password: 'eight green herons slept' }, signedIn: false });
    const theirs = other.headers['set-cookie'][0].split(';')[0];
    const again = await ask('post', '/api/v1/sign-in', { body: { password: PASSWORD }, signedIn: false });
    assert.equal(again.status, 204);
    assert.equal((await expects(200, 'get', '/api/v1/session', { signedIn: false, headers: { Cookie: theirs } })).user, 'percy');
    await expects(204, 'delete', '/api/v1/people/percy');
    await expects(401, 'get', '/api/v1/session', { signedIn: false, headers: { Cookie: theirs } });
    await person(201, percy);
    const { sessions } = await expects(200, 'get', '/api/v1/sessions');
    await expects(204, 'delete', `/api/v1/sessions/${sessions.find(({ current }) => !current).id}`);
    await expects(204, 'delete', '/api/v1/sessions/others');
});

test('a backup from the passphrase to the last piece, and the word after a restore', async () => {
    assert.equal((await expects(200, 'get', '/api/v1/backups')).last, null);
    const begin = (status, body) => expects(status, 'post', '/api/v1/backups', { body });
    await begin(400, '[]');
    assert.equal((await begin(422, { keys: true })).field, 'sealed');
    assert.equal((await begin(422, { sealed: sealText('a passphrase of some length') })).field, 'keys');
    await expects(409, 'get', '/api/v1/backups/piece?from=0');
    assert.equal((await expects(422, 'get', '/api/v1/backups/piece?from=-1')).field, 'from');
    await begin(202, { sealed: sealText('short'), keys: true });
    const wait = async () => (await expects(200, 'get', '/api/v1/backups?wait=done')).current;
    await until('the refusal', async () => (await wait()).state === 'failed', 30);
    assert.match((await wait()).problem.detail, /at least 12 characters/);
    await begin(202, { sealed: sealText('a passphrase of some length'), keys: true });
    assert.equal((await begin(409, { sealed: sealText('a passphrase of some length'), keys: true })).code, 'backup_running');
    await until('the backup', async () => (await wait()).state === 'ready', 30);
    const file = path.join(scratch(context), 'one.bfbackup');
    let next = 0;
    while (next !== null) {
        const piece = await expects(200, 'get', `/api/v1/backups/piece?from=${next}`);
        fs.appendFileSync(file, Buffer.from(piece.bytes, 'base64'));
        next = piece.next;
    }
    const { last } = await expects(200, 'get', '/api/v1/backups');
    assert.equal(fs.statSync(file).size, last.bytes);
    assert.equal(last.verified_at, null);
    await expects(204, 'delete', '/api/v1/backups/current');
    await expects(400, 'post', '/api/v1/backups/verified', { body: '1' });
    await expects(204, 'post', '/api/v1/backups/verified', { body: { id: last.id } });
    assert.ok((await expects(200, 'get', '/api/v1/backups')).last.verified_at > 0);
    assert.equal((await expects(409, 'post', '/api/v1/backups/confirm')).code, 'nothing_to_confirm');
    const { token } = await expects(201, 'post', '/api/v1/tokens', { body: { name: 'reads', scope: 'read', days: 1 } });
    const byToken = { signedIn: false, headers: { Authorization: `Bearer ${token}` } };
    await expects(403, 'get', '/api/v1/backups', byToken);
    await expects(403, 'get', '/api/v1/backups/piece?from=0', byToken);

    const data = path.join(scratch(context), 'data');
    const restored = await run(['restore', file, '--data', data, '--json'], 'a passphrase of some length\n', { timeout: 60_000 });
    assert.equal(restored.code, 0, restored.err);
    const other = new Running(['serve', '--demo', '--data', data, '--listen', '127.0.0.1:0']);
    cleaning.unshift(() => other.stop());
    const { url: at } = await other.ready;
    const back = await ask('post', '/api/v1/sign-in', { body: { password: PASSWORD }, signedIn: false, at });
    assert.equal(back.status, 204, back.text);
    const there = { signedIn: false, at, headers: { Cookie: back.headers['set-cookie'][0].split(';')[0] } };
    assert.equal((await expects(200, 'get', '/api/v1/backups', there)).restored.id, last.id);
    await expects(204, 'post', '/api/v1/backups/confirm', there);
    assert.ok((await expects(200, 'get', '/api/v1/backups', there)).restored.confirmed_at > 0);
    await other.stop();
});

test('a second factor from its secret to its removal', async () => {
    const act = (status, what, body) => expects(status, 'post', `/api/v1/second-factor/${what}`, { body });
    await expects(409, 'post', '/api/v1/passkeys/begin', { body: { code: '123456' }, headers: { Host: `localhost:${new URL(origin).port}` } });
    for (const what of ['confirm', 'recovery-codes', 'remove']) {
        await act(400, what, '[]');
        assert.equal((await act(422, what, {})).field, 'code');
        await act(409, what, { code: '123456' });
    }
    // While the factor is there a password alone steps nobody up: five minutes from here.
    await expects(204, 'post', '/api/v1/step-up', { body: { password: PASSWORD } });
    await act(400, 'begin', '{');
    const { secret, uri, qr } = await act(200, 'begin');
    assert.ok(uri.includes(secret) && qr.startsWith('<svg'));
    const slowed = async (what, headers = {}) => {
        let answer;
        do answer = await ask('post', what.includes('/') ? `/api/v1/${what}` : `/api/v1/second-factor/${what}`, { body: { code: wrongCode(secret) }, headers }); while (answer.status === 422);
        assert.equal(answer.status, 429);
        return new Promise((resolve) => setTimeout(resolve, 1000 * Number(answer.headers['retry-after'])));
    };
    await slowed('confirm');
    const { codes } = await act(200, 'confirm', { code: appShows(secret) });
    assert.equal((await expects(200, 'get', '/api/v1/second-factor')).recovery_left, codes.length);
    await act(409, 'begin');
    await act(409, 'confirm', { code: '123456' });
    await slowed('recovery-codes');
    const renewed = (await act(200, 'recovery-codes', { code: codes[0] })).codes;

    // With the keys a backup takes a code that the signer judges; the step-up before it does not count there.
    const backUp = async (body) => {
        await expects(202, 'post', '/api/v1/backups', { body: { sealed: sealText('a passphrase of twelve and more'), ...body } });
        let current;
        do ({ current } = await expects(200, 'get', '/api/v1/backups?wait=done')); while (current.state === 'making');
        await expects(204, 'delete', '/api/v1/backups/current');
        return current.problem?.code ?? current.state;
    };
    assert.equal((await expects(422, 'post', '/api/v1/backups', { body: { sealed: sealText('whatever'), keys: true, code: 7 } })).field, 'code');
    assert.deepEqual([await backUp({ keys: true }), await backUp({ keys: true, code: wrongCode(secret) }), await backUp({ keys: false })], ['code_needed', 'code_needed', 'ready']);
    const once = renewed.pop();
    assert.deepEqual([await backUp({ keys: true, code: once }), await backUp({ keys: true, code: once })], ['ready', 'code_needed']);

    await expects(201, 'post', '/api/v1/people', { body: { name: 'vera', role: 'owner', password: 'six brown otters listened' } });
    const vouch = (status, name, body) => expects(status, 'post', `/api/v1/people/${name}/vouch`, { body });
    await vouch(400, 'vera', '[]');
    assert.equal((await vouch(422, 'vera', {})).field, 'code');
    assert.equal((await vouch(409, 'vera', { code: '123456' })).code, 'conflict');
    assert.equal((await vouch(409, 'owner', { code: '123456' })).code, 'own_factor');
    const signedIn = await ask('post', '/api/v1/sign-in', { body: { account: 'vera', password: 'six brown otters listened' }, signedIn: false });
    const theirs = { signedIn: false, headers: { Cookie: signedIn.headers['set-cookie'][0].split(';')[0] } };
    const { secret: second } = await expects(200, 'post', '/api/v1/second-factor/begin', theirs);
    await expects(200, 'post', '/api/v1/second-factor/confirm', { ...theirs, body: { code: appShows(second) } });
    await slowed('people/vera/vouch');
    assert.equal((await vouch(200, 'vera', { code: renewed[1] })).factor_counts, true);
    assert.deepEqual((await expects(200, 'get', '/api/v1/people')).people.map(({ name, factor_counts: counts }) => [name, counts]).filter(([name]) => name !== 'percy'), [['owner', true], ['vera', true]]);
    await expects(204, 'delete', '/api/v1/people/vera');
    await passkeysFrom({ expects, ask, origin, code: () => renewed.pop(), slowed: (route) => slowed(route, { Host: `localhost:${new URL(origin).port}` }), password: PASSWORD });
    await slowed('remove');
    await act(204, 'remove', { code: renewed[0] });
    assert.equal((await expects(200, 'get', '/api/v1/second-factor')).on, false);
});

test('what does not exist is not found', async () => {
    for (const one of described.operations()) if (one.template.includes('{id}')) await expects(404, one.method, concrete(one.template, 'nobody'));
    const plain = new Running(['serve', '--data', path.join(scratch(context), 'data'), '--listen', '127.0.0.1:0']);
    cleaning.unshift(() => plain.stop());
    const ready = await plain.ready;
    const answer = await ask('post', '/api/v1/set-up', { at: ready.url, body: { code: ready.set_up_code, password: PASSWORD }, signedIn: false });
    const theirs = answer.headers['set-cookie'][0].split(';')[0];
    await expects(404, 'post', '/api/v1/demo/keys', { at: ready.url, headers: { Cookie: theirs }, body: { exchange: 'mexc', market: 'spot' } });
});

test('candles: uploaded in pieces, imported, downloaded, removed', { timeout: 120_000 }, async () => {
    Object.assign(one, await candlesFrom({ ask, expects, connection: one.spot, told }));
});

/** Values of every wrong kind. */
const WRONG = [null, true, 0, -1.5, '', 'no such thing', ' ', 'x'.repeat(2000), [], [1], ['no such thing'], {}, { a: 1 }];

test('a body that its schema refuses is refused, with the field that is wrong', async () => {
    const { id } = await addConnection();
    const { id: scrap } = await addConnection();
    const good = {
        'put /api/v1/addresses': { v4: '198.51.100.20', v6: null },
        'post /api/v1/addresses/learn': { exchange: 'kucoin' },
        'post /api/v1/connections': { name: 'Described Body', exchange: 'mexc', market: 'spot', sealed: await sealedKey('mexc'), site: 'global', accept: [], test: false, limits: (await expects(200, 'get', `/api/v1/connections/${id}/limits`)).limits },
        'patch /api/v1/connections/{id}': { name: 'Described Body Too' },
        'post /api/v1/connections/{id}/test': { accept: [], site: 'global' },
        'post /api/v1/connections/{id}/rotate': { sealed: await sealedKey() },
        'put /api/v1/connections/{id}/limits': { limits: (await expects(200, 'get', `/api/v1/connections/${id}/limits`)).limits, account: '', code: '' },
        'post /api/v1/connections/{id}/freeze': { level: 'entries' },
        'post /api/v1/connections/{id}/unfreeze': { account: '', code: '' },
        'post /api/v1/demo/keys': { exchange: 'mexc', market: 'spot', kind: 'good' },
        'post /api/v1/strategies': { settings: settingsOf('Described Body', one.spot), paper: false },
        'put /api/v1/strategies/{id}': { settings: settingsOf('Described', one.spot), paper: false },
        'post /api/v1/strategies/{id}/mode': { mode: 'normal' },
        'post /api/v1/strategies/{id}/signal': { pair: SPOT, direction: 'long', kind: 'add', tag: 'by hand' },
        'post /api/v1/ladder': { settings: settingsOf('Described Ladder', one.spot), pair: SPOT, price: '3000', equity: '10000' },
        'post /api/v1/accounts/{id}/paper': { asset: 'USDT', amount: '5000' },
        'post /api/v1/mode': { mode: 'normal', connection: one.spot.id },
        'post /api/v1/people': { name: 'paula', role: 'viewer', password: 'six brown otters listened' },
        'patch /api/v1/people/{id}': { role: 'viewer' },
        'post /api/v1/people/{id}/password': { password: 'six brown otters listened' },
        'post /api/v1/tokens': { name: 'described', scope: 'read', days: 1 },
        'post /api/v1/watch': { connection: one.spot.id, pair: SPOT },
        'post /api/v1/candle-uploads': { name: 'a.csv', bytes: 10 },
        'put /api/v1/candle-uploads/{id}': { offset: 0, data: 'AAAA' },
        'post /api/v1/candle-imports': { uploads: ['u0'], exchange: 'binance', market: 'spot', pair: SPOT, interval: '1m', replace: false },
        'post /api/v1/backtests': { settings: settingsOf('Described Backtest', one.spot), candles: one.set ?? 'nothing', equity: '1000', fill: 'touch' },
        'post /api/v1/backups': { sealed: await sealedKey(), keys: true },
        'post /api/v1/backups/verified': { id: 'none of ours' },
        ...Object.fromEntries(['post /api/v1/sweeps', 'post /api/v1/sweeps/count'].map((name) => [name,
            { settings: { ...settingsOf('Described Sweep', one.spot), pairs: ['BTC/USDT'] }, candles: one.set ?? 'nothing', equity: '1000', fill: 'touch', sweep: { ranges: { 'exit.take_profit_pct': ['1', '2'] } } }])),
        'post /api/v1/candle-downloads': { connection: 'nobody', pair: SPOT, interval: '1m', from: 0, to: null },
    };
    let refusals = 0;
    for (const one of described.operations()) {
        const schema = described.bodySchema(one);
        // Signing in counts wrong tries and has its own test; setting up has had it.
        if (/\/(sign-in|set-up|step-up|api\/v1\/password|second-factor.*|vouch|passkeys.*)$/.test(one.template) || isHook(one)) continue;
        const name = `${one.method} ${one.template}`;
        const route = standing(one.template, one.template.endsWith('/disable') ? scrap : id);
        const fields = Object.keys(schema?.properties ?? {});
        if (one.operation.responses['400'])
            for (const body of ['{"broken', '[1]', '"text"', '12', 'null', '{"a":1}{"b":2}', '\u0000']) await expects(400, one.method, route, { body });
        if (fields.length === 0) continue;
        assert.ok(good[name], `there is no good body for ${name}`);
        assert.ok(described.accepts(schema, good[name]), name);
        for (const field of schema.required ?? []) {
            const { [field]: left, ...body } = good[name];
            assert.equal((await expects(422, one.method, route, { body })).field, field, `${name} without ${field}`);
        }
        for (const field of fields)
            for (const wrong of WRONG) {
                const body = { ...good[name], [field]: wrong };
                const answer = await ask(one.method, route, { body });
                if (described.accepts(schema, body)) {
                    // A text may still be no address, no base64, no exchange.
                    assert.ok(answer.status < 500, `${name} with ${JSON.stringify(body)}: ${answer.status} ${answer.text}`);
                    continue;
                }
                ++refusals;
                assert.equal(answer.status, 422, `${name} takes ${field}: ${JSON.stringify(wrong)?.slice(0, 60)}, which its schema refuses: ${answer.text}`);
                assert.equal(answer.json().field, field, `${name} with ${JSON.stringify(wrong)}: ${answer.text}`);
            }
    }
    assert.ok(refusals > 80, `${refusals} refusals`);
    const large = await ask('post', '/api/v1/connections', { body: { name: 'Large', sealed: 'A'.repeat(8 << 20) }, judged: false }).catch((error) => ({ status: error.code }));
    assert.ok([413, 'ECONNRESET', 'EPIPE'].includes(large.status), String(large.status));
});

test('every route of the program is in the document', async () => {
    // Each word that stands in the server's source is tried as a part of a path: what the document doesn't name must not be there.
    const text = fs.readdirSync(source('src/server')).filter((name) => name.endsWith('.cpp')).map((name) => fs.readFileSync(source(`src/server/${name}`), 'utf8')).join('\n');
    const found = (pattern) => new Set([...text.matchAll(pattern)].map(([, word]) => word));
    const words = found(/"([a-z][a-z0-9_.-]*)"/g);
    // Those that something is compared with, also in pairs.
    const compared = found(/== "([a-z][a-z0-9_.-]*)"/g);
    assert.ok(words.size > 80 && compared.size > 15, `${words.size} and ${compared.size} words`);
    for (const template of Object.keys(described.document.paths)) for (const word of template.split('/')) if (/^[a-z]/.test(word)) words.add(word);
    const { id } = await addConnection();
    const routes = [...words].flatMap((word) => [`/api/v1/${word}`, `/api/v1/connections/${id}/${word}`, ...(compared.has(word) ? [...words].map((next) => `/api/v1/${word}/${next}`) : [])]);
    const parents = [`/api/v1/connections/${id}/test`, `/api/v1/strategies/${one.strategy}`, `/api/v1/groups/${one.group}`, `/api/v1/decisions/${one.decision}`, `/api/v1/alarms/${one.alarm}`, `/api/v1/accounts/${one.spot.id}`, `/api/v1/candle-downloads/${one.download}`];
    routes.push(...parents.flatMap((parent) => [...words].map((word) => `${parent}/${word}`)), '/api/v1/', '/api/v1//connections');
    const standingIds = [id, one.spot.id, ...Object.values(one)].map(String);
    const stands = (route) => /^\/api\/v1\/people\/owner(\/|$)/.test(route) || standingIds.includes(route.split('/')[4]);
    const look = async (route, method) => {
        if (described.find(method, route)) return;
        const answer = await ask(method, route, { judged: false }), { status } = answer;
        const known = METHODS.some((other) => described.find(other, route) && (stands(route) || !described.find(other, route).template.includes('{id}')));
        assert.equal(status, known ? 405 : 404, `${method} ${route}`);
        if (status !== 405) return;
        const allowed = METHODS.filter((other) => described.find(other, route)).flatMap((other) => (other === 'get' ? ['GET', 'HEAD'] : [other.toUpperCase()]));
        assert.deepEqual((answer.headers.get?.('allow') ?? answer.headers.allow).split(', ').sort(), allowed.sort(), `${method} ${route}`);
    };
    const queue = routes.flatMap((route) => (route.split('/').length > 4 && !stands(route) && !METHODS.some((method) => described.find(method, route)) ? ['get'] : METHODS).map((method) => [route, method]));
    await Promise.all(Array.from({ length: 16 }, async () => { for (let next; (next = queue.pop());) await look(...next); }));
});

test('an engine that is away is said by every path that needs it', async () => {
    const { id } = await addConnection();
    const questions = described.operations().filter(({ operation }) => operation.responses['503']);
    const sealed = await sealedKey();
    await expects(201, 'post', '/api/v1/people', { body: { name: 'nobody', role: 'owner', password: 'six brown otters listened' } });
    const missing = () => questions.filter(({ method, template }) => !described.seen.has(`${method} ${template} 503`));
    for (let tries = 0; tries < 10 && missing().length > 0; ++tries) {
        const from = told.length, since = (reachable) => told.slice(from).some((message) => message.type === 'engine' && message.reachable === reachable);
        process.kill(server.children()['bf-engine'], 'SIGKILL');
        await until('the news', () => since(false));
        await Promise.all(missing().map(({ method, template }) => ask(method, concrete(template, 'nobody'), { body: method === 'get' ? undefined : { sealed, name: '', code: '123456' } })));
        await until('the engine', () => since(true));
    }
    assert.deepEqual(missing().map(({ method, template }) => `${method} ${template}`), []);
    assert.equal((await expects(200, 'get', `/api/v1/connections/${id}`)).id, id);
    assert.equal((await expects(200, 'post', `/api/v1/connections/${id}/test?wait=report`)).verdict, 'connected');
    await expects(204, 'delete', `/api/v1/connections/${id}`);
    await until('the news of it', () => told.some((message) => message.type === 'removed' && message.id === id));
});

test('the live stream says only what the document describes, and all of it', async () => {
    const types = new Set(told.map((message) => {
        described.check({ $ref: '#/components/schemas/LiveMessage' }, message, 'live stream');
        return message.type;
    }));
    // `history` is told after the database had refused: nothing of that here.
    const announced = described.document.components.schemas.LiveMessage.oneOf.map(({ properties }) => properties.type.const).filter((type) => type !== 'history');
    assert.deepEqual([...types].sort(), announced.sort());
});

test('the address for signals: what it takes, and how much of it', async () => {
    const send = (body, more = {}) => ask('post', one.hook.path, { signedIn: false, body, ...more });
    const signal = JSON.stringify({ strategy: 'nobody', pair: SPOT, direction: 'long', kind: 'entry', time: 1765432100000 });
    const sign = (text, key) => createHmac('sha256', key).update(text).digest('hex');
    assert.equal((await send(signal, { headers: { 'X-BF-Signature': sign(`1765432100000${signal}`, one.hook.token) } })).status, 202);
    for (const wrong of [sign(signal, one.hook.token), sign(`1765432100000${signal}`, 'another'), 'x'])
        assert.equal((await send(signal, { headers: { 'X-BF-Signature': wrong } })).json().code, 'SIGNAL_UNAUTHENTIC', wrong);
    const good = { time: Date.now(), strategy: one.strategy, pair: SPOT, direction: 'long', kind: 'exit' };
    for (const body of ['{"broken', 'no object', JSON.stringify({ ...good, time: undefined }), JSON.stringify({ ...good, kind: 'buy' })]) assert.equal((await send(body)).status, 400, body);
    assert.equal((await send(`Alert: ${JSON.stringify(good)}`, { headers: { 'Content-Type': 'text/plain' } })).status, 202);
    assert.equal((await send(JSON.stringify({ ...good, tag: 'x'.repeat(8192) }))).status, 413);
    // A token in the body must be the address's; another is refused, and LIVE says so without saying what else came.
    assert.equal((await send({ ...good, id: 'own token', token: one.hook.token })).status, 202);
    const other = await send({ ...good, id: 'other token', tag: 'not kept', token: 'another' });
    assert.deepEqual([other.status, other.json().code, other.json().field], [401, 'SIGNAL_UNAUTHENTIC', 'token']);
    await until('it stands in LIVE', async () => {
        const [latest] = (await expects(200, 'get', '/api/v1/decisions?outcome=BLOCKED')).decisions;
        return latest.primary === 'SIGNAL_UNAUTHENTIC' && latest.signal.kind === null && latest.signal.tag === null && /token/.test(latest.sentence);
    });
    const answers = await Promise.all(Array.from({ length: 90 }, (_, number) => send({ ...good, id: `flood ${number}` })));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))].sort(), [202, 429]);
});

test('signing out and in, and too many wrong passwords', async () => {
    const signIn = (status, body, more = {}) => expects(status, 'post', '/api/v1/sign-in', { body, signedIn: false, ...more });
    await expects(204, 'post', '/api/v1/sign-out');
    await expects(401, 'get', '/api/v1/session');
    await signIn(400, '{');
    await signIn(400, 'null');
    await signIn(403, { password: PASSWORD }, { headers: { Origin: 'http://elsewhere.example' } });
    await signIn(415, '{}', { headers: { 'Content-Type': 'text/html' } });
    const back = await ask('post', '/api/v1/sign-in', { body: { password: PASSWORD }, signedIn: false });
    assert.equal(back.status, 204);
    [cookie] = back.headers['set-cookie'][0].split(';');
    for (const password of ['wrong', 12, null, ['x']]) await signIn(401, { password });
    let answer;
    do answer = await ask('post', '/api/v1/sign-in', { body: {}, signedIn: false }); while (answer.status === 401);
    assert.equal(answer.status, 429);
    assert.ok(Number(answer.headers['retry-after']) > 0);
    await expects(429, 'post', '/api/v1/set-up', { body: { code, password: PASSWORD }, signedIn: false });
});

test('stepping up and changing the password, and too many wrong ones', async () => {
    // The address has to wait since the test above: so does who is signed in, and nothing is looked at.
    await expects(429, 'post', '/api/v1/step-up', { body: { password: PASSWORD } });
    await expects(429, 'post', '/api/v1/password', { body: { password: PASSWORD, new_password: 'eight green herons slept' } });
    for (const route of ['step-up', 'password']) {
        await expects(400, 'post', `/api/v1/${route}`, { body: '[1]' });
        assert.equal((await expects(422, 'post', `/api/v1/${route}`, { body: { password: 12 } })).field, 'password');
    }
    await until('the end of the wait', async () => (await ask('post', '/api/v1/step-up', { body: { password: PASSWORD } })).status === 204, 60);
    const change = (status, body) => expects(status, 'post', '/api/v1/password', { body: { password: PASSWORD, ...body } });
    assert.equal((await change(422, { new_password: 'short' })).field, 'new_password');
    await change(401, { password: 'not the password at all', new_password: 'eight green herons slept' });
    await change(204, { new_password: 'eight green herons slept' });
    await expects(200, 'get', '/api/v1/session');
});

test('nothing was announced that was not met', () => {
    assert.deepEqual(described.announced().filter((one) => !described.seen.has(one)), []);
});
