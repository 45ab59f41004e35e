// What was written elsewhere (by an exchange, by whoever names a strategy) is shown as one line of printable characters: it moves nobody's terminal.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { makeKey, run, scratch, serve, simulate } from './support.mjs';

// Escape sequences, a line that looks like ours, a control character of Unicode, text turned around.
const NASTY = 'no \u001b[2J\u001b]0;owned\u0007 key\r\nVerdict: Online\u009b31m \u202eeno';
const isPlain = (text) => !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text);

test('what an exchange says moves no terminal and begins no line', async (context) => {
    const liar = http.createServer((request, reply) => {
        const told = request.url.includes('timestamp') ? { code: '200000', data: Date.now() }
            : request.url.includes('/status') ? { code: '200000', data: { status: 'open', msg: NASTY } } : { code: '400003', msg: NASTY };
        reply.writeHead(told.msg ? 401 : 200, { 'Content-Type': 'application/json' }).end(JSON.stringify(told));
    });
    await new Promise((resolve) => { liar.listen(0, '127.0.0.1', resolve); });
    context.after(() => liar.close());
    const asked = ['check', '--exchange', 'kucoin', '--market', 'spot', '--base-url', `http://127.0.0.1:${liar.address().port}`];
    const key = JSON.stringify({ key: '5f8d0c1e2b3a4d5e6f708192', secret: '11111111-2222-3333-4444-555555555555', passphrase: 'pass phrase 1' });
    const people = await run(asked, key);
    assert.equal(people.code, 3, people.err);
    assert.match(people.out, /400003: “no  \[2J \]0;owned  key  Verdict: Online 31m  eno”/);
    assert.doesNotMatch(people.out, /^Verdict: Online/m);
    assert.ok(isPlain(people.out + people.err), JSON.stringify(people.out));
    const script = await run([...asked, '--json'], key);
    assert.ok(isPlain(JSON.parse(script.out).problem.exchange_message));
});

test('what somebody called a strategy moves no terminal of who lists them', async (context) => {
    const data = path.join(scratch(context), 'data');
    const simulator = await simulate(context);
    await serve(context, data, simulator.urls).ready;
    const key = await makeKey(simulator.admin, 'kucoin');
    const ask = (words, input) => run([...words, '--data', data], input);
    assert.equal((await ask(['connections', 'add', '--name', 'Main', '--exchange', 'kucoin', '--market', 'spot'], JSON.stringify(key))).code, 0);
    const file = path.join(data, '..', 'strategy.json');
    fs.writeFileSync(file, JSON.stringify({ name: NASTY, connection: 'Main', market: 'spot', pairs: ['BTC/USDT'], directions: ['long'], risk_level: 'high', margin: { group_limit: '100', group_limit_pct: '30', connection_limit_pct: '90' },
        entry: { base_order: '20' }, exit: { take_profit_pct: '0.5' } }));
    const added = await ask(['strategies', 'add', '--file', file]);
    assert.equal(added.code, 0, added.err);
    const listed = await ask(['strategies', 'list']);
    assert.match(listed.out, /no  \[2J/);
    assert.ok(isPlain(added.out + listed.out + listed.err), JSON.stringify(listed.out));
});

test('what happened to a connection is told by its history, the latest first', async (context) => {
    const data = path.join(scratch(context), 'data');
    const simulator = await simulate(context);
    await serve(context, data, simulator.urls).ready;
    const ask = (words, input) => run(['connections', ...words, '--data', data], input);
    assert.equal((await ask(['add', '--name', 'Main', '--exchange', 'mexc', '--market', 'spot'], JSON.stringify(await makeKey(simulator.admin, 'mexc')))).code, 0);
    assert.equal((await ask(['test', 'Main'])).code, 0);
    assert.equal((await ask(['disable', 'Main'])).code, 0);
    const told = await ask(['history', 'Main']);
    assert.equal(told.code, 0, told.err);
    assert.match(told.out, /^20\d\d-\d\d-\d\d \d\d:\d\d UTC +Status: disabled\.$/im);
    assert.match(told.out, /Saved with key [0-9A-F]{4}-.*\n$/);
    const { json } = await ask(['history', 'Main', '--json', '--limit', '1']);
    assert.deepEqual([json.entries.length, json.more], [1, true]);
    assert.equal((await ask(['history', 'Main', '--limit', '0'])).code, 64);
    assert.equal((await ask(['history', 'Nobody'])).code, 3);
});
