// A strategy's settings as a form: every number with its unit and range, and the way from typed text to what is sent.
// Empty means "as the risk level or the default has it". The ranges are hints beside the field; the server decides.
import { language } from './i18n.svelte';
import type { Settings } from './trading';
import type { Market } from './types';

export type Unit = 'quote' | 'percent' | 'times' | 'seconds' | 'hours' | 'count';
export interface NumberField {
  path: string;
  unit: Unit;
  /** Lowest and highest value; `above` and `below` exclude the bound itself. */
  least: number;
  most: number | null;
  above?: true;
  below?: true;
  /** Empty means that there is none. */
  none?: true;
  market?: Market;
}
export interface ChoiceField { path: string; choices: readonly string[]; refused?: readonly string[]; market?: Market }
export interface SwitchField { path: string; on: true; market?: Market }
export type Field = NumberField | ChoiceField | SwitchField;
export interface Section { id: string; fields: Field[]; market?: Market; folded?: true }

const COOLDOWN_S_MAX = 2_592_000;
const number = (path: string, unit: Unit, least: number, most: number | null, more: Partial<NumberField> = {}): NumberField =>
  ({ path, unit, least, most, ...more });
const above: Partial<NumberField> = { above: true };
const none: Partial<NumberField> = { above: true, none: true };

export const SECTIONS: Section[] = [
  { id: 'margin', fields: [
    number('margin.group_limit', 'quote', 0, null, none),
    number('margin.group_limit_pct', 'percent', 0, 100, above),
    number('margin.connection_limit_pct', 'percent', 0, 100, above),
    number('margin.strategy_limit', 'quote', 0, null, none),
    number('margin.recovery_reserve_pct', 'percent', 0, 90),
  ] },
  { id: 'entry', fields: [
    number('entry.base_order', 'quote', 0, null, above),
    number('entry.max_open_groups', 'count', 1, 1000),
    number('entry.max_slippage_pct', 'percent', 0, 10),
    number('entry.max_spread_pct', 'percent', 0, 100),
    number('entry.pair_cooldown_s', 'seconds', 0, COOLDOWN_S_MAX),
    number('entry.max_lag_s', 'seconds', 1, 86_400),
    { path: 'on_opposite', choices: ['block', 'close_if_profit', 'hedge'], refused: ['hedge'] },
    { path: 'allow_shrink', on: true },
  ] },
  { id: 'add_on', fields: [
    { path: 'add_on.trigger', choices: ['signal_and_zone', 'zone_only', 'off'] },
    number('add_on.max', 'count', 0, 10),
    number('add_on.zone_step_pct', 'percent', 0, 50, above),
    number('add_on.zone_step_multiplier', 'times', 0.5, 3),
    number('add_on.size_multiplier', 'times', 1, 2),
    number('add_on.min_improvement_pct', 'percent', 0, 100, { below: true }),
    number('add_on.cooldown_s', 'seconds', 0, COOLDOWN_S_MAX),
    { path: 'add_on.anchor', choices: ['first_entry', 'last_fill', 'average'] },
    { path: 'add_on.on_entry_signal', on: true },
  ] },
  { id: 'exit', fields: [
    number('exit.take_profit_pct', 'percent', 0, 1000, above),
    number('exit.hard_stop_pct', 'percent', 0, 100, { ...none, below: true }),
    { path: 'exit.allow_loss_exit', on: true },
  ] },
  { id: 'futures', market: 'futures', fields: [
    number('futures.leverage', 'times', 1, 125),
    { path: 'futures.margin_mode', choices: ['isolated', 'cross'], refused: ['cross'] },
    number('futures.min_liq_distance_pct', 'percent', 0, 100, { below: true }),
    number('futures.liquidation_guard_pct', 'percent', 0, 100, { below: true }),
  ] },
  { id: 'recovery', folded: true, fields: [
    { path: 'recovery.enabled', on: true },
    { path: 'recovery.cautious', on: true },
    number('recovery.adverse_move_pct', 'percent', 0, 100, above),
    number('recovery.target_pct', 'percent', 0, 1000),
    { path: 'recovery.add_on_mode', choices: ['signal', 'manual', 'off'] },
    number('recovery.add_on_budget', 'count', 0, 10),
    number('recovery.min_improvement_pct', 'percent', 0, 100, { below: true }),
    number('recovery.cooldown_s', 'seconds', 0, COOLDOWN_S_MAX),
    { path: 'recovery.auto_release', on: true },
  ] },
  { id: 'brake', folded: true, fields: [
    number('brake.drawdown_pct', 'percent', 0, 100, above),
    number('brake.window_h', 'hours', 1, 720),
  ] },
  { id: 'fees', folded: true, fields: [
    number('fees.maker_pct', 'percent', -1, 10),
    number('fees.taker_pct', 'percent', 0, 10),
  ] },
  { id: 'generator', folded: true, fields: [
    { path: 'generator.enabled', on: true },
    { path: 'generator.interval', choices: ['1m', '5m', '15m', '1h', '4h', '1d'] },
    number('generator.fast', 'count', 2, 200),
    number('generator.slow', 'count', 3, 400),
    number('generator.quiet_factor', 'times', 1, 10),
  ] },
];
const FIELDS = SECTIONS.flatMap((section) => section.fields);
export const fieldOf = (path: string): Field | undefined => FIELDS.find((field) => field.path === path);
/** Whole numbers travel as JSON numbers, decimals as text. */
const WHOLE: Unit[] = ['count', 'seconds', 'hours'];

