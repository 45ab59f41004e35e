// The guide explains every reason the program knows and no other; the document names the same ones; its links and pictures are there.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');
const guide = fs.readdirSync(path.join(root, 'docs/guide')).filter((name) => name.endsWith('.md'));
const reasons = [...read('src/trading/reason.cpp').matchAll(/\{Code::\w+, "([A-Z_]+)", \d, k(Wait|Block|None)/g)].map(([, code, stop]) => ({ code, stop }));
const explained = [...read('docs/guide/reasons.md').matchAll(/^\| ([A-Z_]+) \| (\w+) \| (.+?) \| (.+?) \|$/gm)].map(([, code, outcome, means, remedy]) => ({ code, outcome, means, remedy }));

test('each reason of the program is explained once, and no other', () => {
    assert.ok(reasons.length > 60, `${reasons.length} reasons found`);
    assert.deepEqual(explained.map(({ code }) => code).sort(), reasons.map(({ code }) => code).sort());
    for (const { code, means, remedy } of explained) assert.ok(means.length > 10 && remedy.length > 5, code);
});

test('what waits is said to wait', () => {
    for (const { code, stop } of reasons) assert.equal(explained.find((one) => one.code === code).outcome === 'waits', stop === 'Wait', code);
});

test('the OpenAPI document names the same reasons', () => {
    const { enum: named } = JSON.parse(read('docs/reference/openapi.json')).components.schemas.ReasonCode;
    assert.deepEqual([...named].sort(), reasons.map(({ code }) => code).sort());
});

test('the dashboard names each check, in both languages', () => {
    const checks = [...read('src/trading/reason.cpp').matchAll(/"([A-Z_]+)", ([1-4]), k/g)].map(([, code]) => code);
    for (const language of ['en', 'nl']) {
        const texts = read(`web/src/messages/trading.${language}.ts`);
        for (const code of checks) assert.ok(texts.includes(`'check.${code}'`), `${language}: ${code}`);
    }
});

test('the guide promises no profit, and what it links to is there', () => {
    for (const name of guide) {
        const text = read(`docs/guide/${name}`);
        assert.doesNotMatch(text, /guarantee|risk.free|passive income|sure profit|always win/i, name);
        for (const [, target] of text.matchAll(/\]\(([^)#:]+?)(?:#[^)]*)?\)/g)) assert.ok(fs.existsSync(path.join(root, 'docs/guide', target)), `${name} links to ${target}`);
    }
});
