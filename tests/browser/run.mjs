// Drives Chromium through the dashboard of a running `backfuture serve --demo` that has not been set up yet.
//   node tests/browser/run.mjs --url URL --set-up-code CODE [--admin URL] [--shots DIR] [--guide DIR] [--only TEXT]
// --admin is the simulator's admin address; without it the outage of an exchange can't be staged and its tests fail.
// --shots keeps a picture of every step, --guide those of the guide under the names it knows them by.
// The last line is "N passed, N failed"; the exit status is 0 when nothing failed.
import { parseArgs } from 'node:util';
import { startHarness } from './harness.mjs';
import { doorTests, leavingTests } from './door.mjs';
import { connectionTests } from './connections.mjs';
import { guideShowsTheRun, pictures } from './guide.mjs';
import { pageTests } from './pages.mjs';
import { words } from './words.mjs';

const { values: flags } = parseArgs({
  options: { url: { type: 'string' }, 'set-up-code': { type: 'string' }, admin: { type: 'string' }, shots: { type: 'string' }, guide: { type: 'string' }, only: { type: 'string' } },
});
if (!flags.url || !flags['set-up-code']) {
  console.error('usage: run.mjs --url URL --set-up-code CODE [--admin URL] [--shots DIR] [--guide DIR] [--only TEXT]');
  process.exit(64);
}

const harness = await startHarness({ url: flags.url, shots: flags.shots, guide: flags.guide, pictures });
const wanted = (name) => !flags.only || name.includes(flags.only);
const password = 'purple tractor hums at noon';

/** A password given holds for five minutes for what is dangerous, and a busy machine needs more for all of this. */
let given = Date.now();
async function stillMe() {
  if (Date.now() - given < 120_000) return;
  const page = await harness.openPage();
  await page.goto('/');
  const status = await page.evaluate(async (body) => {
    const { token } = await (await fetch('/api/v1/request-token')).json();
    return (await fetch('/api/v1/step-up', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-BF-Token': token }, body })).status;
  }, JSON.stringify({ password }));
  if (status >= 300) throw new Error(`the password given again was answered ${status}`);
  await harness.keepSession(page);
  await page.context().close();
  given = Date.now();
}

const world = {
  ...harness,
  url: flags.url,
  admin: flags.admin,
  code: flags['set-up-code'],
  password,
  test: (name, work) => (wanted(name) ? harness.test(name, async () => { await stillMe(); await work(); }) : undefined),
};

await harness.test('first set-up', () => doorTests(world, words.en));
await connectionTests(world, { label: 'English', language: 'en', w: words.en });
await connectionTests(world, { label: 'Dutch', language: 'nl', w: { ...words.en, ...words.nl } });
await connectionTests(world, { label: 'phone', language: 'en', w: words.en, width: 360, height: 740, theme: 'dark' });
await pageTests(world, words.en);
await leavingTests(world, words.en);
await world.test('nothing from elsewhere, no broken policy, no page error', () => {
  if (harness.trouble.length > 0) throw new Error([...new Set(harness.trouble)].join('\n'));
});
if (!flags.only) await world.test('the guide shows this run', () => guideShowsTheRun(harness.taken));

await harness.close();
console.log(`${harness.count.passed} passed, ${harness.count.failed} failed`);
process.exit(harness.count.failed === 0 ? 0 : 1);
