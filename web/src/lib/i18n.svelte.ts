// The language of the pages. English is part of the first screen; Dutch is fetched when it is chosen.
// The choice is kept in this browser (it and the theme are all that is).
import { en, type Key, type Messages } from '../messages/en';

export type { Key };
export type Language = 'en' | 'nl';
export const LANGUAGES: { id: Language; name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'nl', name: 'Nederlands' },
];

const STORED = 'bf.language';
let current = $state.raw<{ language: Language; messages: Partial<Messages> }>({ language: 'en', messages: en });
/** English that comes with pages loaded later; a Dutch catalogue is whole. */
const later: Partial<Messages> = {};

export function addEnglish(texts: Partial<Messages>): void {
  Object.assign(later, texts);
}

export function language(): Language {
  return current.language;
}

/** A key made from an id of the server may be newer than this page: then the key itself must do. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return (current.messages[key] ?? later[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Picks the `.one` or `.other` form; both languages have just these two. */
export function tn(key: PluralKey, count: number): string {
  return t(`${key}.${count === 1 ? 'one' : 'other'}` as Key, { count });
}
type PluralKey = Key extends infer K ? (K extends `${infer Stem}.one` ? Stem : never) : never;

export function has(key: string): key is Key {
  return key in current.messages || key in later;
}

export async function choose(next: Language): Promise<void> {
  const messages = next === 'nl' ? (await import('../messages/nl')).nl : en;
  current = { language: next, messages };
  document.documentElement.lang = next;
  localStorage.setItem(STORED, next);
}

export async function startLanguage(): Promise<void> {
  const stored = localStorage.getItem(STORED);
  const wanted = stored ?? navigator.language.slice(0, 2);
  if (wanted === 'nl') await choose('nl').catch(() => undefined);
}
