// `backfuture explain` as a person or a script meets it: from a file, from standard input, in words and as JSON, and what it refuses.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const BINARY = process.env.BF_BINARY ?? fileURLToPath(new URL('../../build/release/backfuture', import.meta.url));
const NOW = 1765432100000;

const settings = { name: 'eth', connection: 'Main', market: 'spot', pairs: ['ETH/USDT'], directions: ['long'], risk_level: 'low', margin: { group_limit: '5000' }, entry: { base_order: '300' } };
const fill = (price, ago) => ({ price, quantity: '0.1', fee: { asset: 'USDT', amount: String(Number(price) / 10000) }, at: NOW - ago });
const scene = (price, group, more = {}) => ({
    settings, instrument: { price_step: '0.01', quantity_step: '0.0001', min_quantity: '0.0001', min_notional: '5', contract_size: '1' },
    connection: { status: 'connected', claims: { read: 'yes', spot_trade: 'yes', futures_trade: 'no', withdraw: 'no', transfer: 'no' }, tested_at: NOW - 60000 },
    balances: { USDT: { free: '100000', locked: '0' } }, group,
    market: { bid: String(price - 0.1), ask: String(price), last: String(price), mark: String(price), at: NOW - 500 },
    signal: { strategy: 'eth', pair: 'ETH/USDT', direction: 'long', kind: 'entry', time: NOW - 1000 }, now: NOW, ...more,
});
const held = (prices, more = {}) => ({
    state: 'ACTIVE', direction: 'long', add_ons: prices.length - 1, zones_used: prices.slice(1).map((_, i) => i + 1), recovery_add_ons: 0, funding: '0',
    fills: prices.map((price, i) => fill(price, 9e6 - i * 1e6)), ...more,
});

function explain(input, ...flags) {
    const { status, stdout, stderr } = spawnSync(BINARY, ['explain', '--case', '-', ...flags], { input: typeof input === 'string' ? input : JSON.stringify(input), encoding: 'utf8' });
    return { status, stdout, stderr };
}
function json(input) {
    const { status, stdout } = explain(input, '--json');
    assert.equal(status, 0);
    return JSON.parse(stdout);
}

test('the whole walk: open at 3,000, add at 2,850 and 2,700, be blocked at 2,900', () => {
    const opened = json(scene(3000, null));
    assert.equal(opened.outcome, 'OPENED');
    assert.deepEqual(opened.failed, []);
    assert.equal(opened.primary, null);
    assert.equal(opened.group, null);
    assert.deepEqual([opened.order.side, opened.order.type, opened.order.quantity], ['buy', 'limit', '0.1']);
    assert.equal(opened.after.exit_price, '3036.04');
    assert.equal(json(scene(2850, held(['3000']))).outcome, 'ADDED');
    assert.equal(json(scene(2700, held(['3000', '2850']))).outcome, 'ADDED');
    const blocked = json(scene(2900, held(['3000', '2850', '2700'])));
    assert.equal(blocked.outcome, 'BLOCKED');
    assert.deepEqual(blocked.failed, ['ADDON_OUT_OF_ZONE', 'ADDON_WORSENS_AVERAGE']);
    assert.equal(blocked.order, null);
    assert.match(blocked.sentence, /^Blocked: 2900 is in no add-on zone of ETH\/USDT/);
});

test('every verdict has its stage, a known result, and text for figures', () => {
    for (const verdict of json(scene(2850, held(['3000']))).verdicts) {
        assert.ok([1, 2, 3, 4].includes(verdict.stage));
        assert.ok(['pass', 'fail', 'unknown'].includes(verdict.result));
        for (const figure of [verdict.actual, verdict.limit]) assert.equal(typeof figure, 'string', verdict.code);
    }
});

test('a case of an editor that marks UTF-8 and ends its lines the other way is read', () => {
    const marked = explain(`\ufeff${JSON.stringify(scene(3000, null), null, 1).replaceAll('\n', '\r\n')}`, '--json');
    assert.equal(marked.status, 0, marked.stderr);
    assert.equal(JSON.parse(marked.stdout).outcome, 'OPENED');
});

test('without --json it says the same in words', () => {
    const { status, stdout } = explain(scene(2900, held(['3000', '2850', '2700'])));
    assert.equal(status, 0);
    assert.match(stdout, /^Blocked: /);
    assert.match(stdout, /ADDON_WORSENS_AVERAGE/);
});

test('a file is read as standard input is', () => {
    const file = path.join(fs.mkdtempSync(path.join(tmpdir(), 'explain-')), 'case.json');
    fs.writeFileSync(file, JSON.stringify(scene(3000, null)));
    const { status, stdout } = spawnSync(BINARY, ['explain', '--case', file, '--json'], { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.equal(JSON.parse(stdout).outcome, 'OPENED');
});

test('what can\'t be read ends with 64 and names the member', () => {
    const rows = [
        ['not json', ''], ['', ''], ['[]', ''], [scene(3000, null, { now: undefined }), 'now'],
        [scene(3000, null, { settings: { ...settings, add_on: { max: 'three' } } }), 'settings.add_on.max'],
        [scene(2850, held(['3000'], { fills: [{ ...fill('3000', 1), price: '-1' }] })), 'group.fills[0].price'],
        [scene(3000, null, { connection: { status: 'fine' } }), 'connection.status'],
    ];
    for (const [input, where] of rows) {
        const { status, stdout } = explain(input, '--json');
        assert.equal(status, 64, where);
        const answer = JSON.parse(stdout);
        assert.equal(answer.where, where);
        assert.ok(answer.error.length > 0);
    }
    assert.equal(spawnSync(BINARY, ['explain', '--case', '/nonexistent', '--json']).status, 64);
    assert.equal(spawnSync(BINARY, ['explain', '--json']).status, 64);
});
