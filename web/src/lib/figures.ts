// Figures as they are shown: rounded and aligned as text, so that no amount passes through a float. What is drawn (a chart,
// a bar and its percentage) may use Number(), amounts and prices may not.
import { amount } from './format';
import type { Group } from './trading';

/** How many decimals a step has: "0.010" has 2, "1" none. */
export function decimalsOf(step: string): number {
  return (step.split('.')[1] ?? '').replace(/0+$/, '').length;
}

/** Half away from zero, with exactly that many decimals. Text that is no plain decimal is left as it is. */
export function rounded(text: string, decimals: number): string {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!found) return text;
  const [, sign, whole = '0', fraction = ''] = found;
  const kept = BigInt(whole + fraction.padEnd(decimals, '0').slice(0, decimals));
  const up = (fraction[decimals] ?? '0') >= '5' ? 1n : 0n;
  const digits = String(kept + up).padStart(decimals + 1, '0');
  const cut = digits.length - decimals;
  const value = decimals === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
  return /[1-9]/.test(value) ? sign + value : value;
}

/** Without the zeros at the end that say nothing. */
export function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Decimals that show a price of this size well when its step isn't known: five figures, two at least, ten at most. */
export function priceDecimals(text: string | null): number {
  if (text === null) return 2;
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  if (/[1-9]/.test(whole)) return Math.max(2, 5 - whole.replace(/^0+/, '').length);
  const zeros = /^0*/.exec(fraction)![0].length;
  return Math.min(10, Math.max(2, zeros + 5));
}

/** Five figures of an amount that may have many: a fee, what a check found. */
export function short(text: string): string {
  return amount(trimmed(rounded(text, priceDecimals(text)))).replace('-', '−');
}

export function price(text: string | null | undefined, decimals?: number): string {
  return text === null || text === undefined ? '–' : amount(rounded(text, decimals ?? priceDecimals(text)));
}

/** A break-even is rounded to the side that loses nothing: up for a long, down for a short, as LIVE's sentences have it. */
export function breakEven(text: string | null | undefined, direction: 'long' | 'short', decimals?: number): string {
  return price(carefully(text, direction, decimals), decimals);
}
export function carefully(text: string | null | undefined, direction: 'long' | 'short', decimals?: number): string | null | undefined {
  const places = decimals ?? priceDecimals(text ?? null), found = /^(\d+)(?:\.(\d+))?$/.exec(text ?? '');
  if (!found) return text;
  const [, whole = '0', fraction = ''] = found;
  const beyond = /[1-9]/.test(fraction.slice(places));
  const down = places > 0 ? `${whole}.${fraction.slice(0, places).padEnd(places, '0')}` : whole;
  // Half a step more rounds up whatever there is beyond.
  return beyond && direction === 'long' ? rounded(`${down}${places > 0 ? '' : '.'}5`, places) : down;
}

/** Money of a quote currency, in cents. */
export function money(text: string | null | undefined): string {
  return text === null || text === undefined ? '–' : amount(rounded(text, 2)).replace('-', '−');
}

/** With its sign in front: what was won or lost. */
export function signedMoney(text: string | null | undefined): string {
  const shown = money(text);
  return text && !text.startsWith('-') && /[1-9]/.test(shown) ? `+${shown}` : shown;
}

/** To the last digit; null where one of them is not known. */
export function product(a: string | null, b: string | null): string | null {
  const [one, other] = [a, b].map((text) => /^(-?\d+)(?:\.(\d+))?$/.exec(text ?? ''));
  if (!one || !other) return null;
  const places = (one[2] ?? '').length + (other[2] ?? '').length;
  const digits = String(BigInt(one[1]! + (one[2] ?? '')) * BigInt(other[1]! + (other[2] ?? '')));
  const sign = digits.startsWith('-') ? '-' : '', figures = digits.replace('-', '').padStart(places + 1, '0');
  return places === 0 ? digits : `${sign}${figures.slice(0, -places)}.${figures.slice(-places)}`;
}

/** The currency a pair is paid in: "ETH/USDT", "ETH/USDT:USDT". */
export function quoteOf(pair: string | undefined): string {
  return pair?.split('/')[1]?.split(':')[0] ?? '';
}
export function baseOf(pair: string): string {
  return pair.split('/')[0] ?? pair;
}
/** One side of a difference with the exchange: of the average in quote, else of the amount. */
export function differing(group: Pick<Group, 'pair' | 'desync'>, side: 'expected' | 'found'): string {
  const { desync, pair } = group;
  return desync?.average ? `${amount(trimmed(desync.average[side]))} ${quoteOf(pair)}` : `${amount(desync?.[side] ?? '')} ${baseOf(pair)}`;
}

/** How much of a limit is used, for a bar: 0 to 1, and null where there is no limit. */
export function share(part: string | null, whole: string | null): number | null {
  const of = Number(whole);
  return part === null || whole === null || !(of > 0) ? null : Math.min(1, Math.max(0, Number(part) / of));
}

/** How much of it, in per cent to a tenth: the words of a bar, and no more exact than one. */
export function percent(part: string | null, whole: string | null): string {
  const of = Number(whole);
  return part === null || whole === null || !(of > 0) ? '–' : amount(((100 * Number(part)) / of).toFixed(1));
}
