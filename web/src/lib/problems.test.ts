import { describe, expect, it, vi } from 'vitest';
import { laterTexts } from './i18n.svelte';
import { problemAtField, problemText, wrongOf } from './problems';

vi.stubGlobal('document', { querySelectorAll: () => [] });
await laterTexts();

describe('what is wrong with a setting', () => {
  it.each([
    ['a number tells its range', 'add_on.zone_step_pct', 'Must be above 0, at most 50.'],
    ['a field with words of its own', 'futures.margin_mode', 'Only isolated margin is offered: with cross one group’s loss can take another’s margin.'],
    ['one of a list', 'pairs[1]', 'Choose at least one pair of this connection’s market.'],
    ['a field of a newer server', 'later.thing', 'This value can’t be used.'],
  ])('%s', (_, path, words) => expect(wrongOf(path)).toBe(words));

  it('leaves sentences with figures to the server', () => {
    const ladder = { code: 'LADDER_EXCEEDS_LIMIT', field: null, text: 'the whole ladder needs 400; the limit is 300.' };
    expect(problemText(ladder)).toBe(ladder.text);
    const elsewhere = { code: 'SETTINGS_INVALID', field: 'connection', text: '"Main" is a connection of another market than the strategy\'s.' };
    expect(problemText(elsewhere)).toBe(elsewhere.text);
    expect(problemAtField({ code: 'CONNECTION_NOT_READY', field: 'connection', text: 'Not Online.' })).toBe('Not Online.');
  });

  it('names the field where it stands alone', () => {
    expect(problemText({ code: 'SETTINGS_INVALID', field: 'add_on.max', text: 'is 11; it must be from 0 to 10' })).toBe('Add-ons at most: Must be 0 to 10.');
  });
});
