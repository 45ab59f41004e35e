// What settings and their values are called in a sweep's tables and pictures.
import { amount } from '../lib/format';
import { has, t, type Key } from '../lib/i18n.svelte';
import type { Scalar } from '../lib/ranges';

export const named = (path: string): string => (has(`set.${path}`) ? t(`set.${path}` as Key) : path);
export function valueText(value: Scalar | undefined): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return t(value ? 'sweep.yes' : 'sweep.no');
  return /^-?\d+(\.\d+)?$/.test(value) ? amount(value) : value;
}
