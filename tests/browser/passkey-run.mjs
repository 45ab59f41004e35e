// Passkeys as a person meets them, with Chromium's own virtual authenticator as the judge of what our pages ask and our signer believes: made at
// the account page, signed in with, asked whether it is you, wider limits; and refused when replayed, copied or gone.
//   BF_BINARY=... node passkey-run.mjs [--shots DIR] [--guide DIR]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { appShows } from '../door/authenticator.mjs';
import { Running, run } from '../door/support.mjs';
import { guideShows, passkeyPictures } from './guide.mjs';
import { check, checkFits, startHarness } from './harness.mjs';

const PASSWORD = 'purple tractor hums at noon';
const { values: { shots, guide } } = parseArgs({ options: { shots: { type: 'string' }, guide: { type: 'string' } } });
const data = mkdtempSync(path.join(tmpdir(), 'bf-passkey-'));
const server = new Running(['serve', '--demo', '--data', data, '--listen', '127.0.0.1:0']);
const ready = await server.ready;
const url = ready.url.replace('127.0.0.1', 'localhost');
const button = (page, name) => page.getByRole('button', { name, exact: true });
const section = (page, heading) => page.locator('section').filter({ has: page.getByRole('heading', { name: heading, exact: true }) });

/** An owner with one-time codes and a connection, by the same doors as anybody's. */
const json = { 'Content-Type': 'application/json' };
const post = async (route, body, cookie) => {
  const answer = await fetch(`${ready.url}/api/v1/${route}`, { method: 'POST', headers: { ...json, ...(cookie && { Cookie: cookie }) }, body: JSON.stringify(body) });
  check(answer.ok, `${route}: ${answer.status}`);
  return answer;
};
const cookie = (await post('set-up', { code: ready.set_up_code, password: PASSWORD })).headers.get('set-cookie').split(';')[0];
const { secret } = await (await post('second-factor/begin', {}, cookie)).json();
const { codes } = await (await post('second-factor/confirm', { code: appShows(secret) }, cookie)).json();
const key = await (await fetch(`${ready.simulator_admin}/keys`, { method: 'POST', headers: json, body: JSON.stringify({ exchange: 'kucoin', permissions: ['read', 'spot'], balances: { USDT: '100' } }) })).json();
delete key.account;
const connection = (await run(['connections', 'add', '--name', 'Main', '--exchange', 'kucoin', '--market', 'spot', '--data', data, '--json'], JSON.stringify(key))).json;

const harness = await startHarness({ url, shots, guide });
const { openPage, keepSession, test, shot, picture, trouble, count } = harness;

/** The authenticator of a page; what it holds goes from page to page. */
let held = [];
async function withAuthenticator(page, more = {}) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  // Some versions of Chromium do not tell whose it is once it was used.
  for (const credential of held) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, rpId: credential.rpId ?? new URL(url).hostname, ...more } });
  return { keep: async () => void ({ credentials: held } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })) };
}
/** Until the page to sign in is there: the one before it asks for passwords, too, and to leave it at once would break the question off. */
async function signOut(page, out = 'Sign out', back = 'Sign in') {
  await button(page, out).click();
  await button(page, back).waitFor();
}
/** With the password given: the page that takes a code. */
async function atTheCode(page) {
  await page.goto('/');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(page, 'Sign in').click();
  await page.getByLabel('One-time code, or a recovery code').waitFor();
}
const accountPage = (page) => page.goto('/#/security/account');

await test('made at the account page with a code', async () => {
  const page = await openPage();
  const authenticator = await withAuthenticator(page);
  await atTheCode(page);
  check(await button(page, 'Use a passkey').count() === 0, 'a passkey is offered where there is none');
  await page.getByLabel('One-time code, or a recovery code').fill(codes.pop());
  await button(page, 'Sign in').click();
  await page.getByRole('link', { name: 'Security' }).waitFor();
  await accountPage(page);
  const passkeys = section(page, 'Passkeys');
  await passkeys.getByLabel('Name of the device').fill('This laptop');
  await passkeys.getByLabel('One-time code').fill('000000');
  await button(passkeys, 'Add a passkey').click();
  await passkeys.getByRole('alert').filter({ hasText: 'code is wrong' }).waitFor();
  await passkeys.getByLabel('One-time code').fill(codes.pop());
  await button(passkeys, 'Add a passkey').click();
  await passkeys.getByText('This laptop').waitFor();
  await passkeys.getByText('never used').waitFor();
  await checkFits(page);
  await shot(page, 'passkeys');
  await keepSession(page);
  await authenticator.keep();
  check(held.length === 1 && held[0].rpId === 'localhost', `the authenticator holds ${JSON.stringify(held.map(({ rpId }) => rpId))}`);
  // The same device again: it says so itself.
  await passkeys.getByLabel('Name of the device').fill('Twice');
  await passkeys.getByLabel('One-time code').fill(codes.pop());
  await button(passkeys, 'Add a passkey').click();
  await passkeys.getByRole('alert').filter({ hasText: 'already' }).waitFor();
});

