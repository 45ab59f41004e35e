// The deliberate bugs follow the code: each can still be put into it, and the test that must catch it is there. Whether it does is run.mjs's to
// find out, which takes hours.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BUGS as TRADING } from './bugs.mjs';
import { SIGNER_BUGS } from './signer_bugs.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file) => (fs.existsSync(path.join(ROOT, file)) ? fs.readFileSync(path.join(ROOT, file), 'utf8') : '');

test('each stands for a place that is there once', () => {
    const times = (file, find) => read(file).split(find).length - 1;
    const stale = [...TRADING, ...SIGNER_BUGS].flatMap(({ name, edits }) =>
        edits.filter(([file, find]) => times(file, find) !== 1).map(([file, find]) => `${name}: "${find}" stands ${times(file, find)} times in ${file}`));
    assert.deepEqual(stale, []);
});

test('each that names its test names one that is there', () => {
    const heads = ['-rhoE', '--include=*_test.cpp', '^TEST_CASE\\("([^"\\\\]|\\\\.)*"', path.join(ROOT, 'src'), path.join(ROOT, 'tests')];
    const lines = execFileSync('grep', heads, { encoding: 'utf8', maxBuffer: 1 << 26 });
    const cases = lines.split('\n').map((line) => line.slice('TEST_CASE("'.length, -1).replaceAll('\\"', '"'));
    // As doctest reads it: a star is anything.
    const pattern = (name) => new RegExp(`^${name.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`);
    const isThere = ({ script, name }) => (script ? read(`tests/${script}`).replaceAll("\\'", "'").includes(name) : cases.some((one) => pattern(name).test(one)));
    assert.deepEqual(SIGNER_BUGS.filter(({ by }) => by && !isThere(by)).map(({ name, by }) => `${name}: ${by.name}`), []);
});
