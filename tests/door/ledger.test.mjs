// `backfuture ledger` as its user meets it: beside a running server, without one, on a copy, on a copy that somebody changed; and an order
// that was never ordered here.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { makeKey, orderByHand, run, scratch, serve, simulate, until } from './support.mjs';

const ledger = (folder, ...words) => run(['ledger', ...words, '--data', folder]);
const read = async (folder, ...words) => {
    const { code, json, err } = await ledger(folder, ...words, '--json');
    assert.equal(code, 0, err);
    return json;
};

test('verify, show, export and head: while it runs, when it is off, on a copy', { timeout: 120_000 }, async (context) => {
    const { admin, urls } = await simulate(context);
    const data = scratch(context);
    const server = serve(context, data, urls);
    await server.ready;
    const credentials = await makeKey(admin, 'mexc', { permissions: ['read', 'spot'] });
    const added = await run(['connections', 'add', '--name', 'Watched', '--exchange', 'mexc', '--market', 'spot', '--data', data, '--json'], JSON.stringify(credentials));
    assert.equal(added.code, 0, added.out + added.err);
    assert.equal((await run(['connections', 'test', 'Watched', '--data', data, '--json'])).code, 0);

    const live = await ledger(data, 'verify');
    assert.equal(live.code, 0, live.out + live.err);
    assert.match(live.out, /^\d+ entries in 1 segments, 1 to \d+\. Key [0-9A-F-]{19}\.\nIntact\.\n/);
    const keys = (await read(data, 'show', '--class', 'key')).entries;
    assert.deepEqual(keys.map(({ what, result }) => `${what} ${result}`), ['key_added done', 'key_added begun']);
    const early = (await ledger(data, 'head')).out.trim();
    assert.match(early, /^backfuture-ledger-1:\d+:[0-9a-f]{64}:[0-9a-f]{64}$/);
    const nothing = await ledger(data, 'accept');
    assert.equal(nothing.code, 3);
    assert.match(nothing.err, /not broken/);
    assert.equal((await run(['connections', 'remove', 'Watched', '--data', data])).code, 0);
    await server.stop();

    // What was counted until then is told at a clean end, or lost; what was done is not.
    assert.equal((await ledger(data, 'verify', '--anchor', early)).code, 0);
    assert.equal((await read(data, 'show', '--limit', '1000')).entries.filter(({ what }) => what === 'key_removed').length, 2);
    const csv = (await ledger(data, 'export', '--class', 'key')).out.trimEnd().split('\n');
    assert.equal(csv.length, 1 + 4);
    assert.match(csv[0], /^sequence,at_utc,class,connection,what,result,/);
    assert.match(csv[1], /^"\d+","\d{4}-\d\d-\d\d \d\d:\d\d:\d\d","key","[^"]+","key_added","begun",/);
    const whole = await read(data, 'export');
    assert.equal(whole.report.intact, true);
    assert.equal(whole.entries.length, whole.report.entries);
    assert.deepEqual(whole.entries.map(({ sequence }) => sequence), whole.entries.map((_, i) => i + 1));
    assert.equal((await read(data, 'show', '--from', '2100-01-01')).entries.length, 0);
    for (const secret of Object.values(credentials)) assert.ok(!fs.readFileSync(path.join(data, 'vault/ledger/00000001.ledger')).includes(secret));

    const copy = path.join(scratch(context), 'stick');
    fs.cpSync(path.join(data, 'vault/ledger'), copy, { recursive: true });
    assert.equal((await ledger(copy, 'verify', '--anchor', early)).code, 0);
    const file = path.join(copy, '00000001.ledger');
    const sound = fs.readFileSync(file);
    const changed = (change) => {
        const bytes = Buffer.from(sound);
        change(bytes);
        fs.writeFileSync(file, bytes);
        return ledger(copy, 'verify', '--json');
    };
    const altered = await changed((bytes) => { bytes[512 + 20] ^= 1; });
    assert.equal(altered.code, 3);
    assert.deepEqual(altered.json.breaches.map(({ kind, sequence, offset }) => [kind, sequence, offset]), [['entry', 1, 512]]);
    assert.match(altered.err, /BROKEN: entry 1 is altered/);
    const cut = await changed((bytes) => {
        const first = 512 + 4 + bytes.readUInt32LE(512) + 48;
        bytes.fill(0, first);
    });
    assert.equal(cut.code, 3);
    assert.equal(cut.json.breaches[0].kind, 'cut');
    assert.equal(cut.json.breaches[0].sequence, 2);
    fs.writeFileSync(file, sound);
    assert.equal((await ledger(copy, 'verify', '--anchor', early.replace(/:(\d+):/, (_, n) => `:${Number(n) - 1}:`))).code, 3);
});

