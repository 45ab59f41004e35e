// Candles and sweeps through the pages of a real `backfuture serve --demo`, in English on a desktop and in Dutch on a phone: a file that is wrong and
// one that is right, a download, a sweep counted, stopped, gone on with and read, one of its variants as a back-test.
//   BF_BINARY=build/release/backfuture node backtest-run.mjs [--shots DIR] [--guide DIR] [--only TEXT]
import { parseArgs } from 'node:util';
import { Floor, PASSWORD } from './floor.mjs';
import { guideShows, sweepPictures } from './guide.mjs';
import { check, checkFits, startHarness } from './harness.mjs';
import { button, clickAndTest, fillDemoKey, toPaste } from './journeys.mjs';
import { words } from './words.mjs';

const { values: flags } = parseArgs({ options: { shots: { type: 'string' }, guide: { type: 'string' }, only: { type: 'string' } } });
const floor = await Floor.start();
const harness = await startHarness({ url: floor.url, shots: flags.shots, guide: flags.guide });
const START = Date.UTC(2024, 0, 1), MINUTE = 60_000;
const settings = {
  name: 'Ladder', connection: 'Main', market: 'spot', pairs: ['ETH/USDT'], directions: ['long'], risk_level: 'low', margin: { group_limit_pct: '100', connection_limit_pct: '100' },
  entry: { base_order: '300' }, add_on: { trigger: 'zone_only', max: 3 }, exit: { take_profit_pct: '2' }, fees: { maker_pct: '0.1', taker_pct: '0.1' },
};
const lines = (count, from) => Array.from({ length: count }, (_, i) => `${START + (from + i) * MINUTE},100,101,99,100.5,1\n`).join('');
const file = (name, text) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
const own = {
  en: { wrongLine: 'wrong.csv, line 4: the high 98 is below the low 99.', tooMany: /8,991,000 variants/, settingsFile: 'Settings file (JSON)', rangesFile: 'Load ranges from a file', files: 'Files', exchange: 'Exchange', pair: 'Pair', import: 'Import', remove: 'Remove', download: 'Download', start: 'Start the sweep', stop: 'Stop', resume: 'Go on',
    file: 'From a file…', run: 'Run', assumptions: 'Assumptions', spread: 'Spread, basis points', beside: 'Compare with', look: 'Look at it', connection: 'Connection', pairs: 'Pairs', from: 'From', pieces: /Pieces for walk-forward/, newSweep: 'New sweep' },
  nl: { wrongLine: 'wrong.csv, regel 4: de hoogste koers 98 ligt onder de laagste 99.', tooMany: /8\.991\.000 varianten/, settingsFile: 'Bestand met instellingen (JSON)', rangesFile: 'Bereiken uit een bestand', files: 'Bestanden', exchange: 'Exchange', pair: 'Paar', import: 'Importeren', remove: 'Verwijderen', download: 'Downloaden', start: 'Sweep starten', stop: 'Stoppen', resume: 'Verdergaan',
    file: 'Uit een bestand…', run: 'Uitvoeren', assumptions: 'Aannames', spread: 'Spread, basispunten', beside: 'Vergelijken met', look: 'Bekijken', connection: 'Verbinding', pairs: 'Paren', from: 'Van', pieces: /Stukken voor walk-forward/, newSweep: 'Nieuwe sweep' },
};

