// The REST calls about back-tests, and what a report says (docs/reference/backtest.md).
import { call } from './api';
import { amount } from './format';
import { has, t } from './i18n.svelte';
import type { Settings } from './trading';

export interface CandleSet { id: string; exchange: string; market: string; pair: string; interval: string; first: number; last: number; count: number; problem?: string; funding: { settlements: number; first: number; last: number } | null }
export interface RunFill { at: number; kind: string; side: 'buy' | 'sell'; price: string; quantity: string; fee: string; zone?: number; margin_used: string; average: string | null; break_even: string | null; take_profit: string | null; exit_price: string | null; liquidation_price?: string }
/** A sentence beside a result: said by its code in the reader's language, and in English where this page does not know it yet. */
export interface Note { code: string; values: Record<string, string>; text: string }
export interface RunDecision { at: number; kind: string; source: string; outcome: string; primary: string | null; sentence?: string }
export interface RunGroup {
  number: number; direction: 'long' | 'short'; opened_at: number; closed_at: number | null; reason: string | null; add_ons: number; recovery_add_ons: number;
  recovery_since: number | null; profit: string; max_margin_used: string; fills: RunFill[]; decisions?: RunDecision[]; zones?: { number: number; from: string | null; to: string | null; used: boolean }[];
}
export interface RunHead { id: string; at: number; strategy: string; pair: string; market: string; candles: string; from: number; to: number; fill: string; net_profit: string }
export interface RunReport extends RunHead {
  listed_instrument: boolean; groups: number; closed_groups: number; fills: number; fees: string; funding: string; start_equity: string; final_equity: string;
  max_drawdown: string; max_drawdown_share: string; max_margin_used: string; longest_group_ms: number; recovery_groups: number; recovery_ms: number; liquidations: number;
  worst_group: { number: number; profit: string } | null; blocked: Record<string, number>; notes: Note[]; not_known: Note[]; equity: [number, string][]; groups_detail: RunGroup[];
}
export interface Asked {
  strategy?: string; settings?: object; candles: string; pair?: string; from?: number; to?: number; equity: string; fill: string; spread_bps: string; slippage_bps: string; funding_rate_pct: string; fetched_funding: boolean; signals?: string;
}

export function noteText({ code, values, text }: Note): string {
  const key = `note.${code}`;
  return has(key) ? t(key, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, /^\d+(\.\d+)?$/.test(value) ? amount(value) : value]))) : text;
}

const one = (id: string) => `/backtests/${encodeURIComponent(id)}`;
export const backtestApi = {
  sets: () => call<{ sets: CandleSet[] }>('GET', '/candle-sets').then((got) => got.sets.filter((set) => !set.problem)),
  example: () => call<{ settings: Settings }>('GET', '/backtests/example').then((got) => got.settings),
  list: () => call<{ backtests: RunHead[] }>('GET', '/backtests').then((got) => got.backtests),
  run: (asked: object) => call<{ id: string }>('POST', '/backtests', asked).then((got) => got.id),
  report: (id: string) => call<RunReport>('GET', one(id)),
  group: (id: string, number: number) => call<RunGroup>('GET', `${one(id)}/groups/${number}`),
  bars: (id: string, from: number, to: number) => call<{ interval_ms: number; bars: [number, string, string, string, string][] }>('GET', `${one(id)}/candles?from=${from}&to=${to}`),
  files: (id: string) => call<{ html: string; csv: string; json: unknown }>('GET', `${one(id)}/files`),
  forget: (id: string) => call<void>('DELETE', one(id)),
};
