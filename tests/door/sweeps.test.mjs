// Sweeps of a running server: counted before they start, rows while they run, stopped, killed with the engine and gone on with, and the same in
// the end as on the command line.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { run, scratch, serve, until } from './support.mjs';

const START = Date.UTC(2024, 0, 1), PASSWORD = 'six brown otters listened', SET = 'binance-spot-ETH-USDT-1m';
const settings = {
    name: 'ladder', connection: 'Main', market: 'spot', pairs: ['ETH/USDT'], directions: ['long'], risk_level: 'low', margin: { group_limit_pct: '100', connection_limit_pct: '100' },
    entry: { base_order: '300' }, add_on: { trigger: 'zone_only', max: 3, cooldown_s: 0 }, exit: { take_profit_pct: '5' }, fees: { maker_pct: '0.1', taker_pct: '0.1' },
};

/** A market that goes up and down for a while. */
function waves(count) {
    let text = 'open_time_ms,open,high,low,close,volume\n', price = 3000, seed = 7;
    for (let i = 0; i < count; ++i) {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        const next = Math.max(1000, Math.round(price * (1 + (seed / 2147483648 - 0.5) * 0.004) + (3000 - price) * 0.002));
        text += `${START + i * 60000},${price},${Math.max(price, next) + 2},${Math.min(price, next) - 2},${next},1\n`;
        price = next;
    }
    return text;
}

/** A server with these candles, and how to ask it. */
async function desk(context, count) {
    const folder = scratch(context), data = path.join(folder, 'data'), csv = path.join(folder, 'waves.csv');
    fs.writeFileSync(csv, waves(count));
    const bring = async (file) => {
        const brought = await run(['candles', 'import', file, '--exchange', 'binance', '--market', 'spot', '--pair', 'ETH/USDT', '--data', data]);
        assert.equal(brought.code, 0, brought.err);
    };
    await bring(csv);
    let server, origin, headers = { 'Content-Type': 'application/json' };
    const send = async (method, route, body, more = {}) => {
        const reply = await fetch(`${origin}/api/v1${route}`, { method, headers: { ...headers, ...more }, body: method === 'GET' ? undefined : JSON.stringify(body ?? {}) });
        const text = await reply.text();
        return { status: reply.status, cookie: reply.headers.get('set-cookie')?.split(';')[0], json: text === '' ? undefined : JSON.parse(text) };
    };
    const expects = async (status, ...words) => {
        const answer = await send(...words);
        assert.equal(answer.status, status, `${words.slice(0, 2).join(' ')}: ${JSON.stringify(answer.json)}`);
        return answer.json;
    };
    const start = async () => {
        server = serve(context, data);
        const ready = await server.ready;
        origin = ready.url;
        headers = { 'Content-Type': 'application/json' };
        const entered = ready.set_up_code ? await send('POST', '/set-up', { code: ready.set_up_code, password: PASSWORD }) : await send('POST', '/sign-in', { password: PASSWORD });
        assert.equal(entered.status, 204, JSON.stringify(entered.json));
        headers.Cookie = entered.cookie;
        headers['X-BF-Token'] = (await expects(200, 'GET', '/request-token')).token;
    };
    await start();
    const one = async (id) => (await expects(200, 'GET', '/sweeps')).sweeps.find((sweep) => sweep.id === id);
    const becomes = async (id, state, holds = () => true, patience = 120) => {
        let found;
        await until(`${id} ${state}`, async () => (found = await one(id))?.state === state && holds(found), patience).catch((error) => assert.fail(`${error.message}: ${JSON.stringify(found)}`));
        return found;
    };
    return { folder, data, csv, bring, expects, becomes, start, server: () => server };
}

const ranges = (steps) => ({ 'exit.take_profit_pct': { from: '0.2', to: '2', step: steps }, 'add_on.zone_step_pct': { from: '0.5', to: '5', step: '0.25' } });
const asked = (sweep, more = {}) => ({ settings, candles: SET, sweep, ...more });