await test('signing in with it; the same answer sent again is refused', async () => {
  const page = await openPage();
  const authenticator = await withAuthenticator(page);
  await accountPage(page);
  await signOut(page);
  await atTheCode(page);
  await shot(page, 'passkey-sign-in');
  const sent = page.waitForRequest((request) => request.url().endsWith('/sign-in') && /"code":"passkey/.test(request.postData() ?? ''));
  await button(page, 'Use a passkey').click();
  const body = (await sent).postData();
  await page.getByRole('link', { name: 'Security' }).waitFor();
  await authenticator.keep();
  await keepSession(page);
  const again = await fetch(`${ready.url}/api/v1/sign-in`, { method: 'POST', headers: json, body });
  check(again.status === 401 && (await again.json()).code === 'passkey_stale', `a replayed answer gave ${again.status}`);
  await accountPage(page);
  await section(page, 'Passkeys').getByText('last used').waitFor();
  await picture(section(page, 'Passkeys'), 'passkeys');
});

await test('it answers whether it is you', async () => {
  const page = await openPage();
  const authenticator = await withAuthenticator(page);
  let asked = 0;
  await page.route('**/api/v1/tokens', async (route) => {
    if (route.request().method() !== 'POST' || asked++ > 0) return route.continue();
    await route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', status: 403, title: 'Confirm it is you', detail: 'Give your password or one-time code again.', code: 'step_up_needed', field: null }) });
  });
  await accountPage(page);
  await page.getByLabel('What it is for').fill('a script');
  await page.getByLabel('Days it lives').fill('30');
  await button(page, 'Make a token').click();
  const dialog = page.getByRole('dialog', { name: 'Is it you?' });
  await button(dialog, 'Use a passkey').waitFor();
  await shot(page, 'passkey-step-up');
  await button(dialog, 'Use a passkey').click();
  await page.getByText(/^bft_/).waitFor();
  await authenticator.keep();
  await keepSession(page);
});

await test('it widens limits, which the signer judges', async () => {
  const page = await openPage({ theme: 'dark' });
  const authenticator = await withAuthenticator(page);
  await page.goto(`/#/connections/${connection.id}`);
  const change = async (orders, how) => {
    await button(page.getByLabel('Limits of the key'), 'Change').click();
    const dialog = page.getByRole('dialog', { name: 'Change the limits' });
    await dialog.getByLabel('Orders a minute').fill(orders);
    await how(dialog);
  };
  await change('60', async (dialog) => {
    await button(dialog, 'Save').click();
    await dialog.waitFor({ state: 'detached' });
  });
  await change('90', async (dialog) => {
    await button(dialog, 'Save').click();
    await dialog.getByRole('alert').waitFor();
    await shot(page, 'passkey-limits');
    await button(dialog, 'Use a passkey').click();
    await dialog.waitFor({ state: 'detached' });
  });
  await page.getByText('Wider limits wait until').waitFor();
  await authenticator.keep();
  await keepSession(page);
});

await test('a copy that counts from the beginning is refused, in plain words', async () => {
  const page = await openPage({ language: 'nl' });
  await withAuthenticator(page, { signCount: 0 });
  await page.goto('/#/security/account');
  await signOut(page, 'Afmelden', 'Aanmelden');
  await page.getByLabel('Wachtwoord', { exact: true }).fill(PASSWORD);
  await button(page, 'Aanmelden').click();
  await button(page, 'Passkey gebruiken').click();
  await page.getByRole('alert').filter({ hasText: 'telt terug' }).waitFor();
  await shot(page, 'passkey-copied');
});

await test('removed, it is asked for no more; on a phone all of it fits', async () => {
  const page = await openPage({ language: 'nl' });
  await atTheCodeOf(page);
  const authenticator = await withAuthenticator(page);
  await button(page, 'Passkey gebruiken').click();
  await button(page, 'Afmelden').waitFor();
  await authenticator.keep();
  await keepSession(page);
  await accountPage(page);
  const passkeys = section(page, 'Passkeys');
  await passkeys.getByText('This laptop').waitFor();
  const phone = await openPage({ width: 390, height: 844, language: 'nl', theme: 'dark' });
  await accountPage(phone);
  await section(phone, 'Passkeys').getByText('This laptop').waitFor();
  await checkFits(phone);
  await shot(phone, 'passkeys-phone');
  await button(passkeys, 'Verwijderen').click();
  await page.locator('[data-passkeys="0"]').waitFor();
  await signOut(page, 'Afmelden', 'Aanmelden');
  await atTheCodeOf(page);
  check(await button(page, 'Passkey gebruiken').count() === 0, 'a removed passkey is offered');
});
async function atTheCodeOf(page) {
  await page.goto('/');
  await page.getByLabel('Wachtwoord', { exact: true }).fill(PASSWORD);
  await button(page, 'Aanmelden').click();
  await page.getByLabel('Eenmalige code, of een herstelcode').waitFor();
}
await test('the guide shows this run', () => guideShows(passkeyPictures, harness.taken));
await harness.close();

// The same server, reached by its bare address.
const bare = await startHarness({ url: ready.url, shots });
await bare.test('at a bare address the page says why there are none', async () => {
  const page = await bare.openPage();
  await page.context().addCookies([{ name: 'bf_session', value: cookie.split('=')[1], url: ready.url }]);
  await page.goto('/#/security/account');
  await page.getByText('not at a bare address like 127.0.0.1').waitFor();
  check(await button(page, 'Add a passkey').count() === 0, 'it offers what the browser refuses');
  await bare.shot(page, 'passkeys-bare');
});
await bare.close();

await server.stop();
rmSync(data, { recursive: true, force: true });
const all = [...trouble, ...bare.trouble], failed = count.failed + bare.count.failed;
for (const one of all) console.log(`TROUBLE  ${one}`);
console.log(`${count.passed + bare.count.passed} passed, ${failed} failed, ${all.length} other troubles`);
process.exit(failed > 0 || all.length > 0 ? 1 : 0);
