import { describe, expect, it, vi } from 'vitest';
import { choose } from './i18n.svelte';
import { emptySettings, isNumber, SECTIONS, settingsOf, slipOf, typedOf, type NumberField } from './settings';
import type { Settings } from './trading';

const field = (path: string) => SECTIONS.flatMap((section) => section.fields).find((one) => one.path === path) as NumberField;

describe('slipOf', () => {
  it.each([
    ['empty is the level\'s', 'add_on.max', '', null],
    ['inside', 'add_on.max', '3', null],
    ['the ends belong to it', 'add_on.max', '10', null],
    ['above', 'add_on.max', '11', 'range'],
    ['no half add-on', 'add_on.max', '2.5', 'whole'],
    ['zero is no step', 'add_on.zone_step_pct', '0', 'range'],
    ['a step of fifty', 'add_on.zone_step_pct', '50', null],
    ['a decimal comma', 'add_on.zone_step_pct', '2,5', null],
    ['ten or ten thousand', 'margin.group_limit', '10,000', 'number'],
    ['three decimals after a comma', 'fees.maker_pct', '0,125', null],
    ['three decimals after a point', 'margin.group_limit', '10.000', null],
    ['words', 'add_on.zone_step_pct', 'five', 'number'],
    ['an exponent', 'margin.group_limit', '1e3', 'number'],
    ['no upper end', 'margin.group_limit', '1000000000', null],
    ['a stop of a hundred per cent stops nothing', 'exit.hard_stop_pct', '100', 'range'],
    ['a rebate', 'fees.maker_pct', '-0.02', null],
  ])('%s', (_, path, text, slip) => expect(slipOf(field(path), text)).toBe(slip));
});

describe('settingsOf', () => {
  const kept: Settings = {
    ...emptySettings(), name: 'A', pairs: ['ETH/USDT'], allow_shrink: false,
    margin: { group_limit: '500', group_limit_pct: null }, add_on: { max: 4, on_entry_signal: true },
    recovery: { pro_connection: 'B' }, ...{ later: { setting: 1 } },
  };

  it('sends what was typed in the types of the contract and leaves out what was not', () => {
    const sent = settingsOf(kept, { ...typedOf(kept), 'add_on.zone_step_pct': '2,5', 'entry.max_lag_s': '60', 'margin.group_limit': '' });
    expect(sent.margin).toEqual({});
    expect(sent.add_on).toEqual({ max: 4, on_entry_signal: true, zone_step_pct: '2.5' });
    expect(sent.entry).toEqual({ max_lag_s: 60 });
    expect(sent.allow_shrink).toBe(false);
  });

  it('keeps what this form does not know', () => {
    expect(settingsOf(kept, typedOf(kept))).toMatchObject({ later: { setting: 1 }, recovery: { pro_connection: 'B' } });
  });

  it('changes nothing of what it was given', () => {
    const before = structuredClone(kept);
    settingsOf(kept, {});
    expect(kept).toEqual(before);
  });
});

it('every number has a range that its bounds make sense of', () => {
  for (const one of SECTIONS.flatMap((section) => section.fields).filter(isNumber)) expect(one.most === null || one.most > one.least).toBe(true);
});

it('in Dutch a kept number is shown with a comma, and a point is no mark for thousands', async () => {
  vi.stubGlobal('document', { querySelectorAll: () => [], documentElement: {} });
  vi.stubGlobal('localStorage', { setItem: () => undefined });
  await choose('nl');
  const kept: Settings = { ...emptySettings(), margin: { group_limit: '1250.5' }, fees: { maker_pct: '1.125' } };
  const typed = typedOf(kept);
  expect([typed['margin.group_limit'], typed['fees.maker_pct'], typed['risk_level']]).toEqual(['1250,5', '1,125', undefined]);
  expect(settingsOf(kept, typed)).toMatchObject({ margin: { group_limit: '1250.5' }, fees: { maker_pct: '1.125' } });
  expect(slipOf(field('margin.group_limit'), '10.000')).toBe('number');
  expect(slipOf(field('margin.group_limit'), '10,000')).toBe(null);
  expect(slipOf(field('margin.group_limit'), '1250.5')).toBe(null);
  await choose('en');
});
