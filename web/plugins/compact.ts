// What Svelte's compiler makes, said shorter. All of it changes how much is sent, not what a page does: what an effect writes, and when, stays Svelte's.
import { gzipSync } from 'node:zlib';
import { minify, type MinifyOptions } from 'terser';
import type { Plugin } from 'vite';
import { edit, visit, type Node, type Piece } from './tree';

/** Is it sure to be a text, and quick to make? */
const isText = (node: Node, code: string): boolean => node.type === 'TemplateLiteral' || (node.type === 'CallExpression' && /^tn?\(/.test(code.slice(node.start, node.end)));

/** What a component is given: `let $0 = derived(() => t('a')); C(at, {get title() {return get($0)}})` becomes `C(at, {get title() {return t('a')}})`
    where it is a text; and `$$slots`, which only components of Svelte 4 ask for, go. */
export function plainProps(code: string, tree: unknown): string {
  const pieces: Piece[] = [];
  visit(tree, (node) => {
    if (node.type === 'Property' && (node.key as { name?: string }).name === '$$slots') {
      const end = code[node.end] === ',' ? node.end + 1 : node.end;
      pieces.push({ start: node.start, end, by: '' });
    }
    if (node.type !== 'BlockStatement') return;
    const texts = new Map<string, string>();
    const declared: Piece[] = [];
    for (const one of node.body as Node[]) {
      const [first, second] = (one.declarations ?? []) as { id: { name: string }; init?: Node & { callee?: Node; arguments?: (Node & { body: Node })[] } }[];
      if (one.type !== 'VariableDeclaration' || second || !first?.init?.callee || !/\bderived$/.test(code.slice(first.init.callee.start, first.init.callee.end))) continue;
      const made = first.init.arguments![0]!;
      if (made.type !== 'ArrowFunctionExpression' || !/^\$\d+$/.test(first.id.name) || !isText(made.body, code)) continue;
      texts.set(first.id.name, code.slice(made.body.start, made.body.end));
      declared.push({ start: one.start, end: one.end, by: '' });
    }
    if (texts.size === 0) return;
    const uses: Piece[] = [];
    // A block within may have a $0 of its own: Svelte counts them anew in each.
    const read = (inner: unknown, meant: Map<string, string>): void => {
      if (Array.isArray(inner)) return inner.forEach((one) => read(one, meant));
      if (!inner || typeof inner !== 'object') return;
      const one = inner as Node & { callee?: Node; arguments?: (Node & { name?: string })[]; body?: Node[] };
      if (one.type === 'BlockStatement') {
        const own = (one.body ?? []).flatMap((said) => (said.declarations ?? []) as { id: { name?: string } }[]).map(({ id }) => id.name ?? '');
        if (own.some((name) => meant.has(name))) meant = new Map([...meant].filter(([name]) => !own.includes(name)));
      }
      const text = meant.get(one.arguments?.[0]?.name ?? '');
      if (one.type === 'CallExpression' && text !== undefined && /\bget$/.test(code.slice(one.callee!.start, one.callee!.end))) uses.push({ start: one.start, end: one.end, by: text });
      for (const value of Object.values(one)) read(value, meant);
    };
    read(node.body, texts);
    pieces.push(...declared, ...uses);
  });
  return edit(code, pieces);
}

/** Names that no other code uses, for templatesTogether. */
const namedTemplates = (code: string, tree: unknown): string => {
  const names = new Set([...code.matchAll(/^var (root(?:_\d+)?) = (?:saying\()?\$\.from_(?:html|svg)\(/gm)].map(([, name]) => name!));
  const pieces: Piece[] = [];
  visit(tree, ({ type, name, start, end }) => {
    if (type === 'Identifier' && names.has(name as string)) pieces.push({ start, end, by: `template_${name as string}` });
  });
  return edit(code, pieces);
};

/** Templates stand together in a file and the code together: each compresses better beside its like. And they are one list, so that none
    needs a name of its own. */
function templatesTogether(code: string, tree: { body: Node[] }): string {
  const templates = new Map<string, Node>();
  const declarations = tree.body.filter((node) => {
    const [one, another] = (node.declarations ?? []) as { id: Node & { name: string }; init?: Node }[];
    if (node.type !== 'VariableDeclaration' || another || !one?.init || !one.id.name?.startsWith('template_root')) return false;
    templates.set(one.id.name, one.init);
    return true;
  });
  const first = declarations[0];
  if (!first) return code;
  const names = [...templates.keys()];
  const pieces: Piece[] = declarations.slice(1).map(({ start, end }) => ({ start, end, by: '' }));
  const list = [...templates.values()].map(({ start, end }) => withoutLastTags(code.slice(start, end).replace('/* @__PURE__ */ ', '')));
  // Where the first one is: what makes templates has been set up before it.
  pieces.push({ start: first.start, end: first.end, by: `const templates = [${list.join(',\n')}];` });
  visit(tree.body.filter((node) => !declarations.includes(node)), (node) => {
    if (node.type === 'Identifier' && templates.has((node as unknown as { name: string }).name)) {
      pieces.push({ start: node.start, end: node.end, by: `templates[${names.indexOf((node as unknown as { name: string }).name)}]` });
    }
  });
  return edit(code, pieces);
}

/** Which events bubble up to the document is said once a file, not once a component. */
function delegatedOnce(code: string, tree: { body: Node[] }): string {
  const said = tree.body.filter((node) => node.type === 'ExpressionStatement' && /^delegate\(\[/.test(code.slice(node.start, node.end)));
  const events = new Set(said.flatMap((node) => [...code.slice(node.start, node.end).matchAll(/["'](\w+)["']/g)].map(([, event]) => event!)));
  return edit(code, said.map(({ start, end }, at) => ({ start, end, by: at === 0 ? `delegate(${JSON.stringify([...events])});` : '' })));
}

/** The tags that end a template end by themselves: `<p><b> </b></p>` is read the same as `<p><b> `. */
const withoutLastTags = (template: string): string => template.replace(/(?:<\/[\w-]+>)+(?=[`'"])/, '');

const LETTERS = 'etasrnlociupdhmgbfyvkwxqzj', CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ$', REST = `${LETTERS}${CAPITALS}_0123456789`;
/** The n-th name: of one letter while there are any, then of two, then of three. */
const nameAt = (from: string, n: number): string => {
  if (n < from.length) return from[n]!;
  const [above, last] = [Math.floor((n - from.length) / REST.length), (n - from.length) % REST.length];
  return above < from.length ? from[above]! + REST[last]! : nameAt(from, above) + REST[last]!;
};

/** Minified in four ways, of which the smallest is kept. Functions used once are put where they are used or left alone; names are given by count, or
    capitals for what a file has in common and small letters for what is inside a function, so that functions which are alike get the same names. */
async function minified(code: string, parse: (code: string) => { body: Node[] }): Promise<string> {
  const results: string[] = [];
  for (const functions of [{}, { reduce_funcs: false, inline: 1 }]) {
    const options: MinifyOptions = { module: true, compress: { passes: 3, ecma: 2020, keep_fargs: false, ...functions } };
    results.push((await minify(code, { ...options })).code!);
    const unnamed = (await minify(code, { ...options, mangle: false })).code!;
    const counts = new Map<string, number>();
    for (const node of parse(unnamed).body) {
      const shared = [node.specifiers, node.declarations, [node]].flat() as { local?: { name: string }; id?: { name?: string } }[];
      for (const one of shared) for (const name of [one?.local?.name, one?.id?.name]) if (name) counts.set(name, 0);
    }
    for (const [name] of unnamed.matchAll(/[\w$]+/g)) if (counts.has(name)) counts.set(name, counts.get(name)! + 1);
    const byCount = [...counts].sort((a, b) => b[1] - a[1]).map(([name], at) => [`$${name}`, nameAt(CAPITALS, at)]);
    results.push((await minify(unnamed, {
      module: true, compress: false, nameCache: { vars: { props: Object.fromEntries(byCount) } }, mangle: { nth_identifier: { get: (n: number) => nameAt(LETTERS, n) } },
    })).code!);
  }
  const size = (text: string) => gzipSync(text, { level: 9 }).length;
  return results.reduce((best, one) => (size(one) < size(best) ? one : best));
}

export const compact: Plugin[] = [
  {
    name: 'compact-props', apply: 'build', enforce: 'post',
    transform(code, id) {
      if (!id.endsWith('.svelte')) return null;
      const props = plainProps(code, this.parse(code));
      return { code: namedTemplates(props, this.parse(props)), map: null };
    },
  },
  {
    name: 'compact-files', apply: 'build',
    renderChunk: {
      order: 'post', // After the check of what a browser must know.
      async handler(code) {
        const parse = (text: string) => this.parse(text) as unknown as { body: Node[] };
        const once = delegatedOnce(code, parse(code));
        return { code: await minified(templatesTogether(once, parse(once)), parse), map: null };
      },
    },
  },
];
