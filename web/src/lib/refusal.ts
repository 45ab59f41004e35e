// A refusal of our own server in the reader's language.
import type { Problem } from './api';
import { has, language, t } from './i18n.svelte';

/** The server says its refusals in English, with names and numbers in them; readers of another language get the plainer sentence of ours. */
export function refusalOf({ code, title, detail }: Problem): string {
  const key = `refusal.${code}`;
  if (code === 'unreachable') return t('problem.unreachable');
  if (language() === 'en') return detail || title;
  if (has(key)) return t(key);
  return /^[A-Z_]+$/.test(code) ? t('refusal.reason', { code }) : detail || title;
}
