// Candles with the real program: brought as files, exported again, damaged, downloaded from simulated exchanges through kills and stops.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { makeKey, run, scratch, serve, simulate, until } from './support.mjs';

const post = (admin, what, body) => fetch(`${admin}/${what}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
const start = Date.UTC(2024, 0, 1);
const linesOf = (count, from = 0) => Array.from({ length: count }, (_, i) => `${start + (from + i) * 60_000},100.5,101,99.25,100,${(from + i) % 10}\n`).join('');
const HEADER = 'open_time_ms,open,high,low,close,volume\n';
const KEY = ['--exchange', 'binance', '--market', 'spot', '--pair', 'BTC/USDT'];

test('files in, the same candles out, and everything wrong by its sentence', async (context) => {
    const folder = scratch(context), data = path.join(folder, 'data');
    const write = (name, text) => {
        fs.writeFileSync(path.join(folder, name), text);
        return path.join(folder, name);
    };
    const candles = (...words) => run(['candles', ...words, '--data', data]);
    const both = [write('a.csv', HEADER + linesOf(3000)), write('b.csv', linesOf(1000, 2500))];
    const imported = await candles('import', ...both, ...KEY, '--json');
    assert.equal(imported.code, 0, imported.err);
    assert.deepEqual([imported.json.added, imported.json.set.id, imported.json.set.price_step, imported.json.set.gaps], [3500, 'binance-spot-BTC-USDT-1m', '0.01', 0]);
    assert.deepEqual(imported.json.files.map(({ format }) => format), ['candles as CSV, times in milliseconds', 'CSV without a header, times in milliseconds']);
    assert.equal(fs.statSync(data).mode & 0o777, 0o700);
    assert.equal(fs.statSync(path.join(data, 'candles', 'binance-spot-BTC-USDT-1m.candles')).mode & 0o777, 0o600);

    const id = imported.json.set.id;
    assert.equal((await candles('export', id)).out, HEADER + linesOf(3500));
    assert.equal((await candles('export', id, '--from', '2024-01-01T00:10Z', '--to', '2024-01-01T00:12Z')).out, HEADER + linesOf(2, 10));
    assert.equal((await candles('list', '--json')).json.sets.length, 1);
    assert.match((await candles('show', id)).out, /3500 candles from 2024-01-01 00:00 to 2024-01-03 10:19, no gaps/);
    const later = await candles('import', write('c.csv', linesOf(10, 3600)), ...KEY);
    assert.match(later.out, /1 gap \(100 candles missing\) \(10 new\)/);
    assert.deepEqual((await candles('show', id, '--json')).json.gaps, [{ from: start + 3500 * 60_000, to: start + 3600 * 60_000, missing: 100, empty_at_exchange: false }]);

    // Code, standard error, and with --json one object that says the same.
    const refused = async (code, sentence, ...words) => {
        const plain = await candles(...words);
        assert.deepEqual([plain.code, plain.out], [code, ''], plain.err);
        assert.match(plain.err, sentence);
        const json = await candles(...words, '--json');
        assert.equal(json.code, code);
        assert.match(json.json.error, sentence);
    };
    const bad = (name, text) => ['import', write(name, text), ...KEY];
    await refused(64, /^bad\.csv, line 3: the high 98 is below the low 99\.$/m, ...bad('bad.csv', linesOf(2) + `${start + 120_000},100,98,99,100,1\n`));
    await refused(64, /^cut\.csv, line 3: it ends after 2 of 6 fields; the file seems to be cut off\.$/m, ...bad('cut.csv', linesOf(2) + `${start + 120_000},100`));
    await refused(64, /^cut\.zip is a damaged zip/m, ...bad('cut.zip', 'PK\x03\x04 and nothing'));
    await refused(3, /^The candle of 2024-01-01 00:00 is 100\.5,101,99\.25,100,0 in the stored set and 100\.5,101,99\.5,100,0 in other\.csv\..*--replace/m, ...bad('other.csv', linesOf(2).replaceAll('99.25', '99.5')));
    await refused(3, /nothing\.csv failed: No such file/, 'import', path.join(folder, 'nothing.csv'), ...KEY);
    await refused(64, /is a perpetual/, 'import', both[0], '--exchange', 'binance', '--market', 'spot', '--pair', 'BTC/USDT:USDT');
    await refused(64, /is none of 1s, 1m/, 'import', both[0], ...KEY, '--interval', '7m');
    await refused(3, /There are no candles called/, 'show', 'nothing');
    await refused(3, /There are no candles called/, 'remove', '../data');
    await refused(64, /is no time/, 'export', id, '--from', 'yesterday');
    await refused(3, /has no candles in that time/, 'export', id, '--from', '2025-01-01', '--out', path.join(folder, 'none.csv'));
    assert.equal((await candles('import', path.join(folder, 'other.csv'), ...KEY, '--replace')).code, 0);
    assert.equal((await candles('verify')).out, `${id} is sound.\n`);

    // A disk that forgets a byte.
    const file = path.join(data, 'candles', `${id}.candles`);
    const bytes = fs.readFileSync(file);
    bytes[bytes.length - 5000] ^= 1;
    fs.writeFileSync(file, bytes);
    const verdict = await candles('verify', '--json');
    assert.equal(verdict.code, 3);
    assert.deepEqual(verdict.json.sets.map(({ sound }) => sound), [false]);
    await refused(3, /is damaged: the bytes from \d+ on are not those that were written/, 'export', id, '--out', path.join(folder, 'damaged.csv'));
    fs.writeFileSync(file, bytes.subarray(0, 6000));
    assert.match((await candles('list')).out, /^binance-spot-BTC-USDT-1m +! .* is cut short: 6000 bytes of/);
    assert.equal((await candles('remove', id)).code, 0);
});

test('the example is the same every time', async (context) => {
    const folder = scratch(context);
    const sample = async (data, ...more) => run(['candles', 'sample', '--data', path.join(folder, data), '--json', ...more], '', { timeout: 60_000 });
    const [one, two, other] = [await sample('one'), await sample('two'), await sample('three', '--seed', '2')];
    assert.equal(one.json.set.first, Date.UTC(2021, 0, 1));
    assert.ok(one.json.set.candles > 2_600_000 && one.json.set.gaps > 0);
    const bytes = (data) => fs.readFileSync(path.join(folder, data, 'candles', 'example-spot-ETH-USDT-1m.candles'));
    assert.ok(bytes('one').equals(bytes('two')));
    assert.ok(!bytes('one').equals(bytes('three')));
    assert.equal((await sample('one')).json.added, 0);
    assert.match((await sample('one', '--seed', '2')).json.error, /of another seed/);
    assert.equal(other.code, 0);
});

for (const [exchange, market, pair] of [['kucoin', 'spot', 'ETH/USDT'], ['kucoin', 'futures', 'ETH/USDT:USDT'], ['mexc', 'spot', 'ETH/USDT'], ['mexc', 'futures', 'ETH/USDT:USDT']]) {
    test(`downloaded from ${exchange} ${market}, killed and stopped on the way`, { timeout: 120_000 }, async (context) => {
        const simulator = await simulate(context, ['--exchanges', exchange, '--limits', 'off']);
        const data = path.join(scratch(context), 'data'), id = `${exchange}-${market}-${pair.replace(/[/:]/g, '-')}-1m`;
        let server = serve(context, data, simulator.urls);
        await server.ready;
        const ask = (words, input, options) => run([...words, '--data', data, '--json'], input, { timeout: 60_000, ...options });
        assert.equal((await ask(['connections', 'add', '--name', 'Main', '--exchange', exchange, '--market', market], JSON.stringify(await makeKey(simulator.admin, exchange)))).code, 0);
        const from = Date.now() - 2 * 86_400_000;
        const download = (options, ...more) => ask(['candles', 'download', '--connection', 'main', '--pair', pair, '--interval', '1m', '--from', String(from), ...more], '', options);

        const refused = await ask(['candles', 'download', '--connection', 'Nobody', '--pair', pair, '--interval', '1m', '--from', String(from)]);
        assert.equal(refused.code, 3);
        assert.match(refused.err, /There is no connection "Nobody"/);

        // Each answer takes a second: the server is killed when the first windows have come.
        await post(simulator.admin, 'faults', { exchange, fault: 'slow', ms: 700 });
        const under = download();
        const folder = path.join(data, 'candles');
        await until('the first candles', () => fs.readdirSync(folder).some((name) => name.startsWith('.download-') && fs.statSync(path.join(folder, name)).size > 10_000), 60);
        await server.stop('SIGKILL');
        assert.equal((await under).code, 3);
        server = serve(context, data, simulator.urls);
        await server.ready;
        await until('what the killed server had got', async () => (await ask(['candles', 'list'])).json.sets.length === 1, 30);
        const [before] = (await ask(['candles', 'list'])).json.sets;
        assert.ok(before.candles >= 200, JSON.stringify(before));
        assert.equal(before.source, `${exchange}, simulated`);

        await fetch(`${simulator.admin}/faults`, { method: 'DELETE' });
        const whole = await download();
        assert.equal(whole.code, 0, whole.err);
        assert.deepEqual([whole.json.state, whole.json.set, whole.json.problem], ['done', id, null]);
        assert.ok(whole.json.added >= 300, JSON.stringify(whole.json));
        const { set, gaps } = (await ask(['candles', 'show', id])).json;
        assert.ok(set.candles >= 1490, JSON.stringify(set));
        assert.equal(set.candles, before.candles + whole.json.added, 'nothing that was there came again');
        assert.deepEqual(gaps, []);
        assert.equal(set.source, `${exchange}, simulated`);
        assert.equal((await ask(['candles', 'verify'])).code, 0);
        assert.ok(set.last + 60_000 <= Date.now(), 'only closed candles');
        assert.ok((await download()).json.added <= 2);

        // Stopped from the terminal: what came is kept, and the program says so.
        await ask(['candles', 'remove', id]);
        await post(simulator.admin, 'faults', { exchange, fault: 'slow', ms: 700 });
        const controller = new AbortController();
        const stopping = download({ signal: controller.signal, killSignal: 'SIGINT' }).catch((error) => error);
        await until('the first candles', () => fs.readdirSync(folder).some((name) => name.startsWith('.download-') && fs.statSync(path.join(folder, name)).size > 10_000), 60);
        controller.abort();
        await stopping;
        await until('the set', async () => (await ask(['candles', 'list'])).json.sets.some((one) => one.candles >= 200), 30);
        assert.ok((await ask(['candles', 'show', id])).json.set.candles < 1490);
    });
}
