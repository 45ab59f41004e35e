// Proposes a connection's name: clear at first sight and not taken ("MEXC Spot Main", then "MEXC Spot 2").
import type { Market } from './types';

export const NAME_LENGTH_MAX = 64;

export function proposeName(exchange: string, market: Market, taken: Iterable<string>): string {
  const used = new Set([...taken].map((name) => name.toLowerCase()));
  const stem = `${exchange} ${market === 'spot' ? 'Spot' : 'Futures'}`;
  const free = (name: string) => !used.has(name.toLowerCase());
  if (free(`${stem} Main`)) return `${stem} Main`;
  let number = 2;
  while (!free(`${stem} ${number}`)) number += 1;
  return `${stem} ${number}`;
}
