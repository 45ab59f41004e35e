// Passkeys through the front door: registered with a code, signed in with, asked again, wider limits that the signer itself judges, and everything
// refused that is old, used, of another page or of a copied authenticator. The real processes, an authenticator of the tests' own.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { appShows } from './authenticator.mjs';
import { PasskeyDevice } from './passkey_device.mjs';
import { run, scratch, serve } from './support.mjs';
import { exchange } from '../rest/described.mjs';

const PASSWORD = 'four grey herons waited';
const cleaning = [];
const outer = { after: (work) => cleaning.unshift(work) };
let server, origin, host, data, connection, limits, cookie, codes, device;

async function ask(method, route, { body, named = true, signedIn = true } = {}) {
    const headers = { ...(method === 'get' ? {} : { 'Content-Type': 'application/json' }), ...(named ? { Host: host } : {}), ...(signedIn ? { Cookie: cookie } : {}) };
    const answer = await exchange(origin, method, `/api/v1/${route}`, { body: method === 'get' ? undefined : JSON.stringify(body ?? {}), headers });
    return { ...answer, json: answer.text.startsWith('{') ? JSON.parse(answer.text) : undefined };
}
const outcome = ({ status, json }) => [status, json?.code ?? null];
const accounts = (words, input = '') => run(['accounts', ...words, '--data', data, '--json'], input);
/** Waits as long as the server says: refused passkeys count as other tries do. */
async function signIn(code, more = {}) {
    for (;;) {
        const answer = await ask('post', 'sign-in', { signedIn: false, body: { account: 'owner', password: PASSWORD, ...(code ? { code } : {}) }, ...more });
        if (answer.status !== 429) return answer;
        await new Promise((resolve) => setTimeout(resolve, 1000 * Number(answer.headers['retry-after'])));
    }
}
const session = (answer) => answer.headers['set-cookie'][0].split(';')[0];
const challenge = async () => (await ask('post', 'passkeys/challenge')).json;
async function add(made, name = 'laptop', code = codes.pop()) {
    const begun = await ask('post', 'passkeys/begin', { body: { code } });
    if (begun.status !== 200) return begun;
    return ask('post', 'passkeys', { body: { name, ...made.made(begun.json) } });
}

before(async () => {
    data = path.join(scratch(outer), 'data');
    server = serve(outer, data, ['--demo']);
    const ready = await server.ready;
    origin = ready.url;
    host = `localhost:${new URL(origin).port}`;
    device = new PasskeyDevice(`http://${host}`);
    for (const name of ['owner', 'second']) assert.equal((await accounts(['add', name, '--role', 'owner'], PASSWORD)).code, 0);
    const made = await fetch(`${ready.simulator_admin}/keys`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ exchange: 'kucoin', permissions: ['read', 'spot'], balances: { USDT: '100' } }) });
    const { account: _, ...credentials } = await made.json();
    const added = await run(['connections', 'add', '--name', 'Main', '--exchange', 'kucoin', '--market', 'spot', '--data', data, '--json'], JSON.stringify(credentials));
    assert.equal(added.code, 0, added.err);
    connection = added.json.id;
    const entered = await signIn();
    assert.equal(entered.status, 204, entered.text);
    cookie = session(entered);
    limits = (await ask('get', `connections/${connection}/limits`)).json.limits;
});
after(async () => { for (const work of cleaning) await work(); });

test('a passkey comes beside one-time codes, with one of them, at a name', async () => {
    assert.deepEqual(outcome(await ask('post', 'passkeys/begin', { body: { code: '123456' } })), [409, 'conflict']);
    assert.deepEqual((await ask('get', 'passkeys')).json, { passkeys: [] });
    const { secret } = (await ask('post', 'second-factor/begin')).json;
    ({ codes } = (await ask('post', 'second-factor/confirm', { body: { code: appShows(secret) } })).json);
    assert.deepEqual(outcome(await signIn()), [401, 'code_needed']);
    assert.equal((await signIn()).json.passkey, undefined);
    assert.deepEqual(outcome(await ask('post', 'passkeys/challenge')), [409, 'conflict']);
    assert.deepEqual(outcome(await ask('post', 'passkeys/begin', { named: false, body: { code: codes.at(-1) } })), [422, 'arguments']);
    assert.deepEqual(outcome(await add(device, 'laptop', '')), [422, 'bad_field']);
    assert.deepEqual(outcome(await add(device, 'laptop', '000000')), [422, 'wrong_code']);
    device.flags = 0x01;
    assert.deepEqual(outcome(await add(device)), [422, 'arguments']);
    device.flags = 0x05;
    const added = await add(device);
    assert.equal(added.status, 201, added.text);
    assert.deepEqual(added.json.passkeys.map(({ name, host: at, used_at: used }) => [name, at, used]), [['laptop', 'localhost', null]]);
    assert.deepEqual(outcome(await add(device)), [409, 'conflict']);
    assert.ok(server.err.includes('The account owner has a further passkey.'));
});