async function candles(page, { language, w, look, picture }) {
  await page.goto('/#/backtests/candles');
  await page.locator('[data-set="example-spot-ETH-USDT-1m"]').waitFor({ timeout: 60_000 });
  const pair = language === 'en' ? 'BTC/USDT' : 'SOL/USDT', set = `binance-spot-${pair.replace('/', '-')}-1m`;
  const bring = async (...files) => {
    await page.getByLabel(w.files, { exact: true }).setInputFiles(files);
    await page.getByLabel(w.exchange, { exact: true }).fill('binance');
    await page.getByLabel(w.pair, { exact: true }).first().fill(pair);
    await button(page, w.import).click();
  };
  // A line that is wrong is named, and nothing is kept.
  await bring(file('wrong.csv', `${lines(3, 0)}${START + 3 * MINUTE},100,98,99,100,1\n`));
  await page.locator('[data-import="failed"]').getByText(w.wrongLine).waitFor();
  await look(page, 'wrong-candles');
  check((await page.locator(`[data-set="${set}"]`).count()) === 0, 'a refused file left candles');
  // Two files with a gap between them are one set; the gap is shown.
  await bring(file('first.csv', lines(2000, 0)), file('second.csv', lines(500, 2010)));
  await page.locator('[data-import="done"]').waitFor();
  await page.locator(`[data-set="${set}"]`).getByRole('button', { expanded: false }).first().click();
  await page.locator('[data-gaps="1"]').waitFor();
  await checkFits(page);
  await look(page, 'candles');
  if (picture) await picture(page.locator('section.sheet').first(), 'candles');
  // Gone for good after a question.
  await page.locator(`[data-set="${set}"]`).getByRole('button', { name: new RegExp(`^${w.remove} |${w.remove.toLowerCase()}$`) }).click();
  await button(page.getByRole('dialog'), w.remove).click();
  await page.locator(`[data-set="${set}"]`).waitFor({ state: 'detached' });
}

/** What a newcomer does: the example on the candles that are there, one of its groups, and the same beside another run of it. */
async function oneRun(page, { w, look }) {
  await page.goto('/#/backtests');
  const chart = page.locator('[data-chart="ready"]'), shown = page.locator('[data-backtest]');
  await page.waitForFunction(() => [...document.querySelectorAll('#run-candles option')].some((one) => one.value.startsWith('example-')), undefined, { timeout: 60_000 });
  await page.locator('#run-candles').selectOption('example-spot-ETH-USDT-1m');
  await button(page, w.run).click();
  await shown.waitFor();
  await chart.waitFor();
  check((await page.locator('[data-backtest] figure path').count()) === 3, 'a curve is missing');
  check(/\b2021\b/.test(await shown.locator('tbody tr').first().innerText()), 'a group of five years ago is listed without its year');
  await checkFits(page);
  // On a phone too every figure of a group is in view, under its name.
  check(await shown.locator('table').last().evaluate((table) => [table, ...table.querySelectorAll('td')].every((one) => one.scrollWidth <= one.parentElement.clientWidth + 1 &&
    one.getBoundingClientRect().right <= innerWidth)), 'the list of groups is wider than the page');
  await look(page, 'run');
  const first = await shown.getAttribute('data-backtest');
  const ladder = shown.locator('tbody tr').filter({ has: page.locator('td:nth-child(5)', { hasText: /^[2-5]$/ }) }).first();
  await ladder.getByRole('button').click();
  await page.locator('[data-zones="5"]').waitFor();
  check((await chart.getAttribute('data-lines')) === 'take_profit break_even average', `the group's lines are ${await chart.getAttribute('data-lines')}`);
  await look(page, 'run-group');
  await page.getByText(w.assumptions, { exact: true }).click();
  await page.getByLabel(w.spread, { exact: true }).fill('6');
  await button(page, w.run).click();
  await page.waitForFunction((before) => document.querySelector('[data-backtest]') && document.querySelector('[data-backtest]').dataset.backtest !== before, first);
  await page.getByLabel(w.beside).selectOption(first);
  await page.waitForFunction(() => document.querySelectorAll('[data-backtest] figure path').length === 6);
  const heads = await shown.locator('thead').first().locator('th').allInnerTexts();
  // On a phone too both figures are in view.
  check(await shown.locator('table').first().evaluate((table) => [...table.querySelectorAll('td')].every((one) => one.getBoundingClientRect().right <= innerWidth)), 'the figures of two runs are beyond the page');
  check(heads.length === 3 && heads[1] !== heads[2], `two runs of one strategy are called the same: ${heads}`);
  await checkFits(page);
  await look(page, 'run-beside');
}

