// What to run, for a back-test and for a sweep: a strategy of ours or a file, candles, a period, and what must be assumed.
import { backtestApi, type Asked, type CandleSet } from './backtest';
import { strategies } from './books.svelte';
import { sendable } from './settings';
import type { Settings } from './trading';

export class RunChoice {
  sets = $state.raw<CandleSet[] | null>(null);
  /** A file's settings in place of a strategy. */
  file = $state.raw<{ name: string; settings: Settings } | null>(null);
  /** Recorded signals in place of none. */
  signals = $state.raw<{ name: string; text: string } | null>(null);
  asked = $state({ strategy: '', candles: '', pair: '', from: '', to: '', equity: '10000', fill: 'conservative', spread_bps: '0', slippage_bps: '0', funding_rate_pct: '0', fetched_funding: true });

  get settings(): Settings | undefined {
    return this.file?.settings ?? strategies.list.find((one) => one.id === this.asked.strategy)?.settings;
  }
  get set(): CandleSet | undefined {
    return this.sets?.find((one) => one.id === this.asked.candles);
  }
  /** Whether the candles are of a pair that the strategy trades. */
  get own(): boolean {
    return !this.settings || !this.set || (Array.isArray(this.settings.pairs) && this.settings.pairs.includes(this.set.pair));
  }
  get ready(): boolean {
    return this.settings !== undefined && this.asked.candles !== '';
  }
  get pairs(): string[] {
    return Array.isArray(this.settings?.pairs) ? this.settings.pairs : [];
  }

  load = async (): Promise<void> => {
    this.sets = await backtestApi.sets();
    this.asked.candles ||= this.sets[0]?.id ?? '';
  };

  wanted(): Asked {
    const { strategy, pair, from, to, ...rest } = this.asked;
    const wanted: Asked = { ...(this.file ? { settings: this.file.settings } : { strategy }), ...rest, ...(this.own ? {} : { pair: pair || this.pairs[0] || '' }) };
    for (const name of ['equity', 'spread_bps', 'slippage_bps', 'funding_rate_pct'] as const) wanted[name] = sendable(wanted[name]);
    if (this.signals) wanted.signals = this.signals.text;
    if (from) wanted.from = Date.parse(from);
    if (to) wanted.to = Date.parse(to) + 86_400_000; // The last day is meant whole.
    return wanted;
  }
}
