// The compiler holds the keys of the catalogues together; this test holds what is inside the texts.
import { describe, expect, it } from 'vitest';
import { en, type Key } from './en';
import { nl } from './nl';

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();
const keys = Object.keys(en) as Key[];

describe('the catalogues', () => {
  it('have the same keys', () => {
    expect(Object.keys(nl).sort()).toEqual([...keys].sort());
  });

  it.each(keys)('%s has the same placeholders and is not empty', (key) => {
    expect(placeholders(nl[key])).toEqual(placeholders(en[key]));
    expect(nl[key].trim()).not.toBe('');
    expect(en[key].trim()).not.toBe('');
  });

  it('keep the names that stay as they are', () => {
    expect(nl['status.connected']).toBe('Online');
    for (const key of keys) if (en[key].includes('Online')) expect(nl[key]).toContain('Online');
  });
});