test('what the commands do not take', async (context) => {
    const empty = scratch(context);
    for (const [words, sentence] of [[['show', '--class', 'odd'], /--class/], [['show', '--from', 'yesterday'], /--from/], [['export', '--to', '2026-02-30'], /--to/],
        [['verify', '--anchor', 'x'], /--anchor/], [['show', '--limit', '0'], /--limit/]]) {
        const { code, err, json } = await ledger(empty, ...words, '--json');
        assert.equal(code, 64, err);
        assert.match(err, sentence);
        assert.match(json.error, sentence);
    }
    for (const word of ['verify', 'show', 'export', 'head']) {
        const { code, err } = await ledger(empty, word);
        assert.equal(code, 3);
        assert.match(err, /ledger/);
    }
    assert.equal((await run(['ledger'])).code, 64);
});

test('an order that was not ordered here raises the alarm', { timeout: 120_000 }, async (context) => {
    const { admin, exchanges, urls } = await simulate(context);
    const data = scratch(context);
    const server = serve(context, data, urls);
    const ready = await server.ready;
    const credentials = await makeKey(admin, 'mexc', { permissions: ['read', 'spot'], balances: { USDT: '1000', ETH: '2' } });
    const added = await run(['connections', 'add', '--name', 'Watched', '--exchange', 'mexc', '--market', 'spot', '--data', data, '--json'], JSON.stringify(credentials));
    assert.equal(added.code, 0, added.out + added.err);
    assert.equal((await run(['connections', 'test', 'Watched', '--data', data, '--json'])).code, 0);
    const password = 'four grey herons waited';
    const answer = await fetch(`${ready.url}/api/v1/set-up`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code: ready.set_up_code, password }) });
    const cookie = answer.headers.get('set-cookie').split(';')[0];
    const ask = async (method, route) => {
        const reply = await fetch(`${ready.url}/api/v1/${route}`, { method, headers: { Cookie: cookie, 'Content-Type': 'application/json' }, ...(method === 'POST' && { body: '{}' }) });
        assert.ok(reply.ok, `${route}: ${reply.status}`);
        return reply.json();
    };
    const compared = async () => {
        const before = (await ask('GET', 'ledger/head')).compared.at;
        await until('no comparison under way', async () => !(await ask('GET', 'ledger/head')).compared.running, 60);
        await ask('POST', 'ledger/compare');
        let now;
        await until('the comparison', async () => (now = (await ask('GET', 'ledger/head')).compared, !now.running && now.at !== before), 60);
        return now;
    };
    // The pair is looked at because its coin is held.
    await until('the balances', async () => (await ask('GET', `accounts/${added.json.id}`)).free !== null, 30);
    assert.equal((await compared()).strangers, 0);
    await orderByHand(exchanges.mexc, credentials, { symbol: 'ETHUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.1', price: '10' });
    const found = await compared();
    assert.deepEqual([found.strangers, found.missed], [1, 0]);
    const alarm = (await ask('GET', 'alarms')).alarms.find(({ code }) => code === 'FOREIGN_ORDER');
    assert.match(alarm.text, /^Something on this account was not ordered by BackFuture: order \S+ on ETHUSDT/);
    assert.equal(alarm.connection, added.json.id);
    // The page knows no codes: each that occurs comes with what it is called, in the reader's language.
    const dutch = await fetch(`${ready.url}/api/v1/ledger?limit=100`, { headers: { Cookie: cookie, 'Accept-Language': 'nl' } });
    const { entries, names } = await dutch.json();
    for (const { what, result } of entries) assert.ok(names.what[what] && names.result[result], `${what} ${result}`);
    assert.equal(names.what.key_added, 'Sleutel toegevoegd');
});
