// Figures, candles, labels and signals' texts.
import { describe, expect, it } from 'vitest';
import { fold, intervalFor } from './candles';
import { breakEven, carefully, decimalsOf, differing, percent, price, priceDecimals, product, quoteOf, rounded, short, signedMoney, trimmed } from './figures';
import { alertText, curlExample, reachableByTradingView } from './hook';
import { scaleOf, spread } from './picture';
import { readRoute } from './places';

it.each([
  [{ expected: '0.3000', found: '0.1000', average: null }, '0.3000 ETH', '0.1000 ETH'],
  [{ expected: '0.3', found: '0.3', average: { expected: '2999.87500000', found: '3001.2' } }, '2,999.875 USDT', '3,001.2 USDT'],
])('%j differs in %s and %s', (desync, expected, found) => {
  const group = { pair: 'ETH/USDT:USDT', desync };
  expect([differing(group, 'expected'), differing(group, 'found')]).toEqual([expected, found]);
});

describe('product', () => {
  it.each([
    ['0.00000001', '98765432109876543210', '987654321098.76543210'],
    ['-0.5', '0.25', '-0.125'],
    ['3', '4', '12'],
    ['1e3', '4', null],
    [null, '4', null],
  ])('%s times %s is %s', (a, b, found) => expect(product(a, b)).toBe(found));
});

describe('rounded', () => {
  it.each([
    ['2922.077922077922', 2, '2922.08'],
    ['0.005', 2, '0.01'],
    ['-0.005', 2, '-0.01'],
    ['-0.004', 2, '0.00'],
    ['999.999', 2, '1000.00'],
    ['5', 2, '5.00'],
    ['1.5', 0, '2'],
    ['123456789012345678901234.567', 1, '123456789012345678901234.6'],
    ['1e-7', 2, '1e-7'],
  ])('%s to %i is %s', (text, decimals, found) => expect(rounded(text, decimals)).toBe(found));
});

describe('prices', () => {
  it.each([['96500.1', 2], ['2850', 2], ['12.3456', 3], ['0.51', 5], ['0.00001234', 9]])('%s shows %i decimals', (text, found) =>
    expect(priceDecimals(text)).toBe(found));
  it('say when there is none', () => expect(price(null)).toBe('–'));
  it('group their digits', () => expect(price('96500.128')).toBe('96,500.13'));
  it.each([
    ['3006.004', 'long', 2, '3,006.01'], ['3006.000000001', 'long', 2, '3,006.01'], ['3006.01', 'long', 2, '3,006.01'], ['3006.999', 'long', 0, '3,007'],
    ['3092.588', 'short', 2, '3,092.58'], ['3092.5', 'short', 2, '3,092.50'], ['3092.9', 'short', 0, '3,092'],
  ] as const)('a break-even of %s of a %s with %i decimals is told as %s', (text, direction, decimals, found) => expect(breakEven(text, direction, decimals)).toBe(found));
  it('the chart draws a break-even where it is told', () => expect(Number(carefully('2768.80123', 'long', 2))).toBe(2768.81));
  it.each([['0.094999816665', '0.095'], ['417.02229914', '417.02'], ['-0.00123456', '−0.0012346'], ['1000000', '1,000,000']])('%s in five figures is %s', (text, found) => expect(short(text)).toBe(found));
  it('a break-even may be missing', () => expect(breakEven(null, 'long')).toBe('–'));
  it.each([['0.0100', 2], ['1', 0], ['0.5', 1]])('a step of %s has %i decimals', (step, found) => expect(decimalsOf(step)).toBe(found));
  it.each([['1.500', '1.5'], ['100', '100'], ['1.0', '1']])('%s is %s', (text, found) => expect(trimmed(text)).toBe(found));
});

it.each([['12.345', '+12.35'], ['-12', '−12.00'], ['0.001', '0.00'], [null, '–']])('%s was won: %s', (text, found) => expect(signedMoney(text)).toBe(found));
it.each([['ETH/USDT', 'USDT'], ['ETH/USDT:USDT', 'USDT'], [undefined, '']])('%s is paid in %s', (pair, found) => expect(quoteOf(pair)).toBe(found));
it.each([['30', '120', '25.0'], ['1', '0', '–'], ['1', null, '–']])('%s of %s is %s %%', (part, whole, found) => expect(percent(part, whole)).toBe(found));

describe('candles', () => {
  const minute = (at: number, low: number, high: number, close: number) => ({ at, open: low, high, low, close });
  it('fold into a longer one', () => {
    const first = fold(undefined, minute(300_000, 9, 11, 10), '5m')!;
    expect(fold(first, minute(360_000, 8, 10, 8.5), '5m')).toEqual({ at: 300_000, open: 9, high: 11, low: 8, close: 8.5 });
    expect(fold(first, minute(600_000, 8, 10, 9), '5m')!.at).toBe(600_000);
    expect(fold(first, minute(240_000, 1, 2, 2), '5m')).toBeNull();
  });
  it('are long enough for the span', () => {
    expect(intervalFor(3_600_000)).toBe('1m');
    expect(intervalFor(30 * 86_400_000)).toBe('4h');
    expect(intervalFor(5 * 365 * 86_400_000)).toBe('1d');
  });
});

describe('the picture', () => {
  it('draws high prices above low ones', () => {
    const { y } = scaleOf([100, 200], 0, 300);
    expect(y(200)).toBeLessThan(y(100));
    expect(y(200)).toBeGreaterThan(0);
    expect(y(100)).toBeLessThan(300);
  });
  it('keeps labels apart, in order and inside', () => {
    const placed = spread([50, 52, 51, 98], 10, 0, 100);
    const sorted = [...placed].sort((a, b) => a - b);
    expect(placed[0]! < placed[2]! && placed[2]! < placed[1]! && placed[1]! < placed[3]!).toBe(true);
    for (let i = 1; i < 4; i += 1) expect(sorted[i]! - sorted[i - 1]!).toBeGreaterThanOrEqual(10);
    expect(sorted[3]).toBeLessThanOrEqual(100);
  });
});

describe('signals', () => {
  const wanted = { strategy: "Anna's ETH", pair: 'ETH/USDT', direction: 'long', kind: 'entry' } as const;
  it('as TradingView sends them', () => {
    expect(JSON.parse(alertText(wanted, 'T'))).toEqual({ token: 'T', time: '{{timenow}}', bar_time: '{{time}}', ...wanted });
  });
  it('quote names for a shell', () => expect(curlExample(wanted, 'https://x/hooks/T')).toContain("Anna'\\''s ETH"));
  it.each([
    ['https://bots.example.org/hooks/T', true], ['http://bots.example.org/hooks/T', true], ['https://bots.example.org:8420/hooks/T', false],
    ['http://127.0.0.1:8420/hooks/T', false], ['http://192.168.1.5/hooks/T', false], ['http://box.local/hooks/T', false],
  ])('%s can be reached: %s', (address, found) => expect(reachableByTradingView(address)).toBe(found));
});

it.each([
  ['', 'connections', ''], ['#/', 'connections', ''], ['#/connections/a%2Fb', 'connection', 'a/b'], ['#/strategies', 'strategies', ''],
  ['#/strategies/new', 'editor', ''], ['#/strategies/7/edit', 'editor', '7'], ['#/strategies/7', 'strategy', '7'], ['#/live', 'live', ''],
  ['#/live/9', 'decision', '9'], ['#/accounts/c', 'account', 'c'], ['#/alarms', 'alarms', ''], ['#/nonsense/1', 'connections', ''],
])('%s leads to %s of "%s"', (hash, page, id) => expect(readRoute(hash)).toEqual({ page, id }));