test('how many it would be, and what is refused before it starts', async (context) => {
    const { expects } = await desk(context, 5000);
    const counted = await expects(200, 'POST', '/sweeps/count', asked({ ranges: ranges('0.05'), walk_forward: { pieces: 3 } }, { from: START, to: START + 1000 * 60000 }));
    assert.deepEqual(counted, { variants: 37 * 19, grid: String(37 * 19), ranges: [{ path: 'exit.take_profit_pct', values: 37 }, { path: 'add_on.zone_step_pct', values: 19 }], candles: 1000, pieces: 3, funding_told: null });
    const random = await expects(200, 'POST', '/sweeps/count', asked({ ranges: ranges('0.05'), search: 'random', variants: 50 }));
    assert.deepEqual([random.variants, random.grid], [50, '703']);
    const refused = async (sweep, field, sentence, more = {}) => {
        for (const route of ['/sweeps/count', '/sweeps']) {
            const { field: named, detail } = await expects(422, 'POST', route, asked(sweep, more));
            assert.equal(named, field, detail);
            assert.match(detail, sentence);
        }
    };
    const profit = (range) => ({ ranges: { 'exit.take_profit_pct': range } });
    await refused(undefined, 'sweep', /must be an object/);
    await refused({ ranges: {} }, 'ranges', /empty: there is nothing to vary/);
    await refused(profit([]), 'exit.take_profit_pct', /is empty: it names no value/);
    await refused(profit({ from: '2', to: '1', step: '1' }), 'exit.take_profit_pct', /is empty: it goes from 2 to 1/);
    await refused(profit({ from: '1', to: '2', step: '0' }), 'exit.take_profit_pct.step', /must be above 0, or the range never ends/);
    await refused(profit({ from: '0.001', to: '200', step: '0.001' }), 'exit.take_profit_pct', /more than 10,000 values/);
    await refused({ ranges: { 'exit.take_profit_pct': { from: '0.0001', to: '0.9', step: '0.0001' }, 'add_on.zone_step_pct': { from: '0.01', to: '10', step: '0.01' } } }, 'ranges', /9,000,000 variants; at most 200,000/);
    await refused(profit(['much']), 'exit.take_profit_pct', /decimal/);
    await refused({ ranges: { 'exit.profit': ['1'] } }, 'exit.profit', /is no setting of a strategy/);
    await refused({ ranges: { pairs: ['1'] } }, 'pairs', /another strategy/);
    await refused({ ranges: { ...ranges('0.001'), 'add_on.max': [2, 3] }, walk_forward: { pieces: 50 } }, 'walk_forward.pieces', /68,438 variants on 50 pieces each are more than a server keeps/);
    await refused({ ranges: ranges('0.05'), walk_forward: { pieces: 1 } }, 'walk_forward.pieces', /2 to 50/);
    await refused({ ranges: ranges('0.05') }, 'from', /no candles in this period/, { from: 1, to: 2 });
    await refused({ ranges: ranges('0.05') }, 'candles', /./, { candles: 'nothing' });
    assert.deepEqual((await expects(200, 'GET', '/sweeps')).sweeps, []);
});

