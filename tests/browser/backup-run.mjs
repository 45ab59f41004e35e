// A backup from the page: a recovery code shown once, the file downloaded, verified on the command line, and the word that ends the hold
// after a restore.   BF_BINARY=... node backup-run.mjs [--shots DIR] [--guide DIR]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Running, run } from '../door/support.mjs';
import { backupPictures, guideShows } from './guide.mjs';
import { check, checkFits, startHarness } from './harness.mjs';

const PASSWORD = 'purple tractor hums at noon';
const option = (name) => process.argv[process.argv.indexOf(name) + 1];
const given = (name) => (process.argv.includes(name) ? option(name) : undefined);
const place = mkdtempSync(path.join(tmpdir(), 'bf-backup-'));
const data = path.join(place, 'data'), elsewhere = path.join(place, 'elsewhere'), file = path.join(place, 'one.bfbackup');
const serve = (folder) => new Running(['serve', '--data', folder, '--listen', '127.0.0.1:0']);
let server = serve(data);
const { url, set_up_code: code } = await server.ready;
const first = await startHarness({ url, shots: given('--shots'), guide: given('--guide') });
const button = (page, name) => page.getByRole('button', { name, exact: true });
let recovery;

await first.test('made with a recovery code, downloaded, verified', async () => {
  const page = await first.openPage();
  await page.goto('/');
  await page.getByLabel('One-time code').fill(code);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Password again').fill(PASSWORD);
  await button(page, 'Set the password and start').click();
  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByText('There is no backup of this installation.').waitFor();
  await page.getByRole('link', { name: 'Backup', exact: true }).click();
  await page.getByText('None was made yet.').waitFor();

  await page.getByLabel('Passphrase of this backup').fill('short');
  await page.getByLabel('Once more', { exact: true }).fill('short');
  await button(page, 'Make and download').click();
  await page.getByRole('alert').filter({ hasText: 'at least 12 characters' }).waitFor();
  await page.getByLabel('Passphrase of this backup').fill('passwordpassword');
  await page.getByLabel('Once more', { exact: true }).fill('passwordpassword');
  await button(page, 'Make and download').click();
  await page.getByRole('alert').filter({ hasText: 'easy to guess' }).waitFor();
  await page.getByLabel('Passphrase of this backup').fill('a passphrase of some length');
  await page.getByLabel('Once more', { exact: true }).fill('another passphrase of it');
  await button(page, 'Make and download').click();
  await page.getByRole('alert').filter({ hasText: 'not the same' }).waitFor();

  await button(page, 'Make a recovery code instead').click();
  recovery = await page.locator('.code').textContent();
  check(/^([0-9A-Z]{5}-){5}[0-9A-Z]$/.test(recovery), 'the recovery code has another form than the command line makes');
  check(await page.getByRole('checkbox').isChecked(), 'the keys are left out unless asked for');
  await checkFits(page);
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Make and download').click()]);
  check(/^backfuture-\d{4}-\d\d-\d\d\.bfbackup$/.test(download.suggestedFilename()), download.suggestedFilename());
  await download.saveAs(file);
  await page.getByText('Downloaded. Keep it on another machine, and verify it.').waitFor();
  await page.getByText('Not verified. Run this where the file is:').waitFor();
  const verified = await run(['backup', 'verify', file, '--data', data, '--json'], recovery);
  check(verified.code === 0 && verified.json.ok, verified.err);
  await page.reload();
  await page.getByText(/^Verified/).waitFor();
  await first.picture(page, 'backup');
  await first.shot(page, 'backup');
  await first.keepSession(page);
});

await first.test('on a phone, in Dutch, in the dark', async () => {
  const phone = await first.openPage({ width: 390, height: 844, language: 'nl', theme: 'dark' });
  await phone.goto('/#/security/backup');
  await phone.getByRole('heading', { name: 'Laatste back-up' }).waitFor();
  await checkFits(phone);
  await first.shot(phone, 'backup-phone');
});
await first.close();
await server.stop();

const restored = await run(['restore', file, '--data', elsewhere, '--json'], recovery);
server = serve(elsewhere);
const { url: there } = await server.ready;
const second = await startHarness({ url: there, shots: given('--shots'), guide: given('--guide') });
await second.test('restored elsewhere, it waits for a word', async () => {
  check(restored.code === 0, restored.err);
  const page = await second.openPage();
  await page.goto('/');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(page, 'Sign in').click();
  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByText('trades nothing until somebody confirms').waitFor();
  await page.getByRole('link', { name: 'Backup', exact: true }).click();
  await second.picture(page, 'backup-restored');
  await second.shot(page, 'backup-restored');
  await button(page, 'Confirm and trade again').click();
  await page.getByText('This installation was restored').waitFor({ state: 'detached' });
  check((await run(['backup', 'confirm', '--data', elsewhere])).code === 3, 'it could be confirmed twice');
});
await second.test('the guide shows this run', () => guideShows(backupPictures, new Set([...first.taken, ...second.taken])));
await second.close();
await server.stop();
rmSync(place, { recursive: true, force: true });
let bad = 0;
for (const harness of [first, second]) {
  for (const one of harness.trouble) console.log(`TROUBLE  ${one}`);
  bad += harness.count.failed + harness.trouble.length;
}
console.log(`${first.count.passed + second.count.passed} passed, ${bad} failures and other troubles`);
process.exit(bad > 0 ? 1 : 0);
