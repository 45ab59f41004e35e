// Trades through the pages of a real `backfuture serve --demo`: KuCoin and MEXC, spot and futures, side by side, in English and Dutch,
// at a desktop's and a phone's width: what ctest runs.
//   BF_BINARY=build/release/backfuture node real-run.mjs [--shots DIR] [--guide DIR] [--only TEXT]
import { parseArgs } from 'node:util';
import { Floor, PASSWORD } from './floor.mjs';
import { startHarness } from './harness.mjs';
import { everything, kucoinFutures, kucoinSpot, mexcFutures, mexcSpot, paperMoney, Trader } from './real.mjs';
import { guideShows, tradingPictures } from './guide.mjs';
import { tradingWords, words } from './words.mjs';

const { values: flags } = parseArgs({ options: { shots: { type: 'string' }, guide: { type: 'string' }, only: { type: 'string' } } });
const floor = await Floor.start();
const harness = await startHarness({ url: floor.url, shots: flags.shots, guide: flags.guide });
const en = { ...tradingWords.en, ...words.en, strategyName: tradingWords.en.name, close: tradingWords.en.close };
const nl = { ...en, ...words.nl, ...tradingWords.nl, name: words.nl.name, strategyName: tradingWords.nl.name };
const phone = { width: 360, height: 740 };
let failed = 1;
try {
  const page = await harness.openPage();
  await page.goto('/');
  await page.evaluate(([code, password]) => fetch('/api/v1/set-up', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code, password }) }), [floor.code, PASSWORD]);
  await harness.keepSession(page);
  await page.context().close();
  const trader = (label, more) => new Trader({ floor, ...harness, ...(more.pages ? { openPage: more.pages } : {}) }, { label, ...more });
  const spot = trader('English', { language: 'en', w: en, exchange: 'KuCoin', symbol: 'ETH/USDT' });
  const journeys = [
    ['KuCoin spot, English, desktop', (pages) => kucoinSpot(Object.assign(spot, { pages }))],
    ['MEXC spot, Dutch, phone', (pages) => mexcSpot(trader('Dutch-phone', { pages, language: 'nl', w: nl, exchange: 'MEXC', symbol: 'ETH/USDT', theme: 'dark', ...phone }))],
    ['KuCoin futures, Dutch, desktop', (pages) => kucoinFutures(trader('Dutch', { pages, language: 'nl', w: nl, exchange: 'KuCoin', market: 'futures', symbol: 'ETH/USDT:USDT' }))],
    ['MEXC futures, English, desktop', (pages) => mexcFutures(trader('MEXC-futures', { pages, language: 'en', w: en, exchange: 'MEXC', market: 'futures', symbol: 'ETH/USDT:USDT' }))],
    ['Play money, English, phone', (pages) => paperMoney(trader('Paper', { pages, language: 'en', w: en, exchange: 'KuCoin', symbol: 'ETH/USDT', ...phone }))],
  ].filter(([name]) => !flags.only || name.includes(flags.only));
  // Side by side: each waits a minute for what takes a minute.
  await harness.together(journeys);
  if (!flags.only) await harness.test('everything at once, English, phone', () => {
    const small = trader('phone', { language: 'en', w: en, exchange: 'KuCoin', symbol: 'ETH/USDT', ...phone });
    return everything(Object.assign(small, { hook: spot.hook, address: spot.address }));
  });
  await harness.test('nothing from elsewhere, no broken policy, no page error', () => {
    if (harness.trouble.length > 0) throw new Error([...new Set(harness.trouble)].join('\n'));
  });
  if (!flags.only) await harness.test('the guide shows this run', () => guideShows(tradingPictures, harness.taken));
  failed = harness.count.failed;
} finally {
  await harness.close();
  await floor.stop();
}
if (failed > 0 && floor.said) console.log(`the server said:\n${floor.said.slice(-3000)}`);
console.log(`${harness.count.passed} passed, ${harness.count.failed} failed`);
process.exit(failed === 0 ? 0 : 1);
