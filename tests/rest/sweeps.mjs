// A sweep as a script sees it, from the count of its variants to its last row; every answer is judged by the document on its way
// (openapi.test.mjs hands in `ask` and `expects`). What its figures must be is held by tests/door/sweeps.test.mjs.
import assert from 'node:assert/strict';
import { until } from '../door/support.mjs';

const SWEEPS = '/api/v1/sweeps';

/** The id of one that has ended, for the tests that walk through all paths. */
export async function sweepFrom({ expects, settings, candles, from, to }) {
    const asked = (ranges, more = {}) => ({ body: { settings, candles, from, to, sweep: { ranges, walk_forward: { pieces: 3 }, ...more } } });
    const ranges = { 'exit.take_profit_pct': { from: '1', to: '3', step: '0.5' }, 'add_on.zone_step_pct': ['2', '40'], 'add_on.zone_step_multiplier': ['1', '3'], 'add_on.on_entry_signal': [true] };
    const counted = await expects(200, 'post', `${SWEEPS}/count`, asked(ranges));
    assert.deepEqual([counted.variants, counted.grid, counted.pieces], [20, '20', 3]);
    assert.equal((await expects(200, 'post', `${SWEEPS}/count`, asked(ranges, { search: 'random', variants: 7, seed: 3 }))).variants, 7);
    assert.equal((await expects(422, 'post', `${SWEEPS}/count`, asked({ 'exit.take_profit_pct': [] }))).field, 'exit.take_profit_pct');
    const inDutch = async (ranges) => (await expects(422, 'post', `${SWEEPS}/count`, { ...asked(ranges), headers: { 'Accept-Language': 'nl' } })).detail;
    assert.equal(await inDutch({ 'exit.take_profit_pct': [] }), 'exit.take_profit_pct is leeg: er staat geen waarde in.');
    assert.match(await inDutch({ 'exit.take_profit_pct': ['x'] }), /^exit\.take_profit_pct moet /);
    const { id } = await expects(201, 'post', SWEEPS, asked(ranges));
    await until('the end of the sweep', async () => (await expects(200, 'get', SWEEPS)).sweeps.find((one) => one.id === id).state === 'done', 60);
    const report = await expects(200, 'get', `${SWEEPS}/${id}`);
    assert.deepEqual([report.tried, report.walk_forward.length], [20, 2]);
    assert.ok(report.front.length > 0 && report.not_known.length > 3 && report.out_of_range > 0, JSON.stringify(report));
    const { total, rows } = await expects(200, 'get', `${SWEEPS}/${id}/rows?sort=max_drawdown&order=up&limit=30`);
    assert.deepEqual([total, rows.length, rows.at(-1).valid], [20, 20, false]);
    await expects(422, 'get', `${SWEEPS}/${id}/rows?sort=nothing`);
    assert.equal((await expects(200, 'get', `${SWEEPS}/${id}/map?x=exit.take_profit_pct&y=add_on.zone_step_pct`)).x.length, 5);
    await expects(422, 'get', `${SWEEPS}/${id}/map?x=nothing`);
    assert.equal((await expects(200, 'get', `${SWEEPS}/${id}/variants/${rows[0].variant}`)).candles, candles);
    await expects(409, 'get', `${SWEEPS}/${id}/variants/${rows.at(-1).variant}`);
    await expects(404, 'get', `${SWEEPS}/${id}/variants/20`);
    await expects(200, 'post', `${SWEEPS}/${id}/stop`);
    await expects(409, 'post', `${SWEEPS}/${id}/resume`);
    for (const what of ['', '/rows', '/map']) await expects(404, 'get', `${SWEEPS}/none${what}`);
    for (const what of ['stop', 'resume']) await expects(404, 'post', `${SWEEPS}/none/${what}`);

    const stopped = await expects(201, 'post', SWEEPS, asked({ 'exit.take_profit_pct': { from: '0.2', to: '9', step: '0.001' } }));
    await expects(200, 'post', `${SWEEPS}/${stopped.id}/stop`);
    await until('the stop', async () => (await expects(200, 'get', `${SWEEPS}/${stopped.id}`)).state === 'stopped', 60);
    await expects(200, 'post', `${SWEEPS}/${stopped.id}/resume`);
    await expects(204, 'delete', `${SWEEPS}/${stopped.id}`);
    await expects(404, 'delete', `${SWEEPS}/${stopped.id}`);
    return id;
}