test('rows while it runs, a stop, an engine that dies, a server that is started again: nothing is lost and nothing done twice', { timeout: 280_000 }, async (context) => {
    const { folder, data, csv, bring, expects, becomes, start, server } = await desk(context, 80000);
    const sweep = { ranges: ranges('0.01'), walk_forward: { pieces: 4 } };
    const { id, variants, state } = await expects(201, 'POST', '/sweeps', asked(sweep));
    assert.equal(variants, 181 * 19);
    assert.equal(state, 'waiting');
    await expects(409, 'POST', `/sweeps/${id}/resume`);
    const kept = () => fs.readFileSync(path.join(data, 'sweeps', `${id}.rows`), 'utf8').split('\n').length - 2;

    // Rows come while it runs, and nobody waits for it.
    const before = await becomes(id, 'running', ({ tried }) => tried > 20);
    const QUESTIONS = 20;
    for (let i = 0; i < QUESTIONS; ++i) await expects(200, 'GET', '/mode');
    // Held against the sweep's own pace, as a busy machine slows both down: whoever had to wait for it would see a good part of it go by.
    const meanwhile = (await becomes(id, 'running')).tried - before.tried;
    context.diagnostic(`${meanwhile} of ${variants} variants were tried while ${QUESTIONS} questions were answered`);
    assert.ok(meanwhile < variants / 8, `${meanwhile} of ${variants} variants were tried before ${QUESTIONS} questions were answered`);
    const early = await expects(200, 'GET', `/sweeps/${id}/rows?limit=1000`);
    assert.ok(early.total > 20 && early.total < variants, `${early.total} rows`);

    // Another one waits, and can be told not to.
    const other = await expects(201, 'POST', '/sweeps', asked({ ranges: ranges('0.2') }));
    assert.equal((await becomes(other.id, 'waiting')).tried, 0);
    await expects(200, 'POST', `/sweeps/${other.id}/stop`);
    await becomes(other.id, 'stopped');

    await expects(200, 'POST', `/sweeps/${id}/stop`);
    const stopped = await becomes(id, 'stopped');
    assert.ok(stopped.tried >= early.total && stopped.tried < variants, `${stopped.tried} rows`);
    assert.equal(kept(), stopped.tried);

    // What an engine that dies has written is there afterwards; candles that came meanwhile are none of its period.
    const later = path.join(folder, 'later.csv');
    fs.writeFileSync(later, [80010, 80011].map((i) => `${START + i * 60000},3000,3001,2999,3000,1\n`).join(''));
    await bring(later);
    await expects(200, 'POST', `/sweeps/${id}/resume`);
    await becomes(id, 'running', ({ tried }) => tried > stopped.tried + 20);
    process.kill(server().children()['bf-engine'], 'SIGKILL');
    const written = kept();
    assert.ok(written > stopped.tried && written < variants, `${written} rows when it died`);
    await until('the engine', async () => (await fetch(`${(await server().ready).url}/healthz`).catch(() => undefined)) !== undefined && server().children()['bf-engine'] !== undefined, 30);
    let found;
    await until('the sweep again', async () => {
        try {
            found = await expects(200, 'GET', `/sweeps/${id}`);
            return true;
        } catch {
            return false;
        }
    }, 30);
    // It goes on by itself.
    assert.match(found.state, /^(waiting|running)$/);
    assert.ok(found.tried >= written - 1, `${found.tried} of ${written} rows`);
    await becomes(id, 'running', ({ tried }) => tried > found.tried + 20);

    // The whole server stops while it runs; the one that was stopped by a person stays so.
    assert.equal((await server().stop()).code, 0);
    const whole = kept();
    assert.ok(whole < variants, 'it was still running');
    await start();
    assert.equal((await expects(200, 'GET', `/sweeps/${other.id}`)).state, 'stopped');
    assert.ok((await expects(200, 'GET', `/sweeps/${id}`)).tried >= whole);
    await becomes(id, 'running', ({ tried }) => tried > whole);

    // What ends the program before it gets further is not begun again and again.
    assert.equal((await server().stop()).code, 0);
    const file = path.join(data, 'sweeps', `${id}.json`), about = JSON.parse(fs.readFileSync(file, 'utf8'));
    assert.equal(about.state, 'running');
    fs.writeFileSync(file, JSON.stringify({ ...about, went_on: kept() }));
    await start();
    const halted = await expects(200, 'GET', `/sweeps/${id}`);
    assert.equal(halted.state, 'stopped');
    assert.match(halted.problem, /got no further/);
    assert.match((await expects(200, 'GET', `/sweeps/${id}?lang=nl`)).problem, /kwam voor de volgende niet verder/);
    assert.match((await expects(200, 'GET', '/sweeps?lang=nl')).sweeps.find((one) => one.id === id).problem, /kwam voor de volgende niet verder/);
    await expects(200, 'POST', `/sweeps/${id}/resume`);
    await becomes(id, 'done');
    assert.equal((await expects(409, 'POST', `/sweeps/${id}/resume`)).code, 'done');
    assert.equal(kept(), variants);

    // It comes to what the command line comes to in one go.
    const report = await expects(200, 'GET', `/sweeps/${id}`);
    const write = (name, value) => {
        fs.writeFileSync(path.join(folder, name), JSON.stringify(value));
        return path.join(folder, name);
    };
    const { code, json, err } = await run(['backtest', '--settings', write('settings.json', settings), '--candles', csv, '--sweep', write('sweep.json', sweep), '--json'],
        '', { timeout: 120_000, maxBuffer: 1 << 28 });
    assert.equal(code, 0, err);
    const rows = [];
    for (let offset = 0; offset < variants; offset += 1000) rows.push(...(await expects(200, 'GET', `/sweeps/${id}/rows?offset=${offset}&limit=1000`)).rows);
    assert.deepEqual(rows, json.rows);
    assert.deepEqual(report.front.map(({ variant }) => variant), json.front);
    assert.deepEqual(report.walk_forward, json.walk_forward);
    assert.deepEqual([report.tried, report.out_of_range, report.walk_forward.length], [variants, 0, 3]);
    assert.equal(report.spread.best, rows[0].net_profit);
    assert.equal(report.spread.losing, rows.filter(({ net_profit }) => net_profit.startsWith('-')).length);
});

