// Candles as a script sees them: files uploaded in pieces and imported, candles downloaded from the demo's exchange, sets looked at and
// removed. Every answer is judged by the document on its way (openapi.test.mjs hands in `ask` and `expects`).
import assert from 'node:assert/strict';
import { until } from '../door/support.mjs';

const SETS = '/api/v1/candle-sets', UPLOADS = '/api/v1/candle-uploads', IMPORTS = '/api/v1/candle-imports', DOWNLOADS = '/api/v1/candle-downloads';
const start = Date.UTC(2024, 0, 1), DUTCH = { headers: { 'Accept-Language': 'nl' } };
const linesOf = (count, from = 0) => Array.from({ length: count }, (_, i) => `${start + (from + i) * 60_000},100,101,99,100.5,${i % 10}\n`).join('');

/** One of each kind, for the tests that walk through all paths. */
export async function candlesFrom({ ask, expects, connection, told }) {
    const upload = async (name, text, piece = 20_000) => {
        const bytes = Buffer.from(text);
        let { id, received } = await expects(201, 'post', UPLOADS, { body: { name, bytes: bytes.length } });
        while (received < bytes.length) ({ received } = await expects(200, 'put', `${UPLOADS}/${id}`, { body: { offset: received, data: bytes.subarray(received, received + piece).toString('base64') } }));
        assert.equal((await expects(200, 'get', `${UPLOADS}/${id}`)).received, bytes.length);
        return id;
    };
    const ended = async (id) => {
        let found;
        await until('the import', async () => (found = await expects(200, 'get', `${IMPORTS}/${id}`)).state !== 'running', 60);
        await until('the news of it', () => told.some((message) => message.type === 'candle_import' && message.import.id === id && message.import.state === found.state));
        return found;
    };
    const wish = { exchange: 'binance', market: 'spot', pair: 'BTC/USDT' };

    // Two files become one set; its gap is told.
    const first = await upload('first.csv', `open_time_ms,open,high,low,close,volume\n${linesOf(2000)}`), second = await upload('second.csv', linesOf(500, 2010), 524_288);
    const begun = await expects(202, 'post', IMPORTS, { body: { ...wish, uploads: [second, first] } });
    const done = await ended(begun.id);
    assert.equal(done.state, 'done', JSON.stringify(done));
    assert.equal(done.result.added, 2500);
    assert.deepEqual(done.result.files.map(({ file, format, candles }) => [file, format, candles]),
        [['second.csv', 'CSV without a header, times in milliseconds', 500], ['first.csv', 'candles as CSV, times in milliseconds', 2000]]);
    const set = done.result.set.id;
    assert.equal(set, 'binance-spot-BTC-USDT-1m');
    const shown = await expects(200, 'get', `${SETS}/${set}`);
    assert.deepEqual(shown.gaps, [{ from: start + 2000 * 60_000, to: start + 2010 * 60_000, missing: 10, empty_at_exchange: false }]);
    assert.ok((await expects(200, 'get', SETS)).sets.some(({ id, candles }) => id === set && candles === 2500));
    // The uploads are used up.
    await expects(404, 'get', `${UPLOADS}/${first}`);
    await expects(404, 'post', IMPORTS, { body: { ...wish, uploads: [first] } });

    // What is wrong is told with file and line; a hostile name is none.
    const wrong = await upload('../../etc/wrong file.csv', linesOf(3) + `${start + 180_000},100,98,99,100,1\n`);
    const failed = await ended((await expects(202, 'post', IMPORTS, { body: { ...wish, uploads: [wrong] } })).id);
    assert.equal(failed.problem, 'wrong_file.csv, line 4: the high 98 is below the low 99.');
    assert.equal((await expects(200, 'get', `${IMPORTS}/${failed.id}`, DUTCH)).problem, 'wrong_file.csv, regel 4: de hoogste koers 98 ligt onder de laagste 99.');
    const other = await upload('other.csv', linesOf(3).replaceAll('100.5', '100.25'));
    assert.match((await ended((await expects(202, 'post', IMPORTS, { body: { ...wish, uploads: [other] } })).id)).problem, /^The candle of 2024-01-01 00:00 is 100,101,99,100.5,0 in the stored set and 100,101,99,100.25,0 in other.csv/);
    const again = await upload('other.csv', linesOf(3).replaceAll('100.5', '100.25'));
    assert.equal((await ended((await expects(202, 'post', IMPORTS, { body: { ...wish, uploads: [again], replace: true } })).id)).state, 'done');

    // Uploads: in order, no longer than they said, not too many, not too large.
    const part = (await expects(201, 'post', UPLOADS, { body: { name: 'part.csv', bytes: 10 } })).id;
    const piece = (offset, text) => ({ body: { offset, data: Buffer.from(text).toString('base64') } });
    await expects(200, 'put', `${UPLOADS}/${part}`, piece(0, '12345'));
    assert.equal((await expects(409, 'put', `${UPLOADS}/${part}`, piece(0, '12345'))).detail, 'The next piece begins at byte 5.');
    await expects(422, 'put', `${UPLOADS}/${part}`, piece(5, '123456'));
    assert.equal((await expects(409, 'post', IMPORTS, { body: { ...wish, uploads: [part] } })).code, 'incomplete');
    await expects(413, 'post', UPLOADS, { body: { name: 'large.csv', bytes: 600 * 1024 * 1024 } });
    await expects(404, 'put', `${UPLOADS}/none`, piece(0, '1'));
    const many = [];
    let answer;
    while ((answer = await ask('post', UPLOADS, { body: { name: 'many.csv', bytes: 1 } })).status === 201) many.push(answer.json().id);
    assert.equal(answer.status, 409);
    assert.equal(many.length, 99);
    for (const id of [...many, part]) await expects(204, 'delete', `${UPLOADS}/${id}`);
    await expects(404, 'delete', `${UPLOADS}/${part}`);

    // Downloads: all of the demo's history, then only what is new; a second one of the same candles has to wait.
    const from = Date.now() - 3 * 86_400_000;
    const download = async (body) => {
        const { id } = await expects(201, 'post', DOWNLOADS, { body: { connection: connection.id, pair: 'ETH/USDT', interval: '1m', from, ...body } });
        let found;
        await until('the download', async () => (found = await expects(200, 'get', `${DOWNLOADS}/${id}`)).ended_at !== null, 60);
        return found;
    };
    const came = await download();
    assert.equal(came.state, 'done', JSON.stringify(came));
    assert.ok(came.received > 1000 && came.added === came.received, JSON.stringify(came));
    await until('the news of it', () => told.some((message) => message.type === 'candle_download' && message.download.id === came.id && message.download.state === 'done'));
    const later = await download();
    assert.ok(later.state === 'done' && later.added < 10, JSON.stringify(later));
    assert.deepEqual((await expects(200, 'get', DOWNLOADS)).downloads.map(({ id }) => id), [later.id, came.id]);
    assert.equal(later.funding, null, 'spot pays none');
    const running = await expects(201, 'post', DOWNLOADS, { body: { connection: connection.id, pair: 'BTC/USDT', interval: '1m', from } });
    assert.equal((await expects(409, 'post', DOWNLOADS, { body: { connection: connection.id, pair: 'BTC/USDT', interval: '1m', from } })).code, 'downloading');
    await expects(200, 'post', `${DOWNLOADS}/${running.id}/stop`);
    await until('the end of it', async () => (await expects(200, 'get', `${DOWNLOADS}/${running.id}`)).ended_at !== null, 60);
    await expects(404, 'post', `${DOWNLOADS}/none/stop`);
    await expects(404, 'get', `${DOWNLOADS}/none`);
    await expects(404, 'post', DOWNLOADS, { body: { connection: 'nobody', pair: 'ETH/USDT', interval: '1m', from } });
    for (const [field, body] of [['from', { from: 'yesterday' }], ['to', { to: from }]]) assert.equal((await expects(422, 'post', DOWNLOADS, { body: { connection: connection.id, pair: 'ETH/USDT', interval: '1m', from, ...body } })).field, field);
    await expects(422, 'post', DOWNLOADS, { body: { connection: connection.id, pair: 'NONE/USDT', interval: '1m', from } });
    await expects(422, 'post', DOWNLOADS, { body: { connection: connection.id, pair: 'ETH/USDT:USDT', interval: '1m', from } });

    // The demo has its example from the start; asked for again it is the same.
    const example = 'example-spot-ETH-USDT-1m';
    await until('the example', async () => (await ask('get', `${SETS}/${example}`)).status === 200, 60);
    assert.equal((await ended((await expects(202, 'post', `${SETS}/example`)).id)).result.added, 0);
    await expects(204, 'delete', `${SETS}/${example}`);
    await expects(404, 'delete', `${SETS}/${example}`);
    await expects(404, 'get', `${SETS}/${example}`);
    await expects(404, 'get', `${IMPORTS}/none`);
    const standing = await expects(201, 'post', UPLOADS, { body: { name: 'standing.csv', bytes: 100_000_000 } });
    return { set, upload: standing.id, import: done.id, download: came.id };
}
