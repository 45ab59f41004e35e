// The REST calls about sweeps, and what they say (docs/reference/backtest.md).
import { call } from './api';
import type { Note } from './backtest';
import type { Scalar, SweepBody } from './ranges';

export type SweepState = 'waiting' | 'running' | 'stopping' | 'stopped' | 'done' | 'failed';
export interface SweepHead {
  id: string; at: number; strategy: string; pair: string; candles: string; from: number; to: number; candle_count: number; fill: string; entries: string; listed_instrument: boolean; funding_told: Note | null;
  variants: number; grid: string; pieces: number; paths: string[]; state: SweepState; problem: string | null; tried: number; out_of_range: number; best: string | null;
}
export interface SweepRow {
  variant: number; settings: Record<string, Scalar>; valid: boolean; net_profit: string; max_drawdown: string; max_drawdown_share: string; groups: number; fills: number; fees: string;
  max_margin_used: string; worst_group_profit: string; longest_group_ms: number; recovery_groups: number; liquidations: number; front?: boolean;
}
export interface WalkStep { fit_from: number; fit_to: number; test_to: number; best_variant: number; settings: Record<string, Scalar>; fit_profit: string; test_profit: string; test_rank: number }
export interface SweepReport extends SweepHead {
  ranges: { path: string; values: Scalar[] }[]; front: SweepRow[]; cloud: [number, string, string][]; walk_forward: WalkStep[]; not_known: Note[];
  spread: { best: string; high: string; middle: string; low: string; worst: string; losing: number } | null;
}
export interface SweepMap { x: Scalar[]; y: Scalar[]; cells: { x: number; y: number; best: string; middle: string; variants: number }[] }
export interface SweepCount { variants: number; grid: string; ranges: { path: string; values: number }[]; candles: number; pieces: number; funding_told: Note | null }

const one = (id: string) => `/sweeps/${encodeURIComponent(id)}`;
const query = (values: Record<string, string | number>) => new URLSearchParams(Object.entries(values).map(([name, value]): [string, string] => [name, String(value)])).toString();
export const sweepApi = {
  count: (asked: object & { sweep: SweepBody }) => call<SweepCount>('POST', '/sweeps/count', asked),
  start: (asked: object & { sweep: SweepBody }) => call<SweepHead>('POST', '/sweeps', asked),
  list: () => call<{ sweeps: SweepHead[] }>('GET', '/sweeps').then((got) => got.sweeps),
  report: (id: string) => call<SweepReport>('GET', one(id)),
  rows: (id: string, asked: { sort: string; order: string; offset: number; limit: number }) => call<{ total: number; rows: SweepRow[] }>('GET', `${one(id)}/rows?${query(asked)}`),
  map: (id: string, asked: { x: string; y: string; of: string }) => call<SweepMap>('GET', `${one(id)}/map?${query(asked)}`),
  variant: (id: string, number: number) => call<object>('GET', `${one(id)}/variants/${number}`),
  stop: (id: string) => call<SweepHead>('POST', `${one(id)}/stop`),
  resume: (id: string) => call<SweepHead>('POST', `${one(id)}/resume`),
  remove: (id: string) => call<void>('DELETE', one(id)),
};

export const runs = (state: SweepState): boolean => state === 'waiting' || state === 'running' || state === 'stopping';

/** All of them as a table that a spreadsheet opens: first the settings, then the figures. */
export function toCsv(paths: string[], rows: SweepRow[]): string {
  const figures = ['net_profit', 'max_drawdown', 'max_drawdown_share', 'fees', 'groups', 'fills', 'max_margin_used', 'worst_group_profit', 'longest_group_ms', 'recovery_groups', 'liquidations'] as const;
  const line = (row: SweepRow) => [row.variant, ...paths.map((path) => row.settings[path]), ...figures.map((name) => (row.valid ? row[name] : ''))].join(',');
  return `${['variant', ...paths, ...figures].join(',')}\n${rows.map(line).join('\n')}\n`;
}

/** What walk-forward came to: chosen on the past and on what came next, and where the chosen ones stood there on average, as a share from the top. */
export function walkSum(report: SweepReport): { fit: number; test: number; place: number } | null {
  const steps = report.walk_forward, of = report.tried - report.out_of_range;
  if (steps.length === 0 || of === 0) return null;
  const sum = (figure: (step: WalkStep) => number) => steps.reduce((total, step) => total + figure(step), 0);
  return { fit: sum((step) => Number(step.fit_profit)), test: sum((step) => Number(step.test_profit)), place: sum((step) => step.test_rank / of) / steps.length };
}

/** Round numbers within [low, high] to draw lines at: about so many. */
export function ticks(low: number, high: number, about = 4): number[] {
  if (!(high > low)) return [low];
  const raw = (high - low) / about, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= raw) ?? raw;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}
