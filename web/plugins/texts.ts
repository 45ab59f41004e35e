// How texts reach the pages. In the sources a text is `t('page.tested')`, checked by the compiler against the catalogues. In the build:
//  - a key that only ever stands as a whole is a number, the text's place in its catalogue, so neither catalogue nor page spells it out;
//    keys that a page puts together (`market.${id}`) stay words;
//  - an element that says nothing but one text has its number in the template (<h2 data-t="12">, and <select data-a="aria-label 12"> for one
//    in an attribute), and `saying` of i18n.svelte.ts fills it in: a tenth of the code that Svelte makes for a text that may change at any time.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type AST } from 'svelte/compiler';
import type { Plugin } from 'vite';
import { edit, visit, type Piece } from './tree';

export type Catalogue = Record<string, string>;

/** What a page puts together, as patterns: `market.${id}` is any key of two words that begins with "market". The name of a setting has dots itself. */
function composed(folder: string): RegExp[] {
  const found = new Set<string>();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(ts|svelte)$/.test(file) || /\.test\.ts$|^messages/.test(file)) continue;
    const source = readFileSync(join(folder, file), 'utf8');
    // `${kind}.${name}` could be any key: it must say at least how it begins.
    const vague = /\b(?:t|tn|has|word)\(`\$\{[^`]*\.|= `\$\{\w+\}\.\$\{\w+\}`/.exec(source);
    if (vague) throw new Error(`${file}: a text's key begins with what is only known later: ${vague[0]}`);
    for (const [, text] of source.matchAll(/`([a-z_]+\.(?:[a-z_.]|\$\{[^}`]*\})*)`/g)) if (text!.includes('${')) found.add(text!);
  }
  return [...found].map((text) => new RegExp(`^${text.replaceAll('.', '\\.').replace(/\$\{[^}]*\}/g, /^(set|choice|wrong)\./.test(text) ? '.+' : '[^.]+')}$`));
}

/** Names that are no texts can't be told from keys of one word, so only keys with a dot become numbers. */
function numbers(catalogues: Catalogue[], folder: string): Map<string, number> {
  const patterns = composed(folder);
  const whole = catalogues.flatMap(Object.keys).filter((key) => key.includes('.') && !/\.(one|other)$/.test(key) && !patterns.some((pattern) => pattern.test(key)));
  return new Map(whole.map((key, at) => [key, at]));
}

/** The key of `{t('loading')}`. */
function keyOf({ expression: call }: AST.ExpressionTag): string | null {
  if (call.type !== 'CallExpression' || call.callee.type !== 'Identifier' || call.callee.name !== 't' || call.arguments.length !== 1) return null;
  const key = call.arguments[0]!;
  return key.type === 'Literal' && typeof key.value === 'string' ? key.value : null;
}

const ATTRIBUTES = ['aria-label', 'placeholder', 'title'];
const ELEMENTS_LEFT = ['option', 'textarea', 'title', 'style', 'script'];

/** `<p class="soft">{t('loading')}</p>` becomes `<p class="soft" data-t="loading"></p>`. */
export function markTexts(source: string): string {
  const pieces: Piece[] = [];
  visit(parse(source, { modern: true }).fragment, (node) => {
    if (node.type !== 'RegularElement') return;
    const { name, fragment, attributes } = node as unknown as AST.RegularElement;
    for (const one of attributes) {
      const key = one.type === 'Attribute' && ATTRIBUTES.includes(one.name) && one.value !== true && !Array.isArray(one.value) ? keyOf(one.value) : null;
      if (!key) continue;
      pieces.push({ start: one.start, end: one.end, by: `data-a="${one.name} ${key}"` });
      break; // One of an element.
    }
    const [only] = fragment.nodes;
    if (fragment.nodes.length !== 1 || only?.type !== 'ExpressionTag' || ELEMENTS_LEFT.includes(name)) return;
    if (attributes.some((one) => one.type === 'SpreadAttribute' || one.type === 'BindDirective' && /^(inner|text)/.test(one.name))) return;
    const key = keyOf(only);
    if (!key) return;
    pieces.push({ start: only.start - 1, end: only.end, by: ` data-t="${key}">` });
  });
  return edit(source, pieces);
}

export function texts(root: string, languages: { first: [file: string, name: string, texts: Catalogue]; later: [file: string, name: string, texts: Catalogue] }[]): Plugin[] {
  const places = numbers([languages[0]!.first[2], languages[0]!.later[2]], join(root, 'src'));
  const english = languages[0]!;

  const catalogue = (name: string, said: Catalogue, order: Catalogue): string => {
    const keys = Object.keys(order), numbered = keys.filter((key) => places.has(key)), words = keys.filter((key) => !places.has(key));
    return `const all = ${JSON.stringify(Object.fromEntries(words.map((key) => [key, said[key]])))};
      ${JSON.stringify(numbered.map((key) => said[key]))}.forEach((text, at) => { all[at + ${places.get(numbered[0]!)}] = text; });
      export { all as ${name} };`;
  };

  return [
    {
      name: 'texts-catalogues',
      apply: 'build',
      load(id) {
        for (const { first, later } of languages) {
          if (id === join(root, first[0])) return catalogue(first[1], first[2], english.first[2]);
          if (id === join(root, later[0])) return catalogue(later[1], later[2], english.later[2]);
        }
        return null;
      },
    },
    {
      name: 'texts-numbers',
      apply: 'build',
      enforce: 'post',
      transform(code, id) {
        if (!id.startsWith(join(root, 'src')) || id.includes('/messages/') || /\.css|type=style/.test(id)) return null;
        const pieces: Piece[] = [];
        let fills = false;
        visit(this.parse(code), (node) => {
          if (node.type === 'Literal' && typeof node.value === 'string' && places.has(node.value)) {
            pieces.push({ start: node.start, end: node.end, by: ` ${places.get(node.value)}` });
          }
          const callee = (node as { callee?: { property?: { name?: string } } }).callee?.property?.name;
          if (node.type === 'CallExpression' && /^from_(html|svg)$/.test(callee ?? '')) {
            const text = code.slice(node.start, node.end);
            if (!/ data-[at]="/.test(text)) return;
            fills = true;
            pieces.push({ start: node.start, end: node.end, by: `saying(${text.replace(/( data-(?:t|a)="(?:[a-z-]+ )?)([^" ]+)"/g, (_, before: string, key: string) => `${before}${places.get(key) ?? key}"`)})` });
          }
        });
        if (pieces.length === 0) return null;
        return { code: `${fills ? `import { saying } from '${join(root, 'src/lib/i18n.svelte')}';` : ''}${edit(code, pieces)}`, map: null };
      },
    },
  ];
}
