// A second factor as a person meets it: the invitation, the QR code, the recovery codes, signing in with a code, and the question whether
// it is really you, which only the time or a new sign-in ends.   BF_BINARY=... node factor-run.mjs [--shots DIR]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { appShows } from '../door/authenticator.mjs';
import { Running } from '../door/support.mjs';
import { check, checkFits, startHarness } from './harness.mjs';

const PASSWORD = 'purple tractor hums at noon';
const shots = process.argv[2] === '--shots' ? process.argv[3] : undefined;
const data = mkdtempSync(path.join(tmpdir(), 'bf-factor-'));
const server = new Running(['serve', '--data', data, '--listen', '127.0.0.1:0']);
const { url, set_up_code: code } = await server.ready;
const harness = await startHarness({ url, shots });
const { openPage, keepSession, test, shot, trouble, count } = harness;
const button = (page, name) => page.getByRole('button', { name, exact: true });
let secret, codes;

/** A code that was not used before: of the step that comes next. */
let step = 0;
async function freshCode() {
  const next = Math.max(Math.floor(Date.now() / 30_000), step + 1);
  while (Math.floor(Date.now() / 30_000) < next - 1) await new Promise((resolve) => setTimeout(resolve, 200));
  step = next;
  return appShows(secret, next * 30_000);
}

await test('the invitation leads to the QR code, a first code turns it on', async () => {
  const page = await openPage();
  await page.goto('/');
  await page.getByLabel('One-time code').fill(code);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Password again').fill(PASSWORD);
  await button(page, 'Set the password and start').click();
  await page.getByRole('link', { name: 'Set up a second factor' }).click();
  await button(page, 'Set it up').click();
  const picture = page.getByAltText('QR code for the app');
  await picture.waitFor();
  check(await picture.evaluate((image) => image.complete && image.naturalWidth > 0), 'the QR code is not drawn');
  secret = await page.locator('section[data-factor] code').textContent();
  await shot(page, 'factor-scan');
  await page.getByLabel('One-time code').fill('000000');
  await button(page, 'Turn it on').click();
  await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
  await page.getByLabel('One-time code').fill(await freshCode());
  await button(page, 'Turn it on').click();
  await page.getByText('Your recovery codes').waitFor();
  codes = await page.locator('.codes li').allTextContents();
  check(codes.length === 10, `${codes.length} recovery codes`);
  await shot(page, 'factor-codes');
  await button(page, 'I have kept them').click();
  await page.getByText('On. 10 recovery codes are left.').waitFor();
  check(await page.getByRole('link', { name: 'Set up a second factor' }).count() === 0, 'it still invites');
  await checkFits(page);
  await keepSession(page);
});

await test('signing in takes the code, and says what is wrong with another', async () => {
  const page = await openPage();
  await page.goto('/');
  await button(page, 'Sign out').click();
  const wanted = async (typed) => {
    await page.getByLabel('One-time code, or a recovery code').fill(typed);
    await button(page, 'Sign in').click();
  };
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(page, 'Sign in').click();
  await page.getByLabel('One-time code, or a recovery code').waitFor();
  await wanted('000000');
  await page.getByText('This code is not right.').waitFor();
  await shot(page, 'sign-in-code');
  await wanted(appShows(secret, step * 30_000));
  await page.getByText('This code was used already.').waitFor();
  await wanted(codes[0]);
  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByText('On. 9 recovery codes are left.').waitFor();
  await keepSession(page);
});

await test('people, tokens and sessions on one page, on a phone too', async () => {
  const page = await openPage();
  await page.goto('/#/security/account');
  const people = page.locator('section').filter({ has: page.getByRole('heading', { name: 'People' }) });
  await people.getByLabel('Name').fill('vera');
  await people.getByLabel('Password').fill('six brown otters listened');
  await button(people, 'Add').click();
  await page.locator('[data-person=vera]').waitFor();
  const tokens = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Tokens for scripts' }) });
  await tokens.getByLabel('What it is for').fill('a script');
  await tokens.getByLabel('Days it lives').fill('30');
  await button(tokens, 'Make a token').click();
  await tokens.getByText(/^bft_/).waitFor();
  await shot(page, 'account');
  const phone = await openPage({ width: 390, height: 844, language: 'nl', theme: 'dark' });
  await phone.goto('/#/security/account');
  await phone.getByText('Tweede factor').first().waitFor();
  await phone.locator('[data-person=vera]').waitFor();
  await checkFits(phone);
  await shot(phone, 'account-phone');
});

await test('after five minutes it asks whether it is you', async () => {
  const page = await openPage();
  // As the server answers then; the answer after it is the server's own.
  let asked = 0;
  await page.route('**/api/v1/tokens', async (route) => {
    if (route.request().method() !== 'POST' || asked++ > 0) return route.continue();
    await route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', status: 403, title: 'Confirm it is you', detail: 'Give your password or one-time code again.', code: 'step_up_needed', field: null }) });
  });
  await page.goto('/#/security/account');
  await page.getByLabel('What it is for').fill('another script');
  await page.getByLabel('Days it lives').fill('30');
  await button(page, 'Make a token').click();
  const dialog = page.getByRole('dialog', { name: 'Is it you?' });
  await dialog.getByLabel('One-time code').fill(codes[1]);
  await shot(page, 'step-up');
  await button(dialog, 'Confirm').click();
  await page.getByText(/^bft_/).waitFor();
  await page.getByText('another script').waitFor();
});

await harness.close();
await server.stop();
rmSync(data, { recursive: true, force: true });
for (const one of trouble) console.log(`TROUBLE  ${one}`);
console.log(`${count.passed} passed, ${count.failed} failed, ${trouble.length} other troubles`);
process.exit(count.failed > 0 || trouble.length > 0 ? 1 : 0);
