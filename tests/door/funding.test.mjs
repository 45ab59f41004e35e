// Funding rates with the real program: fetched after a contract's candles, kept beside them, gone on with, counted by a back-test.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { makeKey, run, scratch, serve, simulate, until } from './support.mjs';

const HOUR = 3_600_000, DAY = 24 * HOUR, EVERY = 8 * HOUR, PAIR = 'ETH/USDT:USDT', PASSWORD = 'six brown otters listened';
const post = (admin, what, body) => fetch(`${admin}/${what}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
const settings = {
    name: 'ladder', connection: 'Main', market: 'futures', pairs: [PAIR], directions: ['long'], risk_level: 'low', margin: { group_limit_pct: '100', connection_limit_pct: '100' },
    entry: { base_order: '300' }, add_on: { trigger: 'zone_only', max: 2, cooldown_s: 0 }, exit: { take_profit_pct: '5' }, fees: { maker_pct: '0.02', taker_pct: '0.06' }, futures: { leverage: 2 },
};

for (const exchange of ['kucoin', 'mexc']) {
    test(`fetched from ${exchange}, killed on the way, gone on with, counted`, { timeout: 200_000 }, async (context) => {
        const simulator = await simulate(context, ['--exchanges', exchange, '--limits', 'off']);
        const data = path.join(scratch(context), 'data'), id = `${exchange}-futures-ETH-USDT-USDT-1h`, file = path.join(data, 'candles', `${exchange}-futures-ETH-USDT-USDT.funding`);
        let server = serve(context, data, simulator.urls);
        let ready = await server.ready;
        const ask = (words, input, options) => run([...words, '--data', data, '--json'], input, { timeout: 90_000, ...options });
        assert.equal((await ask(['connections', 'add', '--name', 'Main', '--exchange', exchange, '--market', 'futures'], JSON.stringify(await makeKey(simulator.admin, exchange)))).code, 0);
        const download = (days) => ask(['candles', 'download', '--connection', 'main', '--pair', PAIR, '--interval', '1h', '--from', String(Date.now() - days * DAY)]);
        const rates = () => fs.readFileSync(file, 'utf8').trim().split('\n').slice(1).map((line) => line.split(','));

        const first = await download(30);
        assert.equal(first.code, 0, first.err);
        assert.deepEqual([first.json.state, first.json.funding.problem], ['done', null]);
        assert.ok(first.json.funding.settlements >= 89 && first.json.funding.settlements <= 400, JSON.stringify(first.json.funding));
        assert.equal(fs.statSync(file).mode & 0o777, 0o600);
        const whole = () => {
            const kept = rates();
            kept.slice(1).forEach(([at], i) => assert.equal(at - kept[i][0], EVERY, 'no hole'));
            assert.ok(kept.every(([, rate]) => Math.abs(rate) < 0.001 && /^-?0(\.\d+)?$/.test(rate)), JSON.stringify(kept.slice(0, 3)));
            assert.ok(Date.now() - kept.at(-1)[0] < EVERY + 60_000, 'up to the newest');
            return kept;
        };
        const before = whole();
        assert.ok(before[0][0] <= Date.now() - 30 * DAY + EVERY);
        const { set } = (await ask(['candles', 'show', id])).json;
        assert.deepEqual(set.funding, { settlements: before.length, first: Number(before[0][0]), last: Number(before.at(-1)[0]) });
        assert.match((await run(['candles', 'show', id, '--data', data])).out, new RegExp(`${before.length} funding rates from 20`));

        // Further back with a server that is killed on the way: what was there stays, and the next one goes on.
        await post(simulator.admin, 'faults', { exchange, fault: 'slow', ms: 400 });
        const under = download(330);
        await until('more rates', () => rates().length > before.length, 60);
        await server.stop('SIGKILL');
        assert.equal((await under).code, 3);
        const between = whole();
        await fetch(`${simulator.admin}/faults`, { method: 'DELETE' });
        server = serve(context, data, simulator.urls);
        ready = await server.ready;
        const later = await download(330);
        assert.equal(later.code, 0, later.err);
        const all = whole();
        assert.ok(all[0][0] <= Date.now() - 330 * DAY + EVERY && all.length >= 989, `${all.length} rates`);
        assert.deepEqual(all.slice(-between.length), between);
        if (exchange === 'kucoin') assert.ok(later.json.funding.received <= all.length - between.length + 1, 'what was there was not asked for again');

        // A back-test counts them by itself, says so, and can be told not to.
        const headers = { 'Content-Type': 'application/json' };
        const send = async (method, route, body) => {
            const reply = await fetch(`${ready.url}/api/v1${route}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
            const text = await reply.text();
            headers.Cookie ??= reply.headers.get('set-cookie')?.split(';')[0];
            assert.ok(reply.ok, `${route}: ${reply.status} ${text}`);
            return text === '' ? undefined : JSON.parse(text);
        };
        await (ready.set_up_code ? send('POST', '/set-up', { code: ready.set_up_code, password: PASSWORD }) : send('POST', '/sign-in', { password: PASSWORD }));
        headers['X-BF-Token'] = (await send('GET', '/request-token')).token;
        const report = async (more) => send('GET', `/backtests/${(await send('POST', '/backtests', { settings, candles: id, ...more })).id}`);
        const counted = await report({});
        assert.ok(counted.notes.some(({ text }) => new RegExp(`^Funding is what ${exchange} settled: \\d+ rates, fetched from it\\.$`).test(text)), JSON.stringify(counted.notes));
        assert.notEqual(counted.funding, '0');
        // So does the command line, over the folder that the server holds.
        const settingsFile = path.join(data, '..', 'settings.json');
        fs.writeFileSync(settingsFile, JSON.stringify(settings));
        const alone = await ask(['backtest', '--settings', settingsFile, '--set', id]);
        assert.equal(alone.code, 0, alone.err);
        assert.ok(alone.json.notes.some(({ text }) => text === counted.notes.find(({ code }) => code === 'funding_fetched').text), JSON.stringify(alone.json.notes));
        assert.notEqual(alone.json.funding, '0');
        assert.ok((await report({ fetched_funding: false })).notes.some(({ text }) => text.startsWith('Funding was not counted: candles don\'t tell it')));
        assert.ok((await report({ funding_rate_pct: '0.01' })).notes.every(({ text }) => !text.startsWith('Funding')));
        const sweep = await send('POST', '/sweeps', { settings, candles: id, sweep: { ranges: { 'exit.take_profit_pct': ['1', '5'] } } });
        assert.match(sweep.funding_told.text, /^Funding is what/);

        // With a hole in them, or without the end, they count no more, and the run says so.
        fs.writeFileSync(file, `time,rate\n${all.slice(0, -12).map((row) => row.join(',')).join('\n')}\n`);
        const missed = await report({});
        assert.equal(missed.funding, '0');
        assert.ok(missed.notes.some(({ text }) => /^Funding was not counted: what was fetched from \w+, \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, does not reach over all of this period\. Download/.test(text)), JSON.stringify(missed.notes));
        await until('the sweep', async () => (await send('GET', `/sweeps/${sweep.id}`)).state === 'done', 60);
        const rows = (await send('GET', `/sweeps/${sweep.id}/rows`)).rows;
        assert.equal(rows.find((row) => row.settings['exit.take_profit_pct'] === '5').net_profit, counted.net_profit, 'the sweep counted what was there when it began');
        // Deleted on the page, the candles take the rates along.
        await send('DELETE', `/candle-sets/${id}`);
        assert.ok(!fs.existsSync(file));
    });
}
