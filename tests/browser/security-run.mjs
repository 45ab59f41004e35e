// The Security pages with something on them: what is found about the installation itself, when each key dies as a picture, and an owner who vouches for
// another one's second factor; on a phone and in Dutch too.   BF_BINARY=... node security-run.mjs [--shots DIR]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { appShows } from '../door/authenticator.mjs';
import { Running, run } from '../door/support.mjs';
import { exchange } from '../rest/described.mjs';
import { check, checkFits, startHarness } from './harness.mjs';

const PASSWORD = 'purple tractor hums at noon', DAY = 86_400_000;
const shots = process.argv[2] === '--shots' ? process.argv[3] : undefined;
const data = mkdtempSync(path.join(tmpdir(), 'bf-security-'));
const server = new Running(['serve', '--demo', '--data', data, '--listen', '127.0.0.1:0']);
const { url, simulator_admin: admin } = await server.ready;
const harness = await startHarness({ url, shots });
const { openPage, keepSession, test, shot, trouble, count } = harness;
const button = (page, name) => page.getByRole('button', { name, exact: true });
const codes = {};

/** A further owner with a second factor, whose recovery codes are kept. */
async function owner(name, factor = true) {
  const added = await run(['accounts', 'add', name, '--role', 'owner', '--data', data], PASSWORD);
  check(added.code === 0, added.err);
  if (!factor) return;
  const ask = (route, body, Cookie) => exchange(url, 'post', `/api/v1/${route}`, { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...(Cookie ? { Cookie } : {}) } });
  const cookie = (await ask('sign-in', { account: name, password: PASSWORD })).headers['set-cookie'][0].split(';')[0];
  const { secret } = (await ask('second-factor/begin', {}, cookie)).json();
  ({ codes: codes[name] } = (await ask('second-factor/confirm', { code: appShows(secret) }, cookie)).json());
}
async function connect(name, more) {
  const made = await fetch(`${admin}/keys`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ exchange: 'mexc', permissions: ['read', 'spot'], balances: { USDT: '100' }, ...more }) });
  const { account: _, ...credentials } = await made.json();
  const words = (...rest) => run(['connections', ...rest, '--data', data, '--json'], JSON.stringify(credentials), { timeout: 40_000 });
  const added = await words('add', '--name', name, '--exchange', more.exchange ?? 'mexc', '--market', 'spot');
  check(added.code === 0, added.err);
  check((await words('test', name)).json?.verdict === 'connected', `${name} is not connected`);
}

await owner('anna');
await owner('bert');
await owner('carla', false);
await connect('Soon', { expires_at: Date.now() + 5 * DAY });
await connect('Next month, and with a long name', { expires_at: Date.now() + 26 * DAY });
await connect('Spring', { expires_at: Date.now() + 100 * DAY });
await connect('For good', { exchange: 'kucoin', ip_allow_list: ['127.0.0.1'] });

await test('what is found about the installation, and when each key dies', async () => {
  const page = await openPage();
  await page.goto('/');
  await button(page, 'Sign in to another account').click();
  await page.getByLabel('Account', { exact: true }).fill('anna');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(page, 'Sign in').click();
  await page.getByLabel('One-time code, or a recovery code').fill(codes.anna.pop());
  await button(page, 'Sign in').click();
  await page.getByRole('link', { name: 'Security' }).click();
  await page.locator('[data-finding=no_second_factor]').getByText('carla').waitFor();
  await page.locator('[data-finding=factor_not_counted]').getByText('bert').waitFor();
  await page.locator('[data-finding=limits_default]').waitFor();
  const calendar = page.locator('[data-calendar] svg');
  const label = await calendar.getAttribute('aria-label');
  check(/^Soon: .*; Next month, and with a long name: .*; Spring: .*; For good: no end known$/.test(label), label);
  const ends = await calendar.locator('.life').evaluateAll((lines) => lines.map((line) => [line.getAttribute('class').split(' ')[1], line.x2.baseVal.value]));
  check(ends.map(([tone]) => tone).join() === 'danger,attention,good,none', JSON.stringify(ends));
  check(ends[0][1] < ends[1][1] && ends[1][1] < ends[2][1] && ends[2][1] < ends[3][1], JSON.stringify(ends));
  await shot(page, 'security');
  await keepSession(page);
  const phone = await openPage({ width: 390, height: 844, language: 'nl', theme: 'dark' });
  await phone.goto('/#/security');
  await phone.getByText('Wanneer je sleutels verlopen').waitFor();
  await phone.locator('[data-finding=factor_not_counted]').getByText('niemand staat ervoor in').waitFor();
  await checkFits(phone);
  await shot(phone, 'security-phone');
});

await test('a person is removed after a question, and a browser is named as people name it', async () => {
  const page = await openPage();
  await page.goto('/#/security/account');
  await page.getByText('Chrome, Linux').first().waitFor();
  const carla = page.locator('[data-person=carla]');
  await button(carla, 'Remove').click();
  const dialog = page.getByRole('dialog', { name: 'Remove: carla?' });
  await shot(page, 'remove-person');
  await button(dialog, 'Cancel').click();
  check(await carla.count() === 1, 'carla is gone without a yes');
  await button(carla, 'Remove').click();
  await button(dialog, 'Remove').click();
  await carla.waitFor({ state: 'detached' });
});

await test('an owner vouches for another with a code', async () => {
  const page = await openPage();
  await page.goto('/#/security/account');
  const bert = page.locator('[data-person=bert]');
  await bert.getByText('does not count yet').waitFor();
  await button(bert, 'Vouch').click();
  const dialog = page.getByRole('dialog', { name: 'Vouch for bert?' });
  const code = dialog.getByLabel('Your own one-time code, one not used yet');
  await code.fill('000000');
  await button(dialog, 'Vouch').click();
  await dialog.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
  await shot(page, 'vouch');
  await code.fill(codes.anna.pop());
  await button(dialog, 'Vouch').click();
  await dialog.waitFor({ state: 'detached' });
  await bert.getByText('does not count yet').waitFor({ state: 'detached' });
  await bert.getByText('Second factor').waitFor();
  await page.goto('/#/security');
  await page.locator('[data-finding=limits_default]').waitFor();
  check(await page.locator('[data-finding=factor_not_counted]').count() === 0, 'it is still found');
});

await harness.close();
await server.stop();
rmSync(data, { recursive: true, force: true });
for (const one of trouble) console.log(`TROUBLE  ${one}`);
console.log(`${count.passed} passed, ${count.failed} failed, ${trouble.length} other troubles`);
process.exit(count.failed > 0 || trouble.length > 0 ? 1 : 0);
