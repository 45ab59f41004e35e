// Canvas knows no tokens: what each one is now is read off an element.
import type { Colors } from './chart';

export function readColors(frame: HTMLElement): Colors {
  const probe = document.createElement('span');
  frame.append(probe);
  const read = (value: string) => {
    probe.style.color = value;
    return getComputedStyle(probe).color;
  };
  const mixed = (token: string, share: number) => read(token).replace(/^rgb\((.*)\)$/, `rgba($1, ${share})`);
  const all: Colors = {
    ink: read('var(--ink)'), soft: read('var(--ink-soft)'), line: mixed('var(--line)', 0.6), up: read('var(--good)'), down: read('var(--danger)'),
    band: mixed('var(--brand)', 0.1), bandUsed: mixed('var(--brand)', 0.22), buy: read('var(--brand)'), sell: read('var(--attention)') };
  probe.remove();
  return all;
}