test('the table sorted, the map, one variant as a back-test, and gone when it is removed', { timeout: 120_000 }, async (context) => {
    const { data, expects, becomes, start, server } = await desk(context, 20000);
    const sweep = { ranges: { 'exit.take_profit_pct': ['2', '0.5', '1'], 'add_on.zone_step_pct': ['1', '2', '40'], 'add_on.zone_step_multiplier': ['1', '3'] } };
    const { id } = await expects(201, 'POST', '/sweeps', asked(sweep, { spread_bps: '2' }));
    const done = await becomes(id, 'done');
    assert.deepEqual([done.tried, done.out_of_range > 0], [18, true]);
    const rows = async (query) => (await expects(200, 'GET', `/sweeps/${id}/rows?${query}`)).rows;
    const all = await rows('limit=1000'), valid = all.filter((row) => row.valid);
    assert.ok(all.slice(valid.length).every((row) => !row.valid), 'those without figures come last');
    const numbers = (list, name) => list.filter((row) => row.valid).map((row) => Number(row[name]));
    for (const name of ['net_profit', 'max_drawdown', 'fills', 'worst_group_profit', 'longest_group_ms']) {
        const down = numbers(await rows(`sort=${name}&limit=1000`), name);
        assert.deepEqual(down, [...down].sort((a, b) => b - a), name);
        assert.deepEqual(numbers(await rows(`sort=${name}&order=up&limit=1000`), name), [...down].reverse(), name);
    }
    // By the order the range names its values in, not by their size.
    const byProfit = (await rows('sort=exit.take_profit_pct&order=up&limit=1000')).filter((row) => row.valid).map((row) => row.settings['exit.take_profit_pct']);
    assert.deepEqual([...new Set(byProfit)], ['2', '0.5', '1']);
    assert.deepEqual(await rows('offset=3&limit=2'), all.slice(3, 5));
    assert.deepEqual(await rows('offset=99'), []);
    for (const [query, field] of [['sort=luck', 'sort'], ['order=best', 'order'], ['limit=0', 'limit'], ['limit=1001', 'limit'], ['offset=-1', 'offset']])
        assert.equal((await expects(422, 'GET', `/sweeps/${id}/rows?${query}`)).field, field);

    const map = await expects(200, 'GET', `/sweeps/${id}/map?x=exit.take_profit_pct&y=add_on.zone_step_multiplier`);
    assert.deepEqual([map.x, map.y], [['2', '0.5', '1'], ['1', '3']]);
    for (const cell of map.cells) {
        const profits = valid.filter((row) => row.settings['exit.take_profit_pct'] === map.x[cell.x] && row.settings['add_on.zone_step_multiplier'] === map.y[cell.y]).map((row) => row.net_profit);
        profits.sort((a, b) => Number(a) - Number(b));
        assert.deepEqual([cell.variants, cell.best, cell.middle], [profits.length, profits.at(-1), profits[Math.floor((profits.length - 1) / 2)]]);
    }
    assert.equal(map.cells.reduce((sum, { variants }) => sum + variants, 0), valid.length);
    assert.deepEqual((await expects(200, 'GET', `/sweeps/${id}/map?x=exit.take_profit_pct`)).y, [null]);
    assert.equal((await expects(422, 'GET', `/sweeps/${id}/map?x=pairs`)).field, 'x');
    assert.equal((await expects(422, 'GET', `/sweeps/${id}/map?x=exit.take_profit_pct&y=exit.take_profit_pct`)).field, 'y');

    // Any of them can be looked at closely, with the same figures.
    for (const row of [valid[0], valid.at(-1)]) {
        const body = await expects(200, 'GET', `/sweeps/${id}/variants/${row.variant}`);
        const { id: run } = await expects(201, 'POST', '/backtests', body);
        const report = await expects(200, 'GET', `/backtests/${run}`);
        assert.deepEqual([report.net_profit, report.max_drawdown, report.fills, report.fees], [row.net_profit, row.max_drawdown, row.fills, row.fees]);
    }
    await expects(409, 'GET', `/sweeps/${id}/variants/${all.at(-1).variant}`);
    await expects(404, 'GET', `/sweeps/${id}/variants/18`);

    await expects(204, 'DELETE', `/sweeps/${id}`);
    await expects(404, 'GET', `/sweeps/${id}`);
    assert.deepEqual(fs.readdirSync(path.join(data, 'sweeps')), []);
    // One whose candles are gone keeps its rows and says why it can't go on.
    const next = await expects(201, 'POST', '/sweeps', asked({ ranges: ranges('0.01') }));
    await becomes(next.id, 'running', ({ tried }) => tried > 5);
    await expects(200, 'POST', `/sweeps/${next.id}/stop`);
    await becomes(next.id, 'stopped');
    await expects(204, 'DELETE', `/candle-sets/${SET}`);
    await server().stop();
    await start();
    assert.ok((await expects(200, 'GET', `/sweeps/${next.id}/rows`)).total > 5);
    assert.equal((await expects(409, 'POST', `/sweeps/${next.id}/resume`)).code, 'no_candles');
});

