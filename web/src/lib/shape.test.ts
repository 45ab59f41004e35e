import { describe, expect, it } from 'vitest';
import { findSlips, withoutSpaces } from './shape';
import type { FieldId, FieldRule } from './types';

const mexc: FieldRule[] = [
  { id: 'key', secret: false, reject: '[^0-9A-Za-z]', expected: '^mx0[0-9A-Za-z]{15}$' },
  { id: 'secret', secret: true, reject: '\\s|^mx0', expected: '^[0-9a-f]{32}$' },
];
const kucoin: FieldRule[] = [
  { id: 'key', secret: false, reject: '\\s', expected: '^[0-9a-f]{24}$' },
  { id: 'secret', secret: true, reject: '\\s', expected: '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' },
  { id: 'passphrase', secret: true, reject: '^\\s|\\s$', expected: '^.{7,32}$' },
];
const MK = 'mx0vglAbCdEfGh1234';
const MS = '45d0b3c26f2644f19bfb98b07741b2f5';
const KK = '6705f5c311545b000157d3eb';
const KS = 'f03a5284-5c39-4aaa-9b20-dea10bdcf8e3';
const KP = 'Backfuture7';

const rows: { why: string; rules: FieldRule[]; values: Partial<Record<FieldId, string>>; found: string[] }[] = [
  { why: 'good MEXC', rules: mexc, values: { key: MK, secret: MS }, found: [] },
  { why: 'good KuCoin', rules: kucoin, values: { key: KK, secret: KS, passphrase: KP }, found: [] },
  { why: 'a passphrase may hold spaces inside', rules: kucoin, values: { key: KK, secret: KS, passphrase: 'two words' }, found: [] },
  { why: 'nothing', rules: mexc, values: {}, found: ['key empty!', 'secret empty!'] },
  { why: 'space at the end', rules: mexc, values: { key: `${MK} `, secret: MS }, found: ['key spaces!'] },
  { why: 'space inside', rules: kucoin, values: { key: KK, secret: `${KS.slice(0, 9)} ${KS.slice(9)}`, passphrase: KP }, found: ['secret spaces!'] },
  { why: 'zero-width space', rules: mexc, values: { key: MK, secret: `${MS}\u200B` }, found: ['secret spaces!'] },
  { why: 'passphrase with a space at its edge', rules: kucoin, values: { key: KK, secret: KS, passphrase: ` ${KP}` }, found: ['passphrase spaces!'] },
  { why: 'swapped', rules: mexc, values: { key: MS, secret: MK }, found: ['key swapped! secret', 'secret swapped! key'] },
  { why: 'swapped, KuCoin', rules: kucoin, values: { key: KS, secret: KK, passphrase: KP }, found: ['key swapped! secret', 'secret swapped! key'] },
  { why: 'key in the passphrase', rules: kucoin, values: { key: KP, secret: KS, passphrase: KK }, found: ['key unexpected', 'passphrase swapped! key'] },
  { why: 'the same twice', rules: mexc, values: { key: MK, secret: MK }, found: ['key same! secret', 'secret same! key'] },
  { why: 'cut off', rules: mexc, values: { key: MK, secret: MS.slice(1) }, found: ['secret unexpected'] },
  { why: 'a cut-off key is not taken for the passphrase', rules: kucoin, values: { key: KK.slice(1), secret: KS, passphrase: KP }, found: ['key unexpected'] },
  { why: 'wrong alphabet', rules: mexc, values: { key: MK, secret: MS.toUpperCase() }, found: ['secret unexpected'] },
  { why: 'rejected characters', rules: mexc, values: { key: `${MK}!`, secret: MS }, found: ['key rejected!'] },
  { why: 'passphrase too short', rules: kucoin, values: { key: KK, secret: KS, passphrase: 'abc' }, found: ['passphrase unexpected'] },
];

describe('findSlips', () => {
  it.each(rows)('$why', ({ rules, values, found }) => {
    const got = findSlips(rules, values).map(
      (slip) => `${slip.field} ${slip.kind}${slip.blocks ? '!' : ''}${slip.other ? ` ${slip.other}` : ''}`);
    expect(got).toEqual(found);
  });

  it('tells how much was pasted, never what', () => {
    const [slip] = findSlips(mexc, { key: MK, secret: MS.slice(2) });
    expect(slip?.length).toBe(30);
    expect(JSON.stringify(slip)).not.toContain(MS.slice(2, 10));
  });

  it('does not lock anybody out over a pattern it cannot read', () => {
    expect(findSlips([{ id: 'key', secret: false, reject: '(', expected: '' }], { key: 'x' })).toEqual([]);
  });

  it('removes every kind of space', () => {
    expect(withoutSpaces(' a\tb\u200Bc\uFEFF\u00A0')).toBe('abc');
  });
});
