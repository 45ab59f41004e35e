// Owners and their second factors as people meet them: whose is missing is found, a second owner's does not count for wider limits until the first
// one vouches for it, and what was done to a connection's limits stands in its history with who did it. The real program, over its pages' interface
// and its command line.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { appShows } from './authenticator.mjs';
import { run, scratch, serve, until } from './support.mjs';
import { exchange } from '../rest/described.mjs';

const PASSWORD = 'four grey herons waited';
const cleaning = [];
const outer = { after: (work) => cleaning.unshift(work) };
let server, origin, data, admin, connection, limits;
/** What each owner brings: a session, and recovery codes, each good once, so that nothing waits for an app's next code. */
const people = {};

async function ask(method, route, { as, body, bearer } = {}) {
    const headers = { ...(method === 'get' ? {} : { 'Content-Type': 'application/json' }), ...(as ? { Cookie: people[as].cookie } : {}), ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}) };
    const answer = await exchange(origin, method, `/api/v1/${route}`, { body: method === 'get' ? undefined : JSON.stringify(body ?? {}), headers });
    return { ...answer, json: answer.text.startsWith('{') ? JSON.parse(answer.text) : undefined };
}
const accounts = (words, input = '') => run(['accounts', ...words, '--data', data, '--json'], input);
const findings = async () => (await run(['security', '--data', data, '--json'])).json.findings;
const found = async (code) => (await findings()).find((one) => one.code === code);
const history = async () => (await ask('get', `connections/${connection}/history`, { as: 'owner' })).json.entries.filter(({ kind }) => kind === 'limits').map(({ text }) => text);
const take = (name) => people[name].codes.pop();

async function signIn(name) {
    const answer = await ask('post', 'sign-in', { body: { account: name, password: PASSWORD } });
    assert.equal(answer.status, 204, answer.text);
    people[name] = { cookie: answer.headers['set-cookie'][0].split(';')[0], codes: [] };
}
async function setUpFactor(name) {
    const { secret } = (await ask('post', 'second-factor/begin', { as: name })).json;
    const confirmed = await ask('post', 'second-factor/confirm', { as: name, body: { code: appShows(secret) } });
    assert.equal(confirmed.status, 200, confirmed.text);
    people[name].codes = confirmed.json.codes;
}

async function addConnection(name) {
    const made = await fetch(`${admin}/keys`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ exchange: 'kucoin', permissions: ['read', 'spot'], balances: { USDT: '100' } }) });
    const { account: _, ...credentials } = await made.json();
    const added = await run(['connections', 'add', '--name', name, '--exchange', 'kucoin', '--market', 'spot', '--data', data, '--json'], JSON.stringify(credentials));
    assert.equal(added.code, 0, added.err);
    return added.json.id;
}

before(async () => {
    data = path.join(scratch(outer), 'data');
    server = serve(outer, data, ['--demo']);
    const ready = await server.ready;
    origin = ready.url;
    for (const [name, role] of [['owner', 'owner'], ['second', 'owner'], ['third', 'owner'], ['tessa', 'trader']]) assert.equal((await accounts(['add', name, '--role', role], PASSWORD)).code, 0);
    for (const name of ['owner', 'second', 'third', 'tessa']) await signIn(name);
    admin = ready.simulator_admin;
    connection = await addConnection('Main');
    limits = (await ask('get', `connections/${connection}/limits`, { as: 'owner' })).json.limits;
});
after(async () => { for (const work of cleaning) await work(); });

test('while nobody has a second factor, wider limits and the end of a freeze take an owner in person', async () => {
    const id = await addConnection('Side');
    const token = (await ask('post', 'tokens', { as: 'owner', body: { name: 'watch', scope: 'manage', days: 1 } })).json.token;
    const outcome = ({ status, json }) => [status, json?.code ?? null];
    const put = (who, wanted) => ask('put', `connections/${id}/limits`, { ...who, body: { limits: wanted } });
    const held = async () => (await ask('get', `connections/${id}/limits`, { as: 'owner' })).json;
    const { limits: wide } = await held();
    assert.equal((await put({ bearer: token }, { ...wide, orders_a_minute: 60 })).status, 200);
    assert.deepEqual(outcome(await put({ bearer: token }, wide)), [403, 'not_for_tokens']);
    assert.equal((await put({ as: 'owner' }, wide)).json.raise.limits.orders_a_minute, 600);
    assert.equal((await ask('post', `connections/${id}/freeze`, { as: 'tessa' })).status, 200);
    for (const route of [`connections/${id}/unfreeze`, `accounts/${id}/unfreeze`]) {
        assert.deepEqual(outcome(await ask('post', route, { as: 'tessa' })), [403, 'not_for_role'], route);
        assert.deepEqual(outcome(await ask('post', route, { bearer: token })), [403, 'not_for_tokens'], route);
    }
    assert.equal((await held()).freeze, 'entries');
    // Nor what a key may have, or to which site it is sent.
    for (const body of [{ accept: ['unknown_withdrawal'] }, { site: 'eu' }]) assert.deepEqual(outcome(await ask('post', `connections/${id}/test`, { as: 'tessa', body })), [403, 'not_for_role']);
    assert.equal((await ask('post', `connections/${id}/test`, { as: 'tessa' })).status, 202);
    assert.equal((await ask('post', `accounts/${id}/unfreeze`, { as: 'owner' })).json.frozen, false);
    assert.equal((await held()).freeze, 'none');
});

