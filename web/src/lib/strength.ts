// A hint, not a rule: the server asks for 12 characters, this says whether they are likely to hold.
export const PASSWORD_LENGTH_MIN = 12;

export type Strength = 'short' | 'weak' | 'fair' | 'strong';

const COMMON = /passw|wachtwoord|qwert|azert|letmein|welkom|welcome|admin|bitcoin|crypto|backfuture|trading/gi;

/** Bits a guesser who knows people's habits needs, roughly: repeats, runs and favourite words count little. */
export function guessBits(password: string): number {
  const plain = password.replace(COMMON, '*');
  let alphabet = 0;
  if (/[a-z]/.test(plain)) alphabet += 26;
  if (/[A-Z]/.test(plain)) alphabet += 26;
  if (/[0-9]/.test(plain)) alphabet += 10;
  if (/[^a-zA-Z0-9]/.test(plain)) alphabet += 30;
  let counted = 0;
  for (let i = 0; i < plain.length; i += 1) {
    const step = i === 0 ? 99 : plain.charCodeAt(i) - plain.charCodeAt(i - 1);
    counted += Math.abs(step) <= 1 ? 0.25 : 1;
  }
  const variety = Math.min(1, new Set(plain).size / Math.max(1, Math.min(plain.length, 10)));
  return counted * variety * Math.log2(Math.max(2, alphabet));
}

export function strength(password: string): Strength {
  if ([...password].length < PASSWORD_LENGTH_MIN) return 'short';
  const bits = guessBits(password);
  if (bits < 50) return 'weak';
  return bits < 75 ? 'fair' : 'strong';
}
