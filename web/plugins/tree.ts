// Small tools for the plugins that read and change syntax trees.
export type Node = { type: string; start: number; end: number; [name: string]: unknown };
export interface Piece { start: number; end: number; by: string }

/** Calls `look` with every node of a tree. */
export function visit(node: unknown, look: (node: Node) => void): void {
  if (Array.isArray(node)) for (const one of node) visit(one, look);
  else if (node && typeof node === 'object') {
    if (typeof (node as Node).type === 'string') look(node as Node);
    for (const value of Object.values(node)) if (value && typeof value === 'object') visit(value, look);
  }
}

/** Replaces pieces of a text, none within another. */
export function edit(code: string, pieces: Piece[]): string {
  for (const { start, end, by } of [...pieces].sort((a, b) => b.start - a.start)) code = code.slice(0, start) + by + code.slice(end);
  return code;
}
