// Candles for the chart. Only one-minute candles come live; longer ones are folded from them.
import type { Candle } from './trading';

export const INTERVALS = { '1m': 60_000, '5m': 300_000, '15m': 900_000, '1h': 3_600_000, '4h': 14_400_000, '1d': 86_400_000 } as const;
export type Interval = keyof typeof INTERVALS;

/** One bar, in numbers because it is only drawn. */
export interface Bar { at: number; open: number; high: number; low: number; close: number }

export function barOf([at, open, high, low, close]: Candle): Bar {
  return { at, open: Number(open), high: Number(high), low: Number(low), close: Number(close) };
}

/** The bar of the longer interval after a minute's candle; null when the minute is older than the last bar. */
export function fold(last: Bar | undefined, minute: Bar, interval: Interval): Bar | null {
  const at = Math.floor(minute.at / INTERVALS[interval]) * INTERVALS[interval];
  if (!last || at > last.at) return { ...minute, at };
  if (at < last.at) return null;
  return { at, open: last.open, high: Math.max(last.high, minute.high), low: Math.min(last.low, minute.low), close: minute.close };
}

/** The shortest interval that shows the span in `bars` candles. */
export function intervalFor(spanMs: number, bars = 300): Interval {
  const names = Object.keys(INTERVALS) as Interval[];
  return names.find((name) => spanMs <= bars * INTERVALS[name]) ?? '1d';
}
