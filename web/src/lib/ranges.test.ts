// Ranges typed or loaded: what is sent, and which line of a file is wrong.
import { describe, expect, it } from 'vitest';
import { BadFile, bodyOf, isReady, noSearch, readRanges, rowOf, type RangeRow } from './ranges';

const steps = (path: string, from: string, to: string, step: string): RangeRow => ({ path, from, to, step, list: null });
const list = (path: string, text: string): RangeRow => ({ path, from: '', to: '', step: '', list: text });
const walkless = { ...noSearch(), pieces: '' };

describe('what is sent', () => {
  it('has each setting with its steps or its values, decimal commas as points', () => {
    expect(bodyOf({ rows: [steps('exit.take_profit_pct', '0,5', ' 3', '0.5'), list('add_on.max', '1, 2, 3')], search: walkless })).toEqual({
      ranges: { 'exit.take_profit_pct': { from: '0.5', to: '3', step: '0.5' }, 'add_on.max': ['1', '2', '3'] }, search: 'grid' });
  });
  it.each([
    ['1,2,3', ['1', '2', '3']],
    ['1,5; 2,5', ['1.5', '2.5']],
    ['1,5, 2,5', ['1.5', '2.5']],
    ['true, false', [true, false]],
    ['signal_and_zone, off', ['signal_and_zone', 'off']],
    ['null, 3', [null, '3']],
    [' , ', []],
  ])('reads the list %s', (text, values) => expect(bodyOf({ rows: [list('x', text)], search: walkless }).ranges.x).toEqual(values));
  it('says how it is searched and cut', () => {
    expect(bodyOf({ rows: [list('x', '1')], search: { random: true, variants: '50', seed: '7', pieces: '4' } })).toMatchObject({ search: 'random', variants: 50, seed: 7, walk_forward: { pieces: 4 } });
  });
  it('waits until every row says something', () => {
    expect(isReady({ rows: [steps('x', '1', '2', '')], search: walkless })).toBe(false);
    expect(isReady({ rows: [], search: walkless })).toBe(false);
    expect(isReady({ rows: [steps('x', '1', '2', '1'), list('y', 'true')], search: walkless })).toBe(true);
  });
  it('offers what a switch and a choice can be', () => {
    expect(rowOf('recovery.enabled').list).toBe('true, false');
    expect(rowOf('futures.margin_mode').list).toBe('isolated');
    expect(rowOf('exit.take_profit_pct').list).toBeNull();
  });
});

describe('a file of ranges', () => {
  it('is read as the command line reads it', () => {
    const read = readRanges('{"ranges":{"a.b":{"from":"1","to":2,"step":"0.5"},"c":[true,null,"x",3]},"search":"random","variants":9,"seed":2,"walk_forward":{"pieces":6}}');
    expect(read.rows).toEqual([steps('a.b', '1', '2', '0.5'), list('c', 'true, null, x, 3')]);
    expect(read.search).toEqual({ random: true, variants: '9', seed: '2', pieces: '6' });
  });
  it('may be the ranges alone', () => {
    expect(readRanges('{"a.b":["1"],"name":"mine"}').rows).toEqual([list('a.b', '1')]);
    expect(readRanges('{"a.b":["1"]}').search.pieces).toBe('0');
  });
  it.each([
    ['cut off', '{\n"a": [1,\n', 'json', 3],
    ['a comma too many', '{\n"a": [1],\n}', 'json', 3],
    ['no object', '[1]', 'object', 1],
    ['ranges that are none', '{\n\n"ranges": 3}', 'ranges', 3],
    ['no ranges', '{"search":"grid"}', 'ranges', 1],
    ['an empty list', '{"ranges":{\n"a":["1"],\n"b":[]}}', 'values', 3],
    ['a step that is missing', '{"ranges":{\n"a":{"from":1,"to":2}}}', 'range', 2],
    ['an object among the values', '{"a":[{}]}', 'range', 1],
  ])('%s is refused with its line', (_, text, why, line) => {
    let error: unknown;
    try {
      readRanges(text);
    } catch (wrong) {
      error = wrong;
    }
    expect(error).toBeInstanceOf(BadFile);
    expect([(error as BadFile).why, (error as BadFile).line]).toEqual([why, line]);
  });
});
