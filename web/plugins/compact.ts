// What Svelte's compiler makes, said shorter. Both change how much is sent, not what a page does.
import type { Plugin } from 'vite';
import { edit, visit, type Node, type Piece } from './tree';

/** `template_effect((a, b) => {set(x, a), set(y, b)}, [() => A, () => B])` becomes `template_effect(() => {set(x, A), set(y, B)})`: the effect runs
    when anything in it changes instead of remembering each value; what is unchanged is still not written to the page. */
function plainEffects(code: string, tree: unknown): string {
  const pieces: Piece[] = [];
  visit(tree, (node) => {
    const { callee, arguments: given } = node as unknown as { callee?: { property?: { name?: string } }; arguments: Node[] };
    if (node.type !== 'CallExpression' || callee?.property?.name !== 'template_effect' || given.length !== 2) return;
    const [effect, values] = given as [Node & { params: Node[]; body: Node }, Node & { elements: (Node & { body: Node })[] }];
    if (effect.type !== 'ArrowFunctionExpression' || values.type !== 'ArrayExpression' || values.elements.length !== effect.params.length) return;
    if (values.elements.some((one) => one.type !== 'ArrowFunctionExpression')) return;
    const names = effect.params.map((one) => (one as unknown as { name: string }).name);
    const text = (at: Node) => code.slice(at.start, at.end);
    const uses: Piece[] = [];
    const once = new Set<string>();
    let whole = true;
    visit(effect.body, (inner) => {
      const { name } = inner as unknown as { name: string };
      if (inner.type !== 'Identifier' || !names.includes(name)) return;
      if (once.has(name)) whole = false;
      once.add(name);
      const value = values.elements[names.indexOf(name)]!.body;
      if (value.type === 'BlockStatement') whole = false;
      uses.push({ start: inner.start, end: inner.end, by: `(${text(value)})` });
    });
    if (!whole || once.size !== names.length) return;
    const shift = effect.body.start;
    const body = edit(text(effect.body), uses.map(({ start, end, by }) => ({ start: start - shift, end: end - shift, by })));
    pieces.push({ start: effect.start, end: values.end, by: `() => ${body}` });
  });
  return edit(code, pieces);
}

/** Templates stand together in a file and the code together: each compresses better beside its like. */
function templatesFirst(code: string, tree: { body: Node[] }): string {
  const isTemplate = (node: Node): boolean => node.type === 'VariableDeclaration' && (node.declarations as { init?: Node }[]).every(({ init }) => {
    const text = init ? code.slice(init.start, init.end) : '';
    return /^(\/\* @__PURE__ \*\/ )?(saying\(|from_html\(|from_svg\()/.test(text);
  });
  const moved = tree.body.filter(isTemplate), first = moved[0];
  if (!first) return code;
  // Where the first one is: what makes templates has been set up before it.
  const rest = tree.body.filter((node) => node === first || !moved.includes(node));
  return rest.flatMap((node) => (node === first ? moved : [node])).map((node) => code.slice(node.start, node.end)).join('\n');
}

export const compact: Plugin[] = [
  {
    name: 'compact-effects', apply: 'build', enforce: 'post',
    transform(code, id) {
      if (!id.endsWith('.svelte') || !code.includes('template_effect(')) return null;
      return { code: plainEffects(code, this.parse(code)), map: null };
    },
  },
  {
    name: 'compact-templates', apply: 'build',
    renderChunk(code) {
      return /\bfrom_html\b/.test(code) ? { code: templatesFirst(code, this.parse(code) as unknown as { body: Node[] }), map: null } : null;
    },
  },
];