export const isNumber = (field: Field): field is NumberField => 'unit' in field;
export const isSwitch = (field: Field): field is SwitchField => 'on' in field;

/** What is typed, by path; what is absent or empty is left to the risk level. */
export type Typed = Record<string, string>;

function at(settings: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inside, name) => (inside as Record<string, unknown> | null | undefined)?.[name], settings);
}

/** A setting as a form shows it: '' for null. */
export function shown(settings: Settings | undefined, path: string): string {
  const value = at(settings, path);
  return value === null || value === undefined ? '' : String(value);
}

export function typedOf(settings: Settings): Typed {
  const of = (field: Field) => (isNumber(field) ? written(shown(settings, field.path)) : shown(settings, field.path));
  return Object.fromEntries(FIELDS.map((field) => [field.path, of(field)]).filter(([, text]) => text !== ''));
}

/** "10,000" is ten thousand to whom the page writes 10,000.00, "10.000" to whom it writes 10.000,00: neither is taken for ten. */
export const THOUSANDS = { en: /^[1-9]\d{0,2}(,\d{3})+$/, nl: /^[1-9]\d{0,2}(\.\d{3})+$/ };
/** A decimal comma is what half of Europe types. Null: it could be thousands, or a fraction, and nobody but who typed it can tell. */
export function plain(text: string): string | null {
  const typed = text.trim();
  return THOUSANDS[language()].test(typed) ? null : typed.replace(',', '.');
}
/** For the server, which refuses what is no number: what could be two numbers reaches it as none. */
export function sendable(text: string): string {
  return plain(text) ?? 'unclear';
}
/** A kept number as the page writes it, to be typed over. */
export function written(text: string): string {
  return language() === 'nl' ? text.replace('.', ',') : text;
}

export type Slip = 'number' | 'whole' | 'range';
export function slipOf(field: NumberField, text: string): Slip | null {
  const value = plain(text);
  if (value === '') return null;
  if (value === null || !/^-?\d+(\.\d+)?$/.test(value)) return 'number';
  if (WHOLE.includes(field.unit) && value.includes('.')) return 'whole';
  const size = Number(value); // A hint only: near a bound the server's exact comparison decides.
  const low = field.above ? size <= field.least : size < field.least;
  const high = field.most !== null && (field.below ? size >= field.most : size > field.most);
  return low || high ? 'range' : null;
}

/** The settings to send: those that were there, with what is typed now. What this form doesn't know stays as it is. */
export function settingsOf(base: Settings, typed: Typed): Settings {
  const out = structuredClone(base) as unknown as Record<string, unknown>;
  for (const field of FIELDS) {
    const [head = '', tail] = field.path.split('.');
    const place = tail === undefined ? out : (out[head] = { ...(out[head] as object | undefined) }) as Record<string, unknown>;
    const text = isNumber(field) ? sendable(typed[field.path] ?? '') : typed[field.path] ?? '';
    if (text === '') delete place[tail ?? head];
    else place[tail ?? head] = isSwitch(field) ? text === 'true' : isNumber(field) && WHOLE.includes(field.unit) && /^\d{1,9}$/.test(text) ? Number(text) : text;
  }
  return out as unknown as Settings;
}

export function emptySettings(): Settings {
  return { name: '', connection: null, market: 'spot', pairs: [], directions: ['long'], risk_level: 'low' };
}
