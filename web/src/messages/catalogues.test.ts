// The compiler holds the keys of the catalogues together; this test holds what is inside the texts.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isNumber, isSwitch, SECTIONS } from '../lib/settings';
import { en as first, type Key } from './en';
import { laterEn } from './later.en';
import { laterNl } from './later.nl';
import { nl as firstNl } from './nl';

const en: Record<Key, string> = { ...first, ...laterEn };
const nl: Record<Key, string> = { ...firstNl, ...laterNl };
const files = import.meta.glob<Record<string, Record<string, string>>>(['./en.ts', './*.en.ts', '!./later.en.ts'], { eager: true });
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();
const keys = Object.keys(en) as Key[];
/** Names of the product that no language translates. */
const NAMES = ['Online', 'LIVE', 'PRO', 'LONG', 'SHORT', 'Recovery Mode'];

describe('the catalogues', () => {
  it('have the same keys', () => {
    expect(Object.keys(nl).sort()).toEqual([...keys].sort());
  });

  it('say each text in one place', () => {
    const all = Object.values(files).flatMap(Object.values).flatMap(Object.keys);
    expect(all.length).toBe(keys.length);
    expect(all.filter((key, at) => all.indexOf(key) !== at)).toEqual([]);
  });

  it.each(keys)('%s has the same placeholders and is not empty', (key) => {
    expect(placeholders(nl[key])).toEqual(placeholders(en[key]));
    expect(nl[key].trim()).not.toBe('');
    expect(en[key].trim()).not.toBe('');
  });

  it('say every note of a back-test that the server can send', () => {
    const notes = Object.entries(JSON.parse(readFileSync('../docs/reference/backtest-notes.json', 'utf8')) as Record<string, string>);
    expect(notes.length).toBeGreaterThan(20);
    for (const [code, words] of notes) expect(placeholders(en[`note.${code}` as Key] ?? ''), code).toEqual(placeholders(words));
    expect(keys.filter((key) => key.startsWith('note.')).length).toBe(notes.length);
  });

  it('keep the names that stay as they are', () => {
    expect(nl['status.connected']).toBe('Online');
    for (const key of keys) {
      for (const name of NAMES) if (new RegExp(`\\b${name}\\b`).test(en[key])) expect(nl[key], key).toContain(name);
    }
  });

  it('say an add-on as the product does', () => {
    for (const key of keys) if (/\badd-ons?\b/i.test(en[key])) expect(nl[key], key).toMatch(/bijko|bijgekocht|bij te kopen/i);
  });

  it('promise no profit', () => {
    const promise = /guarantee|passive income|risk.free|always win|sure profit|garant|zekere winst|risicoloos/i;
    for (const key of keys) for (const text of [en[key], nl[key]]) expect(text, key).not.toMatch(promise);
  });

  it('name and explain every setting of a strategy', () => {
    for (const field of SECTIONS.flatMap((section) => section.fields)) {
      expect(en).toHaveProperty([`set.${field.path}`]);
      expect(en).toHaveProperty([`set.${field.path}.help`]);
      if (!isNumber(field) && !isSwitch(field)) for (const choice of field.choices) if (!/^\d/.test(choice)) expect(en).toHaveProperty([`choice.${field.path}.${choice}`]);
    }
    for (const { id } of SECTIONS) expect(en).toHaveProperty([`section.${id}`]);
  });
});