async function download(page, { w, look }) {
  await page.goto('/#/backtests/candles');
  const section = page.locator('section.sheet').last();
  await section.getByLabel(w.from, { exact: true }).fill(new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10));
  await section.getByLabel(w.pairs, { exact: true }).fill('eth');
  await page.getByRole('button', { name: /^ETH\/USDT/ }).click();
  await button(section, w.download).click();
  await page.locator('[data-download="done"]').waitFor({ timeout: 60_000 });
  await page.locator('[data-set="kucoin-spot-ETH-USDT-1m"]').waitFor();
  await checkFits(page);
  await look(page, 'downloaded');
}

async function sweeps(page, { w, look, picture }) {
  await page.goto('/#/backtests/sweeps');
  // Who has no strategy is shown the example; a file is another choice.
  await page.locator('[data-count="42"]').waitFor();
  await page.locator('#run-strategy').selectOption({ label: w.file });
  await page.locator('[data-count]').waitFor({ state: 'detached' });
  const takes = page.getByLabel(w.settingsFile, { exact: true });
  await takes.setInputFiles(file('settings.json', '{\n"name": "x",\n}'));
  await page.getByText(/settings\.json, (line|regel) 3:/).waitFor();
  await takes.setInputFiles(file('settings.json', JSON.stringify(settings)));
  await page.locator('form select').nth(1).selectOption('example-spot-ETH-USDT-1m');
  await page.locator('[data-count="42"]').waitFor();
  // What would explode is refused before it starts, with a number.
  const ranges = page.getByLabel(w.rangesFile);
  await ranges.setInputFiles(file('ranges.json', '{"ranges":{\n"exit.take_profit_pct":[]}}'));
  await page.getByText(/ranges\.json, (line|regel) 2: exit\.take_profit_pct/).waitFor();
  await ranges.setInputFiles(file('ranges.json', JSON.stringify({ 'exit.take_profit_pct': { from: '0.001', to: '0.9', step: '0.0001' }, 'add_on.zone_step_pct': { from: '0.01', to: '10', step: '0.01' } })));
  await page.getByRole('alert').getByText(w.tooMany).waitFor();
  check(await button(page, w.start).isDisabled(), 'a sweep without end can be started');
  // A long one: seen running, stopped, gone on with, stopped again.
  await ranges.setInputFiles(file('ranges.json', JSON.stringify({ ranges: { 'exit.take_profit_pct': { from: '0.2', to: '6', step: '0.01' }, 'add_on.zone_step_pct': { from: '1', to: '20', step: '0.1' } }, walk_forward: { pieces: 5 } })));
  await page.locator('[data-count]').filter({ hasText: /./ }).waitFor();
  await button(page, w.start).click();
  const result = page.locator('[data-sweep]');
  await result.and(page.locator('[data-state="running"]')).waitFor();
  const tried = async () => Number(await result.getAttribute('data-tried'));
  const grows = async (from) => page.waitForFunction((before) => Number(document.querySelector('[data-sweep]')?.dataset.tried) > before, from);
  await grows(50);
  await page.locator('[data-variant]').first().waitFor();
  await look(page, 'sweep-running');
  await button(page, w.stop).click();
  await result.and(page.locator('[data-state="stopped"]')).waitFor();
  const before = await tried();
  await page.reload();
  await result.and(page.locator('[data-state="stopped"]')).waitFor();
  check((await tried()) === before, `${await tried()} of ${before} rows after the stop`);
  await button(page, w.resume).click();
  await grows(before);
  await button(page, w.stop).click();
  await result.and(page.locator('[data-state="stopped"]')).waitFor();
  await button(page, w.remove).click();
  await button(page.getByRole('dialog'), w.remove).click();
  await page.waitForURL(/sweeps$/);

  // One to its end, and read.
  await page.locator('#run-strategy').selectOption({ label: w.file });
  await page.getByLabel(w.settingsFile, { exact: true }).setInputFiles(file('settings.json', JSON.stringify(settings)));
  await page.locator('form select').nth(1).selectOption('example-spot-ETH-USDT-1m');
  await page.getByLabel(w.rangesFile).setInputFiles(file('ranges.json', JSON.stringify({ ranges: { 'exit.take_profit_pct': { from: '0.5', to: '5', step: '0.5' }, 'add_on.zone_step_pct': { from: '1', to: '8', step: '1' }, 'add_on.size_multiplier': ['1', '1.5', '2'] }, walk_forward: { pieces: 5 } })));
  await page.locator('[data-count="240"]').waitFor();
  await checkFits(page);
  await look(page, 'sweep-form');
  if (picture) await picture(page.locator('form.sheet'), 'sweep-form');
  await button(page, w.start).click();
  await result.and(page.locator('[data-state="done"]')).waitFor({ timeout: 60_000 });
  check((await tried()) === 240, 'not all variants were tried');
  await page.locator('[data-walk="4"]').waitFor();
  await page.locator('[data-map="80"]').waitFor();
  await page.locator('[data-rows="240"]').waitFor();
  // Sorted by a click, and back.
  const first = () => page.locator('[data-variant]').first().getAttribute('data-variant');
  const best = await first();
  const head = page.locator('[data-rows] th').nth(5).getByRole('button');
  await head.click();
  await page.waitForFunction((one) => document.querySelector('[data-variant]')?.dataset.variant !== one, best);
  await checkFits(page);
  await look(page, 'sweep');
  await page.locator('[data-front] circle.front').first().press('Enter');
  await page.locator('[data-picked]').waitFor();
  if (picture) {
    for (const [name, part] of [['sweep-front', '[data-front]'], ['sweep-map', '[data-map]'], ['sweep-walk', '[data-walk]']]) await picture(page.locator(part), name);
  }
  await page.locator('[data-picked]').getByRole('button', { name: w.look, exact: true }).click();
  await page.locator('[data-backtest]').waitFor();
  await checkFits(page);
  await look(page, 'variant');
}

