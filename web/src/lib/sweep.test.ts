// What a sweep's pages make of its figures.
import { describe, expect, it } from 'vitest';
import { guessOf } from './candle-sets';
import { ticks, toCsv, walkSum, type SweepReport, type SweepRow } from './sweep';

const step = (fit: string, test: string, rank: number) => ({ fit_from: 0, fit_to: 1, test_to: 2, best_variant: 0, settings: {}, fit_profit: fit, test_profit: test, test_rank: rank });

describe('walk-forward', () => {
  it('adds up what the chosen made where they were chosen and afterwards', () => {
    const sum = walkSum({ tried: 102, out_of_range: 2, walk_forward: [step('100.5', '-50', 40), step('99.5', '10', 60)] } as unknown as SweepReport);
    expect(sum).toEqual({ fit: 200, test: -40, place: 0.5 });
  });
  it('says nothing where there is none', () => expect(walkSum({ tried: 5, out_of_range: 5, walk_forward: [] } as unknown as SweepReport)).toBeNull());
});

describe('ticks', () => {
  it.each([
    [0, 100, 4, [0, 50, 100]],
    [-130, 190, 4, [-100, 0, 100]],
    [0.12, 0.19, 4, [0.12, 0.14, 0.16, 0.18]],
    [5, 5, 4, [5]],
  ])('from %d to %d', (low, high, about, found) => expect(ticks(low, high, about).map((value) => Number(value.toFixed(6)))).toEqual(found));
});

it('the table of all variants has the settings first, and nothing where a variant was not run', () => {
  const ran = { variant: 3, settings: { a: '1', b: true }, valid: true, net_profit: '12.5', max_drawdown: '3', max_drawdown_share: '0.1', fees: '1', groups: 2, fills: 4, max_margin_used: '9',
    worst_group_profit: '-1', longest_group_ms: 60000, recovery_groups: 0, liquidations: 0 } as SweepRow;
  const text = toCsv(['a', 'b'], [ran, { variant: 4, settings: { a: '2', b: false }, valid: false } as unknown as SweepRow]);
  const [head, first, second, end] = text.split('\n');
  expect(head).toBe('variant,a,b,net_profit,max_drawdown,max_drawdown_share,fees,groups,fills,max_margin_used,worst_group_profit,longest_group_ms,recovery_groups,liquidations');
  expect(first).toBe('3,1,true,12.5,3,0.1,1,2,4,9,-1,60000,0,0');
  expect(second).toBe('4,2,false,,,,,,,,,,,');
  expect(end).toBe('');
});

it('Binance’s file names say exchange and pair; others say nothing', () => {
  expect(guessOf('BTCUSDT-1m-2024-01.zip')).toEqual({ exchange: 'binance', pair: 'BTC/USDT' });
  expect(guessOf('ETHBTC-1h-2023-12.csv')).toEqual({ exchange: 'binance', pair: 'ETH/BTC' });
  expect(guessOf('candles.csv')).toBeNull();
});
