// The guide's pictures are shots of this run: which is which, and that the guide shows no other and misses none.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { check } from './harness.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Picture in docs/guide/pictures <- shot. */
export const pictures = {
  'set-up': 'set-up', rights: 'english-kucoin-spot-guide', paste: 'english-kucoin-spot-paste', test: 'english-kucoin-spot-good',
  invalid: 'english-error-wrong_secret', trading: 'english-error-no_trading_right', address: 'english-error-address_not_listed',
  unavailable: 'english-error-unavailable', refused: 'english-refused-kucoin-withdrawing', unknown: 'english-confirm-unknown_withdrawal',
  connection: 'connection', list: 'english-list-full', phone: 'phone-kucoin-spot-good', dutch: 'dutch-kucoin-futures-good',
};

/** Those of the trading pages, taken by real-run.mjs. */
export const tradingPictures = ['ladder', 'signals', 'group', 'blocked', 'live', 'recovery', 'pro', 'futures', 'difference', 'account', 'modes'];

/** Those of candles and sweeps, taken by backtest-run.mjs. */
export const sweepPictures = ['candles', 'sweep-form', 'sweep-front', 'sweep-map', 'sweep-walk'];

/** Those of backups, taken by backup-run.mjs. */
export const backupPictures = ['backup', 'backup-restored'];

/** That of passkeys, taken by passkey-run.mjs. */
export const passkeyPictures = ['passkeys'];

const PICTURE_BYTES_MAX = 120_000;

function shownPictures() {
  const texts = ['README.md', ...readdirSync(path.join(root, 'docs/guide')).filter((name) => name.endsWith('.md')).map((name) => `docs/guide/${name}`)]
    .map((name) => readFileSync(path.join(root, name), 'utf8')).join('\n');
  return new Set([...texts.matchAll(/pictures\/([a-z-]+)\.png/g)].map(([, name]) => name));
}

/** What a run took is in the guide, and small. */
export function guideShows(pictureNames, taken) {
  const shown = shownPictures();
  for (const name of pictureNames) {
    check(shown.has(name), `${name}.png stands in no guide`);
    check(taken.has(name), `the guide's ${name}.png was not taken`);
    const file = path.join(root, 'docs/guide/pictures', `${name}.png`);
    check(existsSync(file) && statSync(file).size <= PICTURE_BYTES_MAX, `${name}.png is missing or larger than ${PICTURE_BYTES_MAX} bytes`);
  }
}

export function guideShowsTheRun(taken) {
  const shown = shownPictures();
  const others = [...tradingPictures, ...sweepPictures, ...backupPictures, ...passkeyPictures];
  for (const name of shown) check(pictures[name] || others.includes(name), `the guide shows ${name}.png, which no test takes`);
  for (const [name, shot] of Object.entries(pictures)) {
    check(shown.has(name), `${name}.png stands in no guide`);
    check(taken.has(shot), `${shot}, the guide's ${name}.png, was not taken`);
  }
}
