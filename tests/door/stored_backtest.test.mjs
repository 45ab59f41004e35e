// `backfuture backtest --set`: runs and sweeps over the candles a data folder keeps, as over the same candles in a file; trades as one-second candles.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { run, scratch } from './support.mjs';

const START = Date.UTC(2025, 0, 1), MINUTE = 60_000, HOUR = 3_600_000;
const HEADER = 'open_time_ms,open,high,low,close,volume\n';
const ladder = (pair, more = {}) => ({
    name: 'ladder', connection: 'Main', market: pair.includes(':') ? 'futures' : 'spot', pairs: [pair], directions: ['long'], risk_level: 'low',
    margin: { group_limit_pct: '100', connection_limit_pct: '100' }, entry: { base_order: '300' }, add_on: { trigger: 'zone_only', max: 3, cooldown_s: 0 },
    exit: { take_profit_pct: '1' }, fees: { maker_pct: '0.1', taker_pct: '0.1' }, ...more,
});
const SWEEP = { ranges: { 'exit.take_profit_pct': ['0.5', '1', '2'], 'add_on.zone_step_pct': ['1', '3'] } };

/** A market that goes up and down; the 500th candle is missing. */
function waves(count, length = MINUTE) {
    let text = HEADER, price = 300000, seed = 7;
    for (let i = 0; i < count; ++i) {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        const next = Math.max(100000, Math.round(price * (1 + (seed / 2147483648 - 0.5) * 0.01) + (300000 - price) * 0.002)), cents = (value) => (value / 100).toFixed(2);
        if (i !== 500) text += `${START + i * length},${cents(price)},${cents(Math.max(price, next) + 200)},${cents(Math.min(price, next) - 200)},${cents(next)},1\n`;
        price = next;
    }
    return text;
}

/** A folder with a strategy and a way to run it. */
function bench(context, settings) {
    const folder = scratch(context), data = path.join(folder, 'data');
    const put = (name, text) => {
        const file = path.join(folder, name);
        fs.writeFileSync(file, typeof text === 'string' ? text : JSON.stringify(text));
        return file;
    };
    const file = put('settings.json', settings);
    const kept = (name) => path.join(data, 'candles', name);
    return {
        put, kept, data,
        candles: (...words) => run(['candles', ...words, '--data', data, '--json']),
        stored: (id, ...more) => run(['backtest', '--settings', file, '--set', id, '--data', data, '--json', ...more], '', { timeout: 60_000 }),
        filed: (csv, ...more) => run(['backtest', '--settings', file, '--candles', csv, '--json', ...more], '', { timeout: 60_000 }),
    };
}

test('a stored set gives what the same candles give as a file, run and swept', async (context) => {
    const { put, candles, stored, filed } = bench(context, ladder('ETH/USDT'));
    const csv = put('candles.csv', waves(3000)), sweep = put('sweep.json', SWEEP);
    const { json: { set } } = await candles('import', csv, '--exchange', 'binance', '--market', 'spot', '--pair', 'ETH/USDT');
    assert.equal(set.id, 'binance-spot-ETH-USDT-1m');
    for (const more of [[], ['--from', '2025-01-01T05:00:00Z', '--to', '2025-01-02T01:00:00Z'], ['--fill', 'touch', '--spread-bps', '2'], ['--sweep', sweep]]) {
        const [kept, plain] = [await stored(set.id, ...more), await filed(csv, ...more)];
        assert.deepEqual([kept.code, plain.code], [0, 0], kept.err);
        assert.deepEqual(kept.json, plain.json);
        assert.ok(more[0] === '--sweep' ? kept.json.tried === 6 : kept.json.fills > 10, JSON.stringify(kept.json).slice(0, 300));
    }
    const whole = await stored(set.id);
    assert.ok(whole.json.notes.some(({ text }) => text.startsWith('Candles that are missing: 1.')), JSON.stringify(whole.json.notes));
});

