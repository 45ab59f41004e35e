// `backfuture backtest` as a person or a script meets it: the worked examples, what it refuses and where, a sweep that is killed and goes on.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { BINARY, run, scratch } from './support.mjs';

const START = 1735689600000;
const HEADER = 'open_time_ms,open,high,low,close,volume\n';
const ladder = (pair, base, more = {}) => ({
    name: 'ladder', connection: 'Main', market: 'spot', pairs: [pair], directions: ['long'], risk_level: 'low', margin: { group_limit_pct: '100', connection_limit_pct: '100' },
    entry: { base_order: base }, add_on: { trigger: 'zone_only', max: 3 }, exit: { take_profit_pct: '5' }, fees: { maker_pct: '0.1', taker_pct: '0.1' }, ...more,
});
/** One flat candle a minute. */
const flat = (prices) => HEADER + prices.map((price, i) => `${START + i * 60000},${price},${price},${price},${price},1\n`).join('');
const instrument = { price_step: '0.01', quantity_step: '0.00000001', min_quantity: '0', min_notional: '5' };

/** Writes the files and gives the command's words. */
function words(folder, { settings, candles, signals, sweep, instrument: facts }, ...more) {
    const put = (name, text) => {
        const file = path.join(folder, name);
        fs.writeFileSync(file, text);
        return file;
    };
    const args = ['backtest', '--settings', put('settings.json', JSON.stringify(settings)), '--candles', put('candles.csv', candles)];
    if (facts) args.push('--instrument', put('instrument.json', JSON.stringify(facts)));
    if (signals) args.push('--signals', put('signals.jsonl', signals.map((one) => JSON.stringify(one)).join('\n')));
    if (sweep) args.push('--sweep', put('sweep.json', JSON.stringify(sweep)));
    return [...args, ...more];
}

test('the page\'s BTC ladder: averages, break-even, and 97,000 blocked twice over', async (context) => {
    const settings = ladder('BTC/USDT', '1000');
    const signal = (minute, kind = 'entry') => ({ strategy: 'ladder', pair: 'BTC/USDT', direction: 'long', kind, time: START + minute * 60000 });
    const { code, json } = await run(words(scratch(context), { settings, instrument, candles: flat([100000, 95000, 90000, 97000]), signals: [signal(0), signal(3)] }, '--equity', '100000', '--json'));
    assert.equal(code, 0);
    assert.equal(json.groups, 1);
    assert.equal(json.fills, 3);
    assert.deepEqual(json.blocked, { ADDON_OUT_OF_ZONE: 1 });
    const [group] = json.groups_detail;
    const cents = (text) => Number(text).toFixed(2);
    assert.deepEqual(group.fills.map((fill) => [fill.price, cents(fill.average), cents(fill.break_even)]),
        [['100000', '100000.00', '100200.20'], ['95000', '97435.90', '97630.96'], ['90000', '94824.40', '95014.24']]);
    assert.deepEqual(group.decisions.map((one) => one.outcome), ['OPENED', 'ADDED', 'ADDED', 'BLOCKED']);
    assert.deepEqual(group.decisions[3].failed, ['ADDON_OUT_OF_ZONE', 'ADDON_WORSENS_AVERAGE']);
    assert.match(group.decisions[3].sentence, /97000/);
    // A group that is open at the end counts as closed at the last price.
    assert.equal(json.realised_profit, '0');
    assert.equal(json.net_profit, json.open_profit);
    assert.ok(json.not_known.length > 3);
    assert.equal(json.equity.at(-1)[1], json.final_equity);
});

test('a mistyped setting is told, since its default holds instead', async (context) => {
    const settings = ladder('ETH/USDT', '300', { exit: { take_profit_pct: '5', trailling: true }, entries: {} });
    const { code, err, json } = await run(words(scratch(context), { settings, candles: flat([3000, 2850, 2700, 2900]) }, '--json'));
    assert.equal(code, 0);
    assert.equal(json.groups, 1);
    assert.match(err, /There is no setting "exit\.trailling": it was ignored/);
    assert.match(err, /There is no setting "entries"/);
});

