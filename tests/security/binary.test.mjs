// The armour that compiler and linker give: looked for in the binary, and where a binary does not show it, in the compiler's own orders.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILD = process.env.BF_BUILD ?? fileURLToPath(new URL('../../build/release', import.meta.url));
const BINARY = path.join(BUILD, 'backfuture');
const read = (...flags) => execFileSync('readelf', ['-W', ...flags, BINARY], { encoding: 'utf8', maxBuffer: 1 << 28 });

test('the binary is position-independent, its tables are read-only, its stack is no code', () => {
    assert.match(read('-h'), /Type:\s+DYN \(Position-Independent Executable file\)/);
    const dynamic = read('-d');
    assert.match(dynamic, /FLAGS_1\)\s+Flags:.*NOW.*PIE|FLAGS_1\)\s+Flags:.*PIE.*NOW/);
    assert.match(dynamic, /BIND_NOW/);
    assert.doesNotMatch(dynamic, /RPATH|RUNPATH|TEXTREL/);
    const segments = read('-l');
    assert.match(segments, /GNU_RELRO/);
    assert.match(segments, /GNU_STACK\s+\S+\s+\S+\s+\S+\s+\S+\s+\S+\s+RW\s/);
    for (const line of segments.split('\n')) if (/^\s+LOAD/.test(line)) assert.doesNotMatch(line, /\sRWE\s/, 'memory that is written and run');
});

test('stacks are guarded, copies are checked, landing places are marked', () => {
    const symbols = read('-s');
    assert.match(symbols, /__stack_chk_fail/);
    assert.ok(new Set(symbols.match(/__\w+_chk\b/g)).size >= 3, 'no checked copies');
    if (process.arch === 'x64') {
        // Each function that can be called through a pointer begins with endbr64.
        const [, address, offset] = /\.text\s+PROGBITS\s+([0-9a-f]+)\s+([0-9a-f]+)/.exec(read('-S')).map((one) => parseInt(one, 16));
        const bytes = fs.readFileSync(BINARY);
        const functions = symbols.split('\n').map((line) => /:\s+([0-9a-f]+)\s+(\d+)\s+FUNC\s+(?:GLOBAL|WEAK)\s+DEFAULT\s+\d+\s+(_ZN2bf\S+|main)$/.exec(line)).filter((match) => match && Number(match[2]) > 0);
        assert.ok(functions.length > 1000, `${functions.length} functions`);
        const unmarked = functions.filter(([, at]) => bytes.readUInt32LE(parseInt(at, 16) - address + offset) !== 0xfa1e0ff3);
        assert.deepEqual(unmarked.map(([, , , name]) => name).slice(0, 5), []);
    }
});

test('every source was compiled with all of it', () => {
    const orders = JSON.parse(fs.readFileSync(path.join(BUILD, 'compile_commands.json'), 'utf8')).filter(({ file }) => /\/src\/.*\.cpp$/.test(file) && !file.includes('/generated/') && !file.includes('/build/'));
    assert.ok(orders.length > 200, `${orders.length} sources`);
    const wanted = ['-D_FORTIFY_SOURCE=3', '-fstack-protector-strong', '-fstack-clash-protection', ...(process.arch === 'x64' ? ['-fcf-protection=full'] : []), '-O3'];
    for (const { file, command } of orders) for (const flag of wanted) assert.ok(command.includes(` ${flag} `), `${path.basename(file)}: ${flag}`);
});
