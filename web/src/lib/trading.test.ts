import { expect, test } from 'vitest';
import { isClosedToKeys } from './trading';

test.each([
  ['a spot pair the exchange closes', 'XRP/USDT', false, true],
  ['a contract it only marks so', 'BTC/USDT:USDT', false, false],
  ['a pair it says nothing about', 'BTC/USDT', null, false],
  ['an open pair', 'BTC/USDT', true, false],
] as const)('closed to keys: %s', (_, pair, api_tradable, closed) => {
  expect(isClosedToKeys({ pair, api_tradable })).toBe(closed);
});