let failed = 1;
try {
  const page = await harness.openPage();
  await page.goto('/');
  await page.evaluate(([code, password]) => fetch('/api/v1/set-up', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code, password }) }), [floor.code, PASSWORD]);
  await harness.keepSession(page);
  await page.context().close();
  const views = [
    ['English, desktop', { language: 'en', w: { ...words.en, ...own.en }, picture: harness.picture }],
    ['Dutch, phone, dark', { language: 'nl', w: { ...words.nl, ...own.nl }, width: 360, height: 740, theme: 'dark' }],
  ];
  for (const [label, view] of views) {
    const look = (one, name) => harness.shot(one, `${label.split(',')[0]}-${name}`);
    const journey = (name, work) => (flags.only && !`${name}, ${label}`.includes(flags.only) ? undefined : harness.test(`${name}, ${label}`, async () => work(await harness.openPage(view), { ...view, look })));
    await journey('candles', candles);
    await journey('one run', oneRun);
    await journey('sweeps', sweeps);
    if (view.language === 'en') await journey('download', async (one, more) => {
      await toPaste(one, more.w, { exchange: 'KuCoin', market: 'spot' });
      await fillDemoKey(one, more.w, 'good');
      await clickAndTest(one, button(one, more.w.test));
      await download(one, more);
    });
  }
  await harness.test('nothing from elsewhere, no broken policy, no page error', () => {
    if (harness.trouble.length > 0) throw new Error([...new Set(harness.trouble)].join('\n'));
  });
  if (!flags.only) await harness.test('the guide shows this run', () => guideShows(sweepPictures, harness.taken));
  failed = harness.count.failed;
} finally {
  await harness.close();
  await floor.stop();
}
if (failed > 0 && floor.said) console.log(`the server said:\n${floor.said.slice(-3000)}`);
console.log(`${harness.count.passed} passed, ${harness.count.failed} failed`);
process.exit(failed === 0 ? 0 : 1);
