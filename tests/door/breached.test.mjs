// `serve --breached-passwords`: a list of leaked passwords on the disk, and every place where a password is set.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { run, scratch, serve } from './support.mjs';

const LEAKED = 'four grey herons waited', GOOD = 'nine slow barges turned', SENTENCE = /^That password is in a list of those that leaked from other services/;
const line = (password) => `${createHash('sha1').update(password).digest('hex').toUpperCase()}:3`;

test('no account gets a password that leaked, wherever it is set', { timeout: 60_000 }, async (context) => {
    const data = scratch(context), list = path.join(data, 'pwned.txt');
    fs.writeFileSync(list, [LEAKED, ...Array.from({ length: 500 }, (_, i) => `other ${i}`)].map(line).sort().join('\r\n'));
    const ready = await serve(context, data, ['--breached-passwords', list]).ready;
    const send = (where, body, headers = {}) => fetch(`${ready.url}/api/v1/${where}`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) });

    const refused = await send('set-up', { code: ready.set_up_code, password: LEAKED });
    assert.equal(refused.status, 422);
    const problem = await refused.json();
    assert.deepEqual([problem.code, problem.field], ['password_breached', 'password']);
    assert.match(problem.detail, SENTENCE);
    const entered = await send('set-up', { code: ready.set_up_code, password: GOOD });
    assert.ok(entered.ok, `${entered.status}`);

    const accounts = (args, password) => run(['accounts', ...args, '--data', data, '--json'], `${password}\n`);
    for (const args of [['add', 'vera', '--role', 'viewer'], ['reset-password', 'owner']]) {
        const told = await accounts(args, LEAKED);
        assert.equal(told.code, 64, told.err);
        assert.match(told.err, SENTENCE);
    }
    const added = await accounts(['add', 'vera', '--role', 'viewer'], 'seven late ferries hummed');
    assert.equal(added.code, 0, added.err);
});

test('a list that is none, or not sorted, ends the start with a sentence', { timeout: 60_000 }, async (context) => {
    const data = scratch(context), list = path.join(data, 'pwned.txt');
    const start = async () => {
        const server = serve(context, data, ['--breached-passwords', list]);
        const { code } = await server.ended;
        await server.gone;
        return [code, server.err];
    };
    for (const [bytes, sentence] of [
        [undefined, /pwned\.txt can't be read: No such file or directory\. Name a file that the user BackFuture runs as may read/],
        ['8846F7EAEE8FB117AD06BDD830B7586C:1\n', /pwned\.txt holds NTLM hashes\. Take the list of SHA-1 hashes\./],
        [[LEAKED, 'a', 'b', 'c'].map(line).sort().reverse().join('\n'), /pwned\.txt is not sorted by hash \(at byte \d+\)\. Take the list ordered by hash/],
    ]) {
        if (bytes !== undefined) fs.writeFileSync(list, bytes);
        const [code, err] = await start();
        assert.equal(code, 64, err);
        assert.match(err, sentence);
    }
});