test('the funding fetched beside a set counts by itself, unless other funding is given', async (context) => {
    const pair = 'ETH/USDT:USDT', id = 'kucoin-futures-ETH-USDT-USDT-1h';
    const { put, kept, candles, stored, filed } = bench(context, ladder(pair, { add_on: { trigger: 'off' }, exit: { take_profit_pct: '5' }, futures: { leverage: 5, min_liq_distance_pct: '0' } }));
    const csv = put('candles.csv', HEADER + Array.from({ length: 30 }, (_, i) => `${START + i * HOUR},3000,3000,3000,3000,1\n`).join(''));
    assert.equal((await candles('import', csv, '--exchange', 'kucoin', '--market', 'futures', '--pair', pair)).code, 0);
    const rates = (hours) => 'time,rate\n' + hours.map((hour, i) => `${START + hour * HOUR},${['0.0001', '-0.0003', '0.00005'][i % 3]}\n`).join('');
    const every = rates([0, 8, 16, 24, 32]), beside = kept('kucoin-futures-ETH-USDT-USDT.funding');
    const told = async (...more) => {
        const { code, json, err } = await stored(id, ...more);
        assert.equal(code, 0, err);
        return [json.funding, json.notes.filter(({ text }) => /unding/.test(text)).map(({ text }) => text)];
    };

    assert.deepEqual(await told(), ['0', ['Funding was not counted: candles don\'t tell it, none was fetched from kucoin and no rate was given. Download the candles again to fetch what is missing.']]);
    fs.writeFileSync(beside, every, { mode: 0o600 });
    const given = await filed(csv, '--funding', beside);
    const [counted, notes] = await told();
    assert.deepEqual([counted, notes], [given.json.funding, ['Funding is what kucoin settled: 4 rates, fetched from it.']]);
    assert.notEqual(counted, '0');
    // Others' rates, and one rate for all, stand in its place; zero is a rate.
    const [other] = await told('--funding', put('other.csv', 'time,rate\n' + [8, 16, 24].map((hour) => `${START + hour * HOUR},0.001\n`).join('')));
    assert.ok(Number(other) < Number(counted) && other !== '0', `${other} and ${counted}`);
    assert.equal((await told('--funding-rate-pct', '0'))[0], '0');
    assert.notEqual((await told('--funding-rate-pct', '0.01'))[0], counted);
    // A sweep counts and says it, too.
    const sweep = await stored(id, '--sweep', put('sweep.json', { 'exit.take_profit_pct': ['5', '6'] }));
    assert.match(sweep.json.funding_told.text, /^Funding is what kucoin settled: 4 rates/);
    assert.ok(sweep.json.rows.every((row) => Number(row.net_profit) === Number(row.open_profit) && row.net_profit !== '0'));
    // Half of it would look like a cost: none counts.
    fs.writeFileSync(beside, rates([0]), { mode: 0o600 });
    assert.match((await told())[1][0], /^Funding was not counted: what was fetched from kucoin, 2025-01-01 to 2025-01-01, does not reach over all of this period\./);
    fs.writeFileSync(beside, 'time,rate\nspoiled\n', { mode: 0o600 });
    assert.match((await told())[1][0], /^Funding was not counted: what was fetched from kucoin can't be read\./);

    // It goes with the candles, the last of the pair.
    fs.writeFileSync(beside, every, { mode: 0o600 });
    assert.equal((await candles('import', put('minutes.csv', waves(10)), '--exchange', 'kucoin', '--market', 'futures', '--pair', pair)).code, 0);
    assert.equal((await candles('remove', 'kucoin-futures-ETH-USDT-USDT-1m')).code, 0);
    assert.ok(fs.existsSync(beside));
    assert.equal((await candles('remove', id)).code, 0);
    assert.ok(!fs.existsSync(beside));
});

test('what can\'t be run is refused by a sentence that says what there is', async (context) => {
    const { put, kept, candles, stored, filed } = bench(context, ladder('ETH/USDT'));
    const refused = async (run, where, sentence) => {
        const { code, json, err } = await run;
        assert.equal(code, 64, JSON.stringify(json));
        assert.equal(json.where, where);
        assert.match(json.error, sentence);
        assert.match(err, sentence);
    };
    await refused(stored('binance-spot-ETH-USDT-1m'), '--set', /there are no candles called "binance-spot-ETH-USDT-1m"; there are none in .*: `backfuture candles import`, `download` and `sample` bring some/);
    const csv = put('candles.csv', waves(100)), id = 'binance-spot-ETH-USDT-1m';
    for (const [pair, file] of [['ETH/USDT', csv], ['BTC/USDT', csv]]) assert.equal((await candles('import', file, '--exchange', 'binance', '--market', 'spot', '--pair', pair)).code, 0);
    await refused(stored('binance-spot-SOL-USDT-1m'), '--set', /there are binance-spot-BTC-USDT-1m and binance-spot-ETH-USDT-1m/);
    await refused(stored('../candles'), '--set', /there are no candles called/);
    await refused(stored('binance-spot-BTC-USDT-1m'), '--set', /these are candles of BTC\/USDT, which is not among the strategy's pairs/);
    assert.equal((await stored('binance-spot-BTC-USDT-1m', '--pair', 'ETH/USDT')).code, 0, 'by express wish');
    await refused(stored(id, '--from', '2026-01-01T00:00:00Z'), '--from, --to', /no candles in this period: they reach from 2025-01-01 00:00 to 2025-01-01 01:39/);
    await refused(stored(id, '--candles', csv), '--candles, --set', /one of the two/);
    await refused(run(['backtest', '--settings', put('again.json', ladder('ETH/USDT')), '--json']), '--candles, --set', /one of the two/);
    assert.equal((await filed(csv)).code, 0);

    // A disk that forgets a byte, and a file that is cut.
    const bytes = fs.readFileSync(kept(`${id}.candles`)), spoiled = Buffer.from(bytes);
    spoiled[4096 + 80] ^= 1;
    fs.writeFileSync(kept(`${id}.candles`), spoiled);
    await refused(stored(id), '--set', /is damaged: the bytes from \d+ on are not those that were written/);
    fs.writeFileSync(kept(`${id}.candles`), bytes.subarray(0, 5000));
    await refused(stored(id), '--set', /is cut short/);
});

test('trades are imported as one-second candles, and the order of prices inside a minute is known', async (context) => {
    const { put, candles, stored } = bench(context, ladder('BTC/USDT', { add_on: { trigger: 'zone_only', max: 1, cooldown_s: 0 }, exit: { take_profit_pct: '2' }, fees: { maker_pct: '0', taker_pct: '0' },
        entry: { base_order: '1000', pair_cooldown_s: 2_592_000 } }));
    // Two minutes as Binance writes spot trades: one at 100, then up to 103 before it falls to 94.
    const trade = (id, second, price) => `${id},${price}.00000000,1.50000000,${price * 1.5},${START + second * 1000 + 250},True,True\n`;
    const day = [[1, 0, 100], [2, 0, 100], [3, 59, 100], [4, 60, 100], [5, 70, 103], [6, 90, 94], [7, 119, 100]].map((one) => trade(...one)).join('');
    const key = ['--exchange', 'binance', '--market', 'spot', '--pair', 'BTC/USDT'];
    const file = put('BTCUSDT-trades-2025-01-01.csv', day);
    const imported = await candles('import', file, ...key);
    assert.equal(imported.code, 0, imported.err);
    assert.deepEqual([imported.json.set.id, imported.json.set.candles, imported.json.set.source], ['binance-spot-BTC-USDT-1s', 6, 'BTCUSDT-trades-2025-01-01.csv, folded from trades']);
    assert.equal(imported.json.files[0].format, 'Binance trades, CSV without a header, times in milliseconds, 7 trades folded to candles of 1s');
    const shown = (await candles('show', 'binance-spot-BTC-USDT-1s')).json;
    assert.deepEqual([shown.set.gaps, shown.gaps.every((gap) => gap.empty_at_exchange)], [4, true], 'the trades are numbered without a hole');
    assert.deepEqual((await candles('verify')).json.sets, [{ id: 'binance-spot-BTC-USDT-1s', sound: true, problem: null }]);

    const fills = (report) => report.groups_detail.flatMap((group) => group.fills.map((fill) => `${fill.kind} ${fill.price}`));
    const seconds = await stored('binance-spot-BTC-USDT-1s');
    assert.equal(seconds.code, 0, seconds.err);
    assert.deepEqual(fills(seconds.json), ['entry 100', 'exit 102']);
    assert.ok(seconds.json.notes.some(({ text }) => text.startsWith('The candles are one second long')));
    assert.ok(seconds.json.notes.some(({ text }) => text.startsWith('Candles that are empty: 114. Nobody traded then')));
    assert.ok(!seconds.json.notes.some(({ text }) => text.includes('that are missing')));

    // The same trades as minutes: the low must be taken to have come first.
    assert.equal((await candles('import', file, ...key, '--interval', '1m')).code, 0);
    const minutes = await stored('binance-spot-BTC-USDT-1m');
    assert.deepEqual(fills(minutes.json).slice(0, 2), ['entry 100', 'add_on 95']);
    assert.ok(minutes.json.notes.some(({ text }) => text.includes('(binance-spot-BTC-USDT-1s): a run on them knows the order of prices')), JSON.stringify(minutes.json.notes));

    // The same trades as ccxt and as freqtrade keep them are the same candles; a checksum beside the file must be the file's.
    const list = [[1, 0, 100], [2, 0, 100], [3, 59, 100], [4, 60, 100], [5, 70, 103], [6, 90, 94], [7, 119, 100]].map(([id, second, price]) => [id, START + second * 1000 + 250, price]);
    const ccxt = put('trades.json', JSON.stringify(list.map(([id, timestamp, price]) => ({ info: { p: 'x' }, id: `${id}`, timestamp, price, amount: 1.5, side: 'buy', fees: [] }))));
    const freqtrade = put('BTC_USDT-trades.json', JSON.stringify(list.map(([id, timestamp, price]) => [timestamp, `${id}`, null, 'buy', price, 1.5, price * 1.5])));
    put('trades.json.CHECKSUM', `${createHash('sha256').update(fs.readFileSync(ccxt)).digest('hex')}  trades.json\n`);
    for (const [path, form] of [[ccxt, 'trades, JSON objects as ccxt has them'], [freqtrade, "freqtrade's trades, JSON lists"]]) {
        const again = await candles('import', path, ...key);
        assert.equal(again.code, 0, again.err);
        assert.deepEqual([again.json.added, again.json.set.candles], [0, 6]);
        assert.equal(again.json.files[0].format, `${form}, times in milliseconds, 7 trades folded to candles of 1s${path === ccxt ? ', its checksum is right' : ''}`);
    }
    put('trades.json.CHECKSUM', `${'0'.repeat(64)}  trades.json\n`);
    const other = await candles('import', ccxt, ...key);
    assert.equal(other.code, 64);
    assert.match(other.json.error, /^trades\.json is not the file that trades\.json\.CHECKSUM was made of/);

    const backwards = await candles('import', put('bad.csv', trade(1, 50, 100) + trade(2, 4, 100)), ...key);
    assert.deepEqual([backwards.code, backwards.json.error], [64, 'bad.csv, line 2: time goes backwards: this trade is older than one before it by more than the 10 s that numbered trades may stand out of order; trades stand oldest first.']);
});
