// What the build makes of Svelte's code means what it meant.
import { parseAst } from 'vite';
import { expect, it } from 'vitest';
import { plainProps } from './compact';

const plain = (code: string): string => plainProps(code, parseAst(code)).replace(/\s+/g, ' ');

it('a text goes where it is read', () => {
  expect(plain("{ let $0 = $.derived(() => t('a')); C(at, { get title() { return $.get($0); } }); }")).toBe("{ C(at, { get title() { return t('a'); } }); }");
});

it('a name that a block within has for something of its own is left to it', () => {
  const own = "let $0 = $.derived(() => list.map(word)); D(at, { get list() { return $.get($0); }, get title() { return $.get($1); } });";
  expect(plain(`{ let $0 = $.derived(() => t('a')); let $1 = $.derived(() => t('b')); C(at, { get submit() { return $.get($0); }, children: () => { ${own} } }); }`))
    .toBe(`{ C(at, { get submit() { return t('a'); }, children: () => { ${own.replace('$.get($1)', "t('b')")} } }); }`);
});
