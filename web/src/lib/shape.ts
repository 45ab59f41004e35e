// Catches slips of the paste before anything is sent: empty fields, stray spaces, swapped fields, a wrong
// length or alphabet. The rules come from the server; this file never keeps a value, only what is wrong with it.
import type { FieldId, FieldRule } from './types';

export type FindingKind = 'empty' | 'spaces' | 'rejected' | 'swapped' | 'same' | 'unexpected';
export interface Finding {
  field: FieldId;
  kind: FindingKind;
  /** `unexpected` is a warning that may be overruled; everything else stops the form. */
  blocks: boolean;
  /** The field this value seems to belong to, or equals. */
  other?: FieldId;
  /** How many characters were pasted: the quickest way to see a cut-off paste. */
  length: number;
}

/** Zero-width characters come along when a key is copied from a chat; they are not white space to JavaScript. */
const INVISIBLE = /[\u200B-\u200D\u2060\uFEFF]/;
const EDGE_SPACE = /^\s|\s$/;
/** A field whose expectation this passes accepts free text, so its shape identifies nothing. */
const FREE_TEXT_PROBE = 'Aa 0!-_~ x';

export function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern).test(value);
  } catch {
    return false; // A pattern this browser can't read must not lock anybody out; the server checks again.
  }
}

export function findSlips(rules: FieldRule[], values: Partial<Record<FieldId, string>>): Finding[] {
  return rules.flatMap((rule) => findSlip(rule, rules, values) ?? []);
}

function findSlip(rule: FieldRule, rules: FieldRule[], values: Partial<Record<FieldId, string>>): Finding | null {
  const value = values[rule.id] ?? '';
  const found = (kind: FindingKind, other?: FieldId): Finding => ({
    field: rule.id, kind, blocks: kind !== 'unexpected', length: [...value].length, ...(other ? { other } : {}),
  });
  if (value === '') return found('empty');
  const twin = rules.find((other) => other.id !== rule.id && values[other.id] === value);
  if (twin) return found('same', twin.id);
  if (EDGE_SPACE.test(value) || INVISIBLE.test(value)) return found('spaces');
  const owner = rules.find((other) => belongsTo(value, rule, other));
  if (owner) return found('swapped', owner.id);
  if (matches(rule.reject, value)) return found(/\s/.test(value) ? 'spaces' : 'rejected');
  return expects(rule, value) ? null : found('unexpected');
}

/** True when the value has the shape of `other` and not the (specific) shape of its own field. */
function belongsTo(value: string, own: FieldRule, other: FieldRule): boolean {
  if (own.id === other.id || !isSpecific(other) || !matches(other.expected, value)) return false;
  return !isSpecific(own) || !matches(own.expected, value);
}

function isSpecific(rule: FieldRule): boolean {
  return rule.expected !== '' && !matches(rule.expected, FREE_TEXT_PROBE);
}

function expects(rule: FieldRule, value: string): boolean {
  return rule.expected === '' || matches(rule.expected, value);
}

/** What the "remove spaces" button leaves of a value. */
export function withoutSpaces(value: string): string {
  return value.replace(/[\s\u200B-\u200D\u2060\uFEFF]/g, '');
}
