// Times and amounts as people read them, in the chosen language.
import { now } from './clock.svelte';
import { language, t } from './i18n.svelte';

const MINUTE = 60_000;
/** The clock moves in steps, so what has just happened may seem to lie a little ahead. */
const CLOCK_STEP = 10_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The visitor's own variety of the chosen language: dates differ between English in Europe and in America. */
export function locale(): string {
  return navigator.languages.find((one) => one.startsWith(language())) ?? language();
}

/** "3 minutes ago", "in 12 days". Moves with the clock. */
export function age(at: number): string {
  const difference = at - now();
  const distance = Math.abs(difference);
  if (distance < MINUTE) return t(difference > CLOCK_STEP ? 'time.soon' : 'time.just_now');
  const words = new Intl.RelativeTimeFormat(language(), { numeric: 'always' });
  if (distance < HOUR) return words.format(Math.trunc(difference / MINUTE), 'minute');
  if (distance < 2 * DAY) return words.format(Math.trunc(difference / HOUR), 'hour');
  return words.format(Math.trunc(difference / DAY), 'day');
}

export function moment(at: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}

export function day(at: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'long' }).format(at);
}

/** To the nearest day: a second after an exchange said "30 days" it is not 29. Negative once it is over. */
export function daysUntil(at: number): number {
  const left = (at - now()) / DAY;
  return left < 0 ? Math.floor(left) : Math.round(left);
}

/** Groups the integer digits of a plain decimal. Text in, text out: an amount is never made a float. Null: nobody told it. */
export function amount(text: string | null): string {
  if (text === null) return '–';
  const [whole = '', fraction] = text.split('.');
  const [group, point] = language() === 'nl' ? ['.', ','] : [',', '.'];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, group);
  return fraction === undefined ? grouped : grouped + point + fraction;
}

/** When something happened, to the second: today's without the date. */
export function clock(at: number): string {
  const today = new Date(now()).toDateString() === new Date(at).toDateString();
  return new Intl.DateTimeFormat(locale(), today ? { timeStyle: 'medium' } : { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(at);
}
