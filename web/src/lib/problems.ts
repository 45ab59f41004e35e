// What is said about a setting that the server refuses: in our own words, since its sentences about settings are English fragments that
// stand after a field's name. Refusals with figures (a ladder that doesn't fit, a connection that isn't ready) are the server's.
import { amount } from './format';
import { has, t, type Key } from './i18n.svelte';
import { fieldOf, isNumber, type NumberField } from './settings';
import type { SettingsProblem } from './trading';

export function rangeOf({ least, most, above, below }: NumberField): string {
  const ends = { least: amount(String(least)), most: most === null ? '' : amount(String(most)) };
  if (most === null) return t('range.from', ends);
  if (above) return t(below ? 'range.between' : 'range.above', ends);
  return t(below ? 'range.below' : 'range.within', ends);
}

/** To stand beside the field. */
export function wrongOf(path: string): string {
  const key = `wrong.${path.replace(/\[\d+\]$/, '')}`, field = fieldOf(path);
  if (has(key)) return t(key);
  return field && isNumber(field) ? t('slip.range', { range: rangeOf(field) }) : t('wrong.other');
}
/** A whole sentence of the server is in the reader's language and knows more; what it says of a setting is the end of one, in English. */
const isOfField = ({ code, field, text }: SettingsProblem) => code === 'SETTINGS_INVALID' && field !== null && !text.endsWith('.');
export function problemAtField(problem: SettingsProblem): string {
  return isOfField(problem) ? wrongOf(problem.field!) : problem.text;
}
/** To stand anywhere: with the field's name. */
export function problemText(problem: SettingsProblem): string {
  const name = `set.${problem.field}`;
  return isOfField(problem) && has(name) ? `${t(name as Key)}: ${problemAtField(problem)}` : problemAtField(problem);
}
