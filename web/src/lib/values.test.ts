// The small rules: names, addresses, strength, what a claim means.
import { describe, expect, it } from 'vitest';
import { listing, looksLikeV4, looksLikeV6 } from './allowlist';
import { claimTone } from './claims';
import { proposeName } from './names';
import { strength } from './strength';

describe('proposeName', () => {
  it.each([
    [[], 'MEXC Spot Main'],
    [['MEXC Spot Main'], 'MEXC Spot 2'],
    [['mexc spot main', 'MEXC SPOT 2'], 'MEXC Spot 3'],
    [['MEXC Spot 2'], 'MEXC Spot Main'],
  ])('%j leaves %s', (taken, name) => expect(proposeName('MEXC', 'spot', taken)).toBe(name));
});

describe('listing', () => {
  it.each([
    ['203.0.113.7', ['203.0.113.7'], 'listed'],
    ['203.0.113.7', ['198.51.100.2'], 'absent'],
    ['203.0.113.7', ['203.**.113.7'], 'possible'],
    ['203.0.113.154', ['203.**.154'], 'possible'],
    ['203.0.113.7', ['203.**.154'], 'absent'],
    ['203.0.113.7', ['203.0.113.0/24'], 'unknown'],
    ['203.0.113.7', [], 'unknown'],
    [null, ['203.0.113.7'], 'unknown'],
  ])('%s against %j is %s', (address, list, found) => expect(listing(address, list)).toBe(found));
});

describe('addresses', () => {
  it.each(['203.0.113.7', '0.0.0.0'])('%s looks like IPv4', (text) => expect(looksLikeV4(text)).toBe(true));
  it.each(['203.0.113', '203.0.113.256', '1.2.3.04', 'a.b.c.d', ''])('%s does not', (text) => expect(looksLikeV4(text)).toBe(false));
  it.each(['2001:db8::7', '::1', '::ffff:203.0.113.7'])('%s looks like IPv6', (text) => expect(looksLikeV6(text)).toBe(true));
  it.each(['203.0.113.7', '2001:db8:::7', 'hello', ''])('%s does not', (text) => expect(looksLikeV6(text)).toBe(false));
});

describe('strength', () => {
  it.each([
    ['short', 'short'],
    ['aaaaaaaaaaaaaaaa', 'weak'],
    ['password12345678', 'weak'],
    ['abcdefghijklmnop', 'weak'],
    ['purple tractor hums at noon', 'strong'],
    ['k7#Qv9!mTz2$', 'strong'],
    ['tractorhumsnoon', 'fair'],
  ])('%s is %s', (password, level) => expect(strength(password)).toBe(level));
});

describe('claimTone', () => {
  it.each([
    ['withdraw', 'no', 'spot', 'good'],
    ['withdraw', 'yes', 'spot', 'danger'],
    ['withdraw', 'unknown', 'spot', 'attention'],
    ['transfer', 'yes', 'spot', 'attention'],
    ['spot_trade', 'yes', 'spot', 'good'],
    ['spot_trade', 'no', 'spot', 'danger'],
    ['spot_trade', 'yes', 'futures', 'attention'],
    ['futures_trade', 'no', 'spot', 'neutral'],
    ['ip_bound', 'no', 'spot', 'attention'],
    ['key_valid', 'no', 'futures', 'danger'],
  ] as const)('%s: %s on %s is %s', (claim, answer, market, tone) => expect(claimTone(claim, answer, market)).toBe(tone));
});