test('an owner without a second factor is a finding, by name, until there is one', async () => {
    await until('the engine to hear who the owners are', async () => (await found('no_second_factor'))?.cause.includes('owner, second, third'));
    await setUpFactor('owner');
    assert.match((await found('no_second_factor')).cause, /as second, third needs/);
    assert.equal(await found('factor_not_counted'), undefined);
    await setUpFactor('second');
    await setUpFactor('third');
    assert.equal(await found('no_second_factor'), undefined);
    // A trader without one is not: it comes near no key. One that is made an owner is.
    assert.equal((await accounts(['role', 'tessa', 'owner'])).code, 0);
    await until('the new owner to be missed', async () => (await found('no_second_factor'))?.cause.includes('tessa'));
    assert.equal((await accounts(['role', 'tessa', 'trader'])).code, 0);
    await until('and not after', async () => (await found('no_second_factor')) === undefined);
    assert.match((await found('factor_not_counted')).cause, /of second, third does not count/);
    const dutch = await exchange(origin, 'get', '/api/v1/security/findings', { headers: { Cookie: people.owner.cookie, 'Accept-Language': 'nl' } });
    assert.match(dutch.text, /De tweede factor van second, third telt niet/);
    const spoken = await run(['security', '--language', 'nl', '--data', data]);
    assert.match(spoken.out, /De tweede factor van second, third telt niet.*\n +Is dat account wie het hoort te zijn/);
    assert.match((await run(['security', '--data', data])).out, /The second factor of second, third does not count/);
    assert.ok(await found('limits_default'), 'limits that nobody set');
    // Whose account is the weakest is nobody's business but the owners'.
    const traders = (await ask('get', 'security/findings', { as: 'tessa' })).json.findings.map(({ code }) => code);
    assert.ok(traders.includes('limits_default') && !traders.includes('factor_not_counted'), traders.join());
});

test('a second owner widens nothing until one whose factor counts has vouched', async () => {
    const put = (as, wanted, code) => ask('put', `connections/${connection}/limits`, { as, body: { limits: wanted, ...(code ? { code } : {}) } });
    const narrow = { ...limits, orders_a_minute: 60, values: { USDT: { order: '100', market_order: '0', hour: '1000', day: '1000', exposure: '1000' } } };
    assert.equal((await put('second', narrow)).status, 200);
    const [changed] = await history();
    assert.match(changed, /^Limits changed by second: .*the largest order \(USDT\): 1000000 → 100.*orders a minute: 600 → 60/);
    const refused = await put('second', limits, take('second'));
    assert.deepEqual([refused.status, refused.json.code], [403, 'code_needed']);
    assert.match((await history())[0], /^Refused to second/);

    const vouch = (name, as, code, more = {}) => ask('post', `people/${name}/vouch`, { as, body: { ...(code ? { code } : {}) }, ...more });
    const outcome = ({ status, json }) => [status, json?.code ?? null];
    assert.deepEqual(outcome(await vouch('third', 'second', take('second'))), [409, 'policy']);
    const own = await vouch('second', 'second', take('second'));
    assert.deepEqual(outcome(own), [409, 'own_factor']);
    assert.match(own.json.detail, /only a trusted factor can vouch/);
    assert.deepEqual(outcome(await vouch('tessa', 'owner', take('owner'))), [409, 'not_an_owner']);
    assert.deepEqual(outcome(await vouch('nobody', 'owner', take('owner'))), [404, 'not_found']);
    assert.deepEqual(outcome(await vouch('second', 'owner')), [422, 'bad_field']);
    assert.deepEqual(outcome(await vouch('second', 'owner', '000-000')), [422, 'wrong_code']);
    assert.deepEqual(outcome(await vouch('second', 'tessa', take('owner'))), [403, 'not_for_role']);
    const token = (await ask('post', 'tokens', { as: 'owner', body: { name: 'script', scope: 'manage', days: 1 } })).json.token;
    assert.deepEqual(outcome(await vouch('second', undefined, take('owner'), { bearer: token })), [403, 'not_for_tokens']);
    const counts = async () => Object.fromEntries((await ask('get', 'people', { as: 'owner' })).json.people.map((one) => [one.name, one.factor_counts]));
    assert.deepEqual(await counts(), { owner: true, second: false, third: false, tessa: null });

    const good = await vouch('second', 'owner', take('owner'));
    assert.deepEqual([good.status, good.json?.factor_counts], [200, true], good.text);
    assert.deepEqual(await counts(), { owner: true, second: true, third: false, tessa: null });
    assert.match((await found('factor_not_counted')).cause, /of third does not/);

    const wider = await put('second', limits, take('second'));
    assert.equal(wider.status, 200, wider.text);
    assert.equal(wider.json.raise.limits.values.USDT.order, '1000000');
    assert.match((await history())[0], /^Wider limits asked for by second: .*100 → 1000000.* They hold from \d{4}-\d\d-\d\d \d\d:\d\d UTC on\.$/);
    assert.deepEqual((await found('limits_pending')).connections.map(({ name }) => name), ['Main']);
});