test('signing in with it; a second time with the same answer, from another page or with a copy it is refused', async () => {
    const asked = await signIn();
    assert.deepEqual(outcome(asked), [401, 'code_needed']);
    assert.deepEqual(asked.json.passkey.credentials, [device.id.toString('base64url')]);
    assert.equal((await signIn('', { named: false })).json.passkey, undefined);
    device.counter = 3;
    const answer = device.answer(asked.json.passkey);
    const entered = await signIn(answer);
    assert.equal(entered.status, 204, entered.text);
    assert.deepEqual(outcome(await signIn(answer)), [401, 'passkey_stale']);
    const fresh = async () => (await signIn()).json.passkey;
    const elsewhere = new PasskeyDevice(`http://${host}.evil.example`);
    Object.assign(elsewhere, { id: device.id, key: device.key, counter: 9 });
    assert.deepEqual(outcome(await signIn(elsewhere.answer(await fresh()))), [401, 'wrong_passkey']);
    elsewhere.origin = device.origin;
    assert.deepEqual(outcome(await signIn(elsewhere.answer({ ...await fresh(), host: 'evil.example' }))), [401, 'wrong_passkey']);
    assert.deepEqual(outcome(await signIn(device.answer(await fresh()))), [401, 'passkey_copied']);
    device.counter = 0;
    assert.deepEqual(outcome(await signIn(device.answer(await fresh()))), [401, 'passkey_copied']);
    // A code takes off what the throttle counted, and works as before.
    const again = await signIn(codes.pop());
    assert.equal(again.status, 204, again.text);
    cookie = session(again);
    device.counter = 4;
});

test('stepping up with it, and wider limits, which the signer judges', async () => {
    const stepped = await ask('post', 'step-up', { body: { code: device.answer(await challenge()) } });
    assert.equal(stepped.status, 204, stepped.text);
    cookie = session(stepped);
    const put = (wanted, code) => ask('put', `connections/${connection}/limits`, { body: { limits: wanted, ...(code ? { code } : {}) } });
    assert.equal((await put({ ...limits, orders_a_minute: 60 })).status, 200);
    assert.deepEqual(outcome(await put(limits)), [403, 'code_needed']);
    device.counter = 5;
    const other = new PasskeyDevice(device.origin);
    other.id = device.id;
    assert.deepEqual(outcome(await put(limits, other.answer(await challenge()))), [403, 'code_needed']);
    const answer = device.answer(await challenge());
    const wider = await put(limits, answer);
    assert.equal(wider.status, 200, wider.text);
    assert.equal(wider.json.raise.limits.orders_a_minute, limits.orders_a_minute);
    assert.equal((await ask('post', `connections/${connection}/freeze`)).status, 200);
    const unfreeze = (code) => ask('post', `connections/${connection}/unfreeze`, { body: { code } });
    assert.deepEqual(outcome(await unfreeze(answer)), [403, 'code_needed']);
    device.counter = 6;
    const free = await unfreeze(device.answer(await challenge()));
    assert.deepEqual([free.status, free.json?.freeze], [200, 'none'], free.text);
});

test('listed and removed, also from the host; another account has none of it', async () => {
    device.counter = 7;
    const phone = new PasskeyDevice(device.origin);
    assert.equal((await add(phone, 'phone', device.answer(await challenge()))).status, 201);
    const listed = await accounts(['passkeys', 'owner']);
    assert.deepEqual(listed.json.passkeys.map(({ name, host: at, used_at: used }) => [name, at, used > 0]), [['laptop', 'localhost', true], ['phone', 'localhost', false]]);
    const mine = cookie;
    cookie = session(await ask('post', 'sign-in', { signedIn: false, body: { account: 'second', password: PASSWORD } }));
    assert.deepEqual((await ask('get', 'passkeys')).json.passkeys, []);
    assert.equal((await ask('delete', `passkeys/${listed.json.passkeys[0].id}`)).status, 404);
    cookie = mine;
    assert.equal((await accounts(['remove-passkey', 'owner', listed.json.passkeys[1].id])).code, 0);
    assert.equal((await accounts(['remove-passkey', 'owner', listed.json.passkeys[1].id])).code, 3);
    assert.deepEqual(outcome(await signIn(phone.answer((await signIn()).json.passkey))), [401, 'wrong_passkey']);
    assert.equal((await ask('delete', `passkeys/${listed.json.passkeys[0].id}`)).status, 204);
    assert.equal((await signIn()).json.passkey, undefined);
    assert.equal((await signIn(codes.pop())).status, 204);
});

test('a backup brings passkeys along', { timeout: 120_000 }, async () => {
    assert.equal((await add(device)).status, 201);
    const file = path.join(data, '..', 'passkeys.bfb'), restored = path.join(data, '..', 'restored'), passphrase = 'seven slow barges drifted\n';
    // With the keys it takes a code, which the signer judges; a line after the passphrase.
    const create = (more, typed) => run(['backup', 'create', '--to', file, '--data', data, ...more], passphrase + typed, { timeout: 60_000 });
    const without = await create([], '');
    assert.deepEqual([without.code, /takes a code of your authenticator app: give --account NAME/.test(without.err)], [3, true], without.err);
    assert.equal((await create(['--account', 'owner'], '000000\n')).code, 3);
    const made = await create(['--account', 'owner'], `${codes.pop()}\n`);
    assert.equal(made.code, 0, made.err);
    await server.stop();
    // Without a server it is the same signer that judges.
    const second = path.join(data, '..', 'at-rest.bfb'), atRest = (more, typed) => run(['backup', 'create', '--to', second, '--data', data, ...more], passphrase + typed, { timeout: 60_000 });
    assert.equal((await atRest([], '')).code, 3);
    assert.deepEqual([(await atRest(['--without-keys'], '')).code, fs.rmSync(second)], [0, undefined]);
    const rested = await atRest(['--account', 'owner'], `${codes.pop()}\n`);
    assert.equal(rested.code, 0, rested.err);
    const done = await run(['restore', file, '--data', restored], passphrase, { timeout: 60_000 });
    assert.equal(done.code, 0, done.err);
    server = serve(outer, restored, ['--demo']);
    origin = (await server.ready).url;
    host = `localhost:${new URL(origin).port}`;
    // The same host behind another port: passkeys belong to the name.
    device.origin = `http://${host}`;
    device.counter += 1;
    const entered = await signIn(device.answer((await signIn()).json.passkey));
    assert.equal(entered.status, 204, entered.text);
});
