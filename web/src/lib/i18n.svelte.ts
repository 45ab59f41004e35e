// The language of the pages: one is loaded, the other never unless it is chosen. Two pieces a language, what the first screen
// says and all the rest. The choice is kept in this browser (it and the theme are all that is).
import type { Key, Messages } from '../messages/en';

export type { Key };
export type Language = 'en' | 'nl';
export const LANGUAGES: { id: Language; name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'nl', name: 'Nederlands' },
];

const FIRST = { en: async () => (await import('../messages/en')).en, nl: async () => (await import('../messages/nl')).nl };
const LATER = { en: async () => (await import('../messages/later.en')).laterEn, nl: async () => (await import('../messages/later.nl')).laterNl };
const STORED = 'bf.language';
let current = $state.raw<{ language: Language; messages: Partial<Messages> }>({ language: 'en', messages: {} });
let wanted: Language = 'en';
let all = false;

export function language(): Language {
  return current.language;
}

/** A key made from an id of the server may be newer than this page: then the key itself must do. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return (current.messages[key] ?? String(key)).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Picks the `.one` or `.other` form; both languages have just these two. */
export function tn(key: PluralKey, count: number): string {
  return t((key + (count === 1 ? '.one' : '.other')) as Key, { count });
}
type PluralKey = Key extends infer K ? (K extends `${infer Stem}.one` ? Stem : never) : never;

export function has(key: string): key is Key {
  return key in current.messages;
}

async function load(next: Language): Promise<void> {
  wanted = next;
  const [first, later] = await Promise.all([FIRST[next](), all ? LATER[next]() : {}]);
  if (wanted !== next) return; // Another was chosen meanwhile.
  current = { language: next, messages: { ...(current.language === next ? current.messages : {}), ...first, ...later } };
  fill(document);
}

export async function choose(next: Language): Promise<void> {
  await load(next);
  document.documentElement.lang = next;
  localStorage.setItem(STORED, next);
}

/** For whatever is not part of the first screen. */
export async function laterTexts(): Promise<void> {
  if (all) return;
  all = true;
  await load(wanted).catch((error: unknown) => {
    all = false;
    throw error;
  });
}

export async function startLanguage(): Promise<void> {
  const stored = localStorage.getItem(STORED);
  const wish = stored ?? navigator.language.slice(0, 2);
  if (wish === 'nl') return choose('nl').catch(() => load('en'));
  return load('en');
}

/** Texts that are all an element says: the build leaves their keys in the template (plugins/texts.ts), and here they are filled in, once where
    the template is used and again when another language is chosen. */
export function saying(template: () => Node): () => Node {
  return () => {
    const made = template();
    fill(made as ParentNode & Node);
    return made;
  };
}
function fill(root: ParentNode & Node): void {
  for (const one of [root, ...root.querySelectorAll('[data-t],[data-a]')] as Partial<HTMLElement>[]) {
    const { t: key, a: attribute } = one.dataset ?? {}; // A document and a fragment have none.
    if (key) one.textContent = t(key as Key);
    if (attribute) one.setAttribute!(...(attribute.split(' ').map((word, at) => (at ? t(word as Key) : word)) as [string, string]));
  }
}
