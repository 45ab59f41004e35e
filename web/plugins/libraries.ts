// Libraries cut down to what the pages use of them, where the bundler alone can't see it: a method that nothing names (Lightweight Charts has
// a large interface), a function that hangs on an object (TweetNaCl signs and hashes too; we only seal). What is left is theirs, unchanged.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { edit, visit, type Node, type Piece } from './tree';

type Parse = (code: string) => unknown;
interface Member extends Node { computed: boolean; object: Node; property: Node & { name: string } }

/** Without what its errors say to whoever writes a page with it; `npm run dev` still has it. */
export function withoutSentences(code: string, parse: Parse): string {
  const pieces: Piece[] = [];
  visit(parse(code), (node) => {
    const { callee, arguments: given } = node as unknown as { callee?: { name?: string }; arguments: Node[] };
    const [said] = given ?? [];
    if (node.type === 'NewExpression' && callee?.name === 'Error' && (said?.type === 'Literal' || said?.type === 'TemplateLiteral')) pieces.push({ start: said.start, end: said.end, by: '' });
  });
  return edit(code, pieces);
}

/** Every name by which something is read or called: after a dot, in a pattern, in a string. */
function namesUsed(tree: unknown, used = new Set<string>()): Set<string> {
  visit(tree, (node) => {
    if (node.type === 'MemberExpression' && !node.computed) used.add((node as Member).property.name);
    if (node.type === 'Literal' && typeof node.value === 'string') used.add(node.value);
    if (node.type === 'TemplateElement') used.add((node.value as { cooked: string }).cooked);
    if (node.type === 'ObjectPattern') for (const { key } of node.properties as { key?: { name?: string; value?: string } }[]) used.add(key?.name ?? String(key?.value));
  });
  return used;
}

/** Called by the language or the browser, not by name. */
const ASKED_FOR_BY_OTHERS = /^(constructor|then|next|return|throw|toString|toJSON|valueOf|handleEvent)$/;

/** Without the methods of its classes that neither it nor `users` names; again until none is left, as one method may be the last to call another. */
export function withoutUnnamed(code: string, users: string[], parse: Parse): string {
  const outside = new Set<string>();
  for (const user of users) for (const [name] of user.matchAll(/[A-Za-z_$][\w$]*/g)) outside.add(name);
  for (;;) {
    const tree = parse(code), used = namesUsed(tree), pieces: Piece[] = [];
    visit(tree, (node) => {
      const key = node.key as Node & { name?: string };
      if (node.type !== 'MethodDefinition' || node.computed || key.type !== 'Identifier') return;
      const name = key.name!;
      if (!used.has(name) && !outside.has(name) && !ASKED_FOR_BY_OTHERS.test(name)) pieces.push({ start: node.start, end: node.end, by: '' });
    });
    if (pieces.length === 0) return code;
    code = edit(code, pieces);
  }
}

/** Lightweight Charts without the picture and the style of its logo, which chart.ts switches off: it would bring an inline style. */
export function withoutLogo(code: string): string {
  const cut = code.replace(/(\.innerHTML=)'<svg [^']*'/, "$1''").replace(/(\.innerText=)"a#tv-attr-logo[^"]*"/, '$1""');
  if (code.length - cut.length < 500) throw new Error('the logo of lightweight-charts is not where it was: see plugins/libraries.ts');
  return cut;
}

/** `nacl.box.open` of a member expression; empty where it is none of that object's. */
function pathOf(node: Node): string {
  if (node.type !== 'MemberExpression' || node.computed) return '';
  const { object, property } = node as Member;
  if (object.type === 'Identifier') return object.name === 'nacl' ? property.name : '';
  const before = pathOf(object);
  return before && `${before}.${property.name}`;
}

/** TweetNaCl as a module that has just what `user` reads of it. */
export function naclFor(user: string, source: string, parse: Parse): string {
  const body = /^\(function\(nacl\) \{([^]*)\}\)\(typeof module[^\n]*\);\s*$/.exec(source)?.[1];
  if (!body) throw new Error('tweetnacl is not laid out as it was: see plugins/libraries.ts');
  // Random bytes come from the browser; the way for Node.js goes.
  const code = `const nacl = {};${body.replace(/ else if \(typeof require[^]*?\n  \}\n(?=\}\)\(\);)/, '')}\nexport default nacl;`;
  if (code.includes('require(')) throw new Error('tweetnacl finds its random bytes in another way: see plugins/libraries.ts');
  const statements = (parse(code) as { body: Node[] }).body.map((node) => {
    const expression = node.expression as { type: string; left: Node; right: Node } | undefined;
    const path = node.type === 'ExpressionStatement' && expression?.type === 'AssignmentExpression' ? pathOf(expression.left) : '';
    const reads: string[] = [];
    visit(path ? expression!.right : node, (one) => reads.push(pathOf(one)));
    return { node, path, reads };
  });
  const wanted = new Set([...user.matchAll(/\bnacl\.([\w.]+)/g)].map(([, path]) => path!));
  for (let before = -1; before !== wanted.size;) {
    before = wanted.size;
    for (const { path, reads } of statements) if (!path || wanted.has(path)) for (const one of reads) if (one) wanted.add(one);
  }
  return edit(code, statements.filter(({ path }) => path && !wanted.has(path)).map(({ node }) => ({ start: node.start, end: node.end, by: '' })));
}

export function libraries(root: string): Plugin {
  const source = (file: string) => readFileSync(join(root, 'src/lib', file), 'utf8');
  return {
    name: 'libraries', apply: 'build', enforce: 'pre',
    transform(code, id) {
      const parse: Parse = (text) => this.parse(text);
      if (/\/lightweight-charts\/.*\.mjs$/.test(id)) return { code: withoutUnnamed(withoutSentences(withoutLogo(code), parse), [source('chart.ts')], parse), map: null };
      if (id.endsWith('/tweetnacl/nacl.js')) return { code: naclFor(source('seal.ts'), code, parse), map: null };
      return null;
    },
  };
}