test('recorded signals: the entries of every variant, the same as on the command line', { timeout: 120_000 }, async (context) => {
    const { folder, csv, expects, becomes } = await desk(context, 5000);
    const signal = (minute, more = {}) => JSON.stringify({ strategy: 'ladder', pair: 'ETH/USDT', kind: 'entry', direction: 'long', time: START + minute * 60000, id: `s${minute}`, ...more });
    const signals = [10, 400, 1500, 2600, 4000].map((minute) => signal(minute)).join('\n');
    const sweep = { ranges: ranges('0.2') };
    assert.equal((await expects(422, 'POST', '/sweeps/count', asked(sweep, { signals: `${signals}\nnothing` }))).detail, 'The recorded signals, line 6: is no JSON object.');
    assert.equal((await expects(422, 'POST', '/sweeps/count', asked(sweep, { signals: `${signals}\nnothing` }), { 'Accept-Language': 'nl' })).detail, 'De opgenomen signalen, regel 6: is geen JSON-object.');
    assert.equal((await expects(422, 'POST', '/sweeps', asked(sweep, { signals: signal(5, { pair: 'BTC/USDT' }), settings: { ...settings, pairs: ['ETH/USDT', 'BTC/USDT'] } }))).field, 'signals');
    const begun = await expects(201, 'POST', '/sweeps', asked(sweep, { signals }));
    assert.equal(begun.entries, 'signals');
    await becomes(begun.id, 'done');
    const { rows } = await expects(200, 'GET', `/sweeps/${begun.id}/rows?limit=1000`);
    assert.ok(rows.every(({ groups }) => groups > 0 && groups <= 5), 'a group for a signal at most');
    const write = (name, text) => {
        fs.writeFileSync(path.join(folder, name), text);
        return path.join(folder, name);
    };
    const { code, json, err } = await run(['backtest', '--settings', write('settings.json', JSON.stringify(settings)), '--candles', csv, '--signals', write('signals.jsonl', signals), '--sweep', write('sweep.json', JSON.stringify(sweep)), '--json']);
    assert.equal(code, 0, err);
    assert.deepEqual(rows, json.rows);
    // One variant alone has them, too.
    const one = await expects(200, 'GET', `/sweeps/${begun.id}/variants/${rows[0].variant}`);
    assert.equal(one.signals, signals);
    const made = await expects(201, 'POST', '/backtests', one);
    assert.equal((await expects(200, 'GET', `/backtests/${made.id}`)).net_profit, rows[0].net_profit);
});