test('the command line vouches with a code too, and without one for nobody', async () => {
    assert.equal((await accounts(['vouch', 'third', '--by', 'second'], '000 000\n')).json.code, 'wrong_code');
    assert.equal((await accounts(['vouch', 'third', '--by', 'nobody'], '123456\n')).json.field, 'by');
    // Who was an owner keeps a factor that counts, and vouches here; a trader has none.
    assert.equal((await accounts(['vouch', 'third', '--by', 'tessa'], '123456\n')).json.code, 'no_factor');
    const done = await accounts(['vouch', 'third', '--by', 'second'], `${take('second')}\n`);
    assert.deepEqual([done.code, done.json?.factor_counts], [0, true], done.err);
    assert.equal(await found('factor_not_counted'), undefined);
    assert.ok(server.err.includes('The second factor of the account third counts from now on: second vouched for it.'));
});

test('a backup with the keys says which code it wants, and whose', async (context) => {
    const file = path.join(scratch(context), 'house.bfbackup'), passphrase = 'a long passphrase of its own';
    const create = (words, lines) => run(['backup', 'create', '--to', file, ...words, '--data', data], `${lines.join('\n')}\n`);
    const unasked = await create([], [passphrase]);
    assert.equal(unasked.code, 3);
    assert.match(unasked.err, /: give --account NAME, and the code after the passphrase, or leave the keys out with --without-keys\.$/m);
    const wrong = await create(['--account', 'owner'], [passphrase, '000-000']);
    assert.equal(wrong.code, 3);
    // Who gave one needs no word about how to give one.
    assert.match(wrong.err, /the code is wrong\.$/m);
    assert.ok(!fs.existsSync(file), 'something was written');
    const without = await create(['--without-keys'], [passphrase]);
    assert.equal(without.code, 0, without.err);
    fs.rmSync(file);
    const made = await create(['--account', 'owner'], [passphrase, take('owner')]);
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /house\.bfbackup: .*, with the exchange keys\./);
});

test('a freeze stands in the history with who did it; one from the host too, once', async () => {
    const connections = (...words) => run(['connections', ...words, '--data', data, '--json'], words[0] === 'unfreeze' ? `${take('owner')}\n` : '');
    assert.equal((await ask('post', `connections/${connection}/freeze`, { as: 'tessa' })).status, 200);
    const [frozen, dropped] = [(await history())[1], (await history())[0]];
    assert.equal(frozen, 'Frozen by tessa: nothing is opened or added to; exits go on.');
    assert.equal(dropped, 'Wider limits that waited were dropped by tessa.');
    assert.equal(await found('limits_pending'), undefined);
    assert.equal((await connections('unfreeze', 'Main', '--account', 'owner')).code, 0);
    assert.equal((await history())[0], "The freeze was ended by the server's command line.");
    assert.equal((await connections('freeze', '--all', '--everything')).code, 0);
    assert.equal((await history())[0], "Frozen by the server's command line: nothing is signed at all, exits neither.");
    const lines = (await history()).length;
    await findings();
    assert.equal((await history()).length, lines);
});