test('in words: figures, why nothing was bought, and what a back-test can\'t know', async (context) => {
    const { code, out } = await run(words(scratch(context), { settings: ladder('ETH/USDT', '300'), candles: flat([3000, 2850, 2700, 2900]) }));
    assert.equal(code, 0);
    assert.match(out, /Net profit/);
    assert.match(out, /a group is opened at the close of each candle/);
    assert.match(out, /What a back-test can't know/);
});

test('what can\'t be read is refused with the file, the line and what is wrong', async (context) => {
    const folder = scratch(context);
    const good = { settings: ladder('ETH/USDT', '300'), candles: flat([3000, 2850]) };
    const refused = async (input, where, sentence, ...more) => {
        const { code, json, err } = await run(words(folder, { ...good, ...input }, '--json', ...more));
        assert.equal(code, 64, JSON.stringify(json));
        assert.match(json.where + ' ' + json.error, where);
        assert.match(json.error, sentence);
        assert.ok(err.length > 0);
    };
    await refused({ candles: HEADER + '60000,1,1,1,1,1\n120000,2,1,2,2,1\n' }, /candles\.csv:3/, /high/);
    await refused({ candles: HEADER + '120000,1,1,1,1,1\n60000,1,1,1,1,1\n' }, /candles\.csv:3/, /earlier|backwards/);
    await refused({ candles: HEADER + '60000,1,1,1,1,1\n120000,0,1,0,1,1\n' }, /candles\.csv:3/, /zero/);
    await refused({ candles: HEADER }, /candles\.csv/, /./);
    await refused({ candles: 'time;open\n1;2\n' }, /candles\.csv/, /./);
    await refused({ settings: { ...good.settings, exit: { take_profit_pct: 'much' } } }, /exit\.take_profit_pct/, /decimal/);
    await refused({ settings: { ...good.settings, add_on: { max: 99 } } }, /add_on\.max/, /10/);
    await refused({ signals: [{ strategy: 'ladder', pair: 'ETH/USDT', direction: 'long', kind: 'entry', time: START }, { strategy: 'ladder' }] }, /signals\.jsonl:2/, /time/);
    await refused({ instrument: { price_step: '0' } }, /instrument\.json/, /./);
    await refused({}, /--from/, /no candles/, '--from', String(START + 86400000));
    await refused({}, /--from/, /no candles/, '--from', '2035-01-01');
    await refused({}, /--from, --to/, /ends before it begins/, '--from', '2024-02-01', '--to', '2024-01-01');
    await refused({}, /--from/, /2025-01-15/, '--from', 'yesterday');
    await refused({}, /--equity/, /number/, '--equity', '-5');
    await refused({}, /--fill/, /conservative or touch/, '--fill', 'hopeful');
    await refused({ sweep: { 'exit.take_profit_pct': [] } }, /exit\.take_profit_pct/, /empty/);
    await refused({ sweep: { 'exit.take_profit_pct': { from: '0.0001', to: '0.9', step: '0.0001' }, 'add_on.zone_step_pct': { from: '0.01', to: '10', step: '0.01' } } }, /ranges/, /9,000,000 variants/);
});

test("files of an editor that marks UTF-8 and ends its lines the other way are read; a file's name is said once", async (context) => {
    const folder = scratch(context);
    const settings = ladder('ETH/USDT', '300');
    // Times that are no whole minute: a file written by hand.
    const candles = flat([3000, 2850, 2700, 2900]).replaceAll(/^\d+/gm, (time) => String(Number(time) + 20000));
    const args = words(folder, { settings, candles, instrument, signals: [{ strategy: 'ladder', pair: 'ETH/USDT', direction: 'long', kind: 'entry', time: START + 20000 }] }, '--json');
    const plain = await run(args);
    assert.equal(plain.code, 0, plain.err);
    for (const name of fs.readdirSync(folder)) {
        const file = path.join(folder, name);
        fs.writeFileSync(file, `\ufeff${fs.readFileSync(file, 'utf8').replaceAll('\n', '\r\n')}`);
    }
    const marked = await run(args);
    assert.equal(marked.code, 0, marked.err);
    assert.deepEqual(marked.json.fills, plain.json.fills);
    assert.equal(marked.json.net_profit, plain.json.net_profit);

    const zip = path.join(folder, 'cut.zip');
    fs.writeFileSync(zip, 'PK\x03\x04 and nothing');
    const { code, err } = await run(['backtest', '--settings', args[2], '--candles', zip]);
    assert.equal(code, 64);
    assert.ok(err.startsWith(`${zip} is a damaged zip`), err);
    assert.equal(err.split('cut.zip').length, 2, err);
});

test('what is wrong in settings and ranges that somebody wrote is told with its line', async (context) => {
    const folder = scratch(context);
    const good = { settings: ladder('ETH/USDT', '300'), candles: flat([3000, 2850]), sweep: { 'exit.take_profit_pct': ['1', '2'] } };
    const names = { '--settings': 'settings.json', '--sweep': 'sweep.json' };
    const refused = async (option, text, line, sentence) => {
        const args = words(folder, good, '--json');
        fs.writeFileSync(path.join(folder, names[option]), text);
        const { code, json } = await run(args);
        assert.deepEqual([code, json.where.replace(/^.*\//, '')], [64, `${names[option]}:${line}`]);
        assert.match(json.error, sentence);
    };
    await refused('--settings', '{\n  "name": "x",\n}', '3', /no JSON/);
    const many = JSON.stringify({ ...good.settings, add_on: { max: 99 } }, null, 1), line = many.slice(0, many.indexOf('"max": 99')).split('\n').length;
    await refused('--settings', many, `${line}: add_on.max`, /10/);
    await refused('--sweep', '{"ranges": {\n  "exit.take_profit_pct": ["1" "2"]}}', '2', /no JSON/);
    await refused('--sweep', '{"ranges": {\n  "add_on.max": [1, 2],\n  "exit.take_profit_pct": []}}', '3: exit.take_profit_pct', /empty/);
    await refused('--sweep', '{\n"ranges": {\n  "exit.take_profit_pct": {"from": "1", "to": "2",\n  "step": "0"}}}', '4: exit.take_profit_pct.step', /above 0/);
    await refused('--sweep', '{\n"ranges": {"exit.take_profit_pct": {"from": "0.01", "to": "90", "step": "0.01"}, "add_on.zone_step_pct": {"from": "0.01", "to": "10", "step": "0.01"}}}', '2: ranges', /9,000,000 variants/);
});

test('who has neither strategy nor candles tries the examples', { timeout: 120000 }, async (context) => {
    const folder = scratch(context), data = path.join(folder, 'data');
    const file = (name, text) => { fs.writeFileSync(path.join(folder, name), text); return path.join(folder, name); };
    const said = async (...args) => {
        const { code, out, err } = await run(args, '', { timeout: 60000 });
        assert.equal(code, 0, err);
        return out;
    };
    await said('candles', 'sample', '--data', data);
    const settings = file('example.json', await said('strategies', 'sample')), ranges = file('ranges.json', await said('strategies', 'sample', '--ranges'));
    const backtest = ['backtest', '--settings', settings, '--set', 'example-spot-ETH-USDT-1m', '--data', data];
    const report = JSON.parse(await said(...backtest, '--json'));
    // It shows what there is to see: the ladder, Recovery Mode, refusals by several reasons, and nothing that could not be switched on.
    assert.ok(report.groups > 50 && report.recovery_groups > 0 && Object.keys(report.blocked).length > 1, JSON.stringify([report.groups, report.recovery_groups, report.blocked]));
    assert.ok(report.groups_detail.some((group) => group.add_ons > 2));
    assert.ok(!report.notes.some(({ text }) => /could not be switched on/.test(text)), JSON.stringify(report.notes));
    for (const group of report.groups_detail) {
        assert.equal(group.zones.length, 5);
        assert.ok(group.zones.every((zone, i) => Number(zone.from) > Number(zone.to) && (i === 0 || zone.from === group.zones[i - 1].to)), JSON.stringify(group.zones));
        assert.equal(group.zones.filter((zone) => zone.used).length, Math.max(0, ...group.fills.map((fill) => fill.zone ?? 0)));
    }
    const swept = JSON.parse(await said(...backtest, '--sweep', ranges, '--json'));
    assert.deepEqual([swept.tried, swept.walk_forward.length], [42, 4]);
});

test('recorded funding is paid as it was; a bad file is refused with its line', async (context) => {
    const folder = scratch(context);
    const settings = { ...ladder('ETH/USDT:USDT', '60'), market: 'futures', add_on: { trigger: 'off' }, futures: { leverage: 5, min_liq_distance_pct: '0' }, fees: { maker_pct: '0', taker_pct: '0' } };
    const hourly = HEADER + Array.from({ length: 30 }, (_, i) => `${START + i * 3600000},3000,3000,3000,3000,1\n`).join('');
    const file = path.join(folder, 'funding.csv');
    const tried = (text, ...more) => {
        fs.writeFileSync(file, text);
        return run(words(folder, { settings, candles: hourly, instrument }, '--funding', file, '--json', ...more));
    };
    const rows = [[8, '0.0001'], [16, '-0.0003'], [24, '0.00005']].map(([hour, rate]) => `${START + hour * 3600000},${rate}\n`).join('');
    const paid = await tried('time,rate\n' + rows);
    // 0.1 at 3,000: -0.03, +0.09, -0.015.
    assert.deepEqual([paid.code, paid.json.funding, paid.json.net_profit], [0, '0.045', '0.045']);
    const refused = async (text, where, sentence, ...more) => {
        const { code, json, err } = await tried(text, ...more);
        assert.equal(code, 64, JSON.stringify(json));
        assert.match(json.where, where);
        assert.match(json.error, sentence);
        assert.ok(err.length > 0);
    };
    await refused('time,rate\n' + rows + '1,0.0001\n', /funding\.csv:5$/, /not after/);
    await refused('rate,time\n' + rows, /funding\.csv:1$/, /header/);
    await refused('time,rate\n1,0.0001\n', /funding\.csv$/, /outside the period/);
    await refused('time,rate\n' + rows, /--funding/, /not both/, '--funding-rate-pct', '0.01');
    const spot = await run(words(folder, { settings: ladder('ETH/USDT', '300'), candles: hourly }, '--funding', file, '--json'));
    assert.deepEqual([spot.code, spot.json.where], [64, '--funding']);
    assert.match(spot.json.error, /futures only/);
});

/** A market that goes up and down for a while. */
function waves(count) {
    let text = HEADER, price = 3000, seed = 7;
    for (let i = 0; i < count; ++i) {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        const next = Math.max(1000, Math.round(price * (1 + (seed / 2147483648 - 0.5) * 0.004) + (3000 - price) * 0.002));
        text += `${START + i * 60000},${price},${Math.max(price, next) + 2},${Math.min(price, next) - 2},${next},1\n`;
        price = next;
    }
    return text;
}

test('a sweep that is killed goes on from its rows and comes to the same', async (context) => {
    const folder = scratch(context);
    const sweep = { ranges: { 'exit.take_profit_pct': { from: '0.2', to: '2', step: '0.05' }, 'add_on.zone_step_pct': { from: '0.5', to: '5', step: '0.25' } }, walk_forward: { pieces: 3 } };
    const input = { settings: ladder('ETH/USDT', '300', { add_on: { trigger: 'zone_only', max: 3, cooldown_s: 0 } }), candles: waves(40000), sweep };
    const results = path.join(folder, 'rows.jsonl');
    const args = words(folder, input, '--results', results, '--threads', '1', '--json');
    const child = spawn(BINARY, args, { stdio: 'ignore' });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    const lines = () => (fs.existsSync(results) ? fs.readFileSync(results, 'utf8').split('\n').length - 1 : 0);
    while (lines() < 20 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill('SIGKILL');
    await gone;
    const kept = lines() - 1;
    assert.ok(kept >= 19);
    // Half a line, as a crash of the machine could leave it.
    fs.appendFileSync(results, '{"variant":5,"val');
    const { code, json, err } = await run(args, '', { timeout: 120000 });
    assert.equal(code, 0, err);
    assert.match(err, /done before/);
    const { json: fresh } = await run(words(folder, input, '--json', '--threads', '4'), '', { timeout: 120000 });
    assert.equal(json.tried, 37 * 19);
    assert.deepEqual(json, fresh);
    assert.equal(json.walk_forward.length, 2);
    assert.ok(json.front.length > 0);
    // Another sweep's rows are not mixed in.
    const other = await run(words(folder, { ...input, sweep: { 'exit.take_profit_pct': ['1'] } }, '--results', results, '--json'));
    assert.equal(other.code, 64);
    assert.match(other.json.error, /another sweep/);
});
