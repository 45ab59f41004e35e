// The ranges of a sweep as a form: typed by hand or loaded from a file, and what is sent. The server reads and counts them; here only the
// shape of a file is looked at, so that what is wrong is told with its line.
import { fieldOf, isNumber, isSwitch, sendable } from './settings';

/** One setting that varies: from, to and step, or a list of values. */
export interface RangeRow { path: string; from: string; to: string; step: string; list: string | null }
export interface Search { random: boolean; variants: string; seed: string; pieces: string }
export interface Ranges { rows: RangeRow[]; search: Search }
export type Scalar = string | boolean | null;
export interface SweepBody { ranges: Record<string, Scalar[] | { from: string; to: string; step: string }>; search: 'grid' | 'random'; variants?: number; seed?: number; walk_forward?: { pieces: number } }

/** What a file is refused for: a text's key, and the line it is about. */
export class BadFile extends Error {
  constructor(readonly why: 'json' | 'object' | 'ranges' | 'range' | 'values', readonly line: number, readonly name = '') {
    super(why);
  }
}

const OWN = ['ranges', 'search', 'variants', 'seed', 'walk_forward', 'name'];
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

export const noSearch = (): Search => ({ random: false, variants: '500', seed: '1', pieces: '5' });
export const rowOf = (path: string): RangeRow => {
  const field = fieldOf(path);
  if (field && isSwitch(field)) return { path, from: '', to: '', step: '', list: 'true, false' };
  return { path, from: '', to: '', step: '', list: field && !isNumber(field) ? field.choices.filter((one) => !field.refused?.includes(one)).join(', ') : null };
};

/** Browsers say where JSON breaks in words of their own: "at position 12", "at line 2 column 3". */
function lineOfFault(text: string, said: string): number {
  const line = /line (\d+)/.exec(said), position = /position (\d+)/.exec(said);
  if (line) return Number(line[1]);
  return text.slice(0, position ? Number(position[1]) : text.length).split('\n').length;
}
/** Where a member stands: its name in quotation marks. */
function lineOfName(text: string, name: string): number {
  const at = text.indexOf(`"${name}"`);
  return at < 0 ? 1 : text.slice(0, at).split('\n').length;
}

/** An object in a file. */
export function readObject(text: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new BadFile('json', lineOfFault(text, (error as Error).message));
  }
  if (!isObject(json)) throw new BadFile('object', 1);
  return json;
}

export function readRanges(text: string): Ranges {
  const json = readObject(text);
  if (json.ranges !== undefined && !isObject(json.ranges)) throw new BadFile('ranges', lineOfName(text, 'ranges'));
  const ranges = json.ranges === undefined ? Object.fromEntries(Object.entries(json).filter(([name]) => !OWN.includes(name))) : (json.ranges as Record<string, unknown>);
  const rows = Object.entries(ranges).map(([path, range]): RangeRow => {
    if (Array.isArray(range)) {
      if (range.length === 0) throw new BadFile('values', lineOfName(text, path), path);
      if (range.some((value) => typeof value === 'object' && value !== null)) throw new BadFile('range', lineOfName(text, path), path);
      return { path, from: '', to: '', step: '', list: range.map(String).join(', ') };
    }
    const steps = isObject(range) ? [range.from, range.to, range.step] : [];
    if (steps.length === 0 || steps.some((value) => typeof value !== 'string' && typeof value !== 'number')) throw new BadFile('range', lineOfName(text, path), path);
    const [from = '', to = '', step = ''] = steps.map(String);
    return { path, from, to, step, list: null };
  });
  if (rows.length === 0) throw new BadFile('ranges', lineOfName(text, 'ranges'));
  const search = noSearch(), walk = isObject(json.walk_forward) ? json.walk_forward.pieces : undefined;
  search.random = json.search === 'random' || (json.search === undefined && json.variants !== undefined);
  if (json.variants !== undefined) search.variants = String(json.variants);
  if (json.seed !== undefined) search.seed = String(json.seed);
  search.pieces = walk === undefined ? '0' : String(walk);
  return { rows, search };
}

const scalar = (text: string): Scalar => (text === 'true' ? true : text === 'false' ? false : text === 'null' ? null : sendable(text));
/** A decimal comma is no separator where a blank follows no comma: lists are separated by a comma and a blank, or a semicolon. */
const parts = (list: string): string[] => (/[;]/.test(list) ? list.split(';') : /,\s/.test(list) ? list.split(/,\s+/) : list.split(',')).map((one) => one.trim()).filter(Boolean);

export function bodyOf({ rows, search }: Ranges): SweepBody {
  const ranges = Object.fromEntries(rows.filter(({ path }) => path !== '').map(({ path, from, to, step, list }) =>
    [path, list === null ? { from: sendable(from), to: sendable(to), step: sendable(step) } : parts(list).map(scalar)]));
  const pieces = Number(search.pieces || 0);
  return {
    ranges, search: search.random ? 'random' : 'grid',
    ...(search.random ? { variants: Number(search.variants), seed: Number(search.seed) } : {}), ...(pieces === 0 ? {} : { walk_forward: { pieces } }),
  };
}
/** Whether anything has been typed that could be counted. */
export const isReady = ({ rows }: Ranges): boolean => rows.length > 0 && rows.every(({ path, from, to, step, list }) => path !== '' && (list === null ? from && to && step : list.trim() !== ''));
