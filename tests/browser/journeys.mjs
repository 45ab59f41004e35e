// The ways through the dashboard, for any language and width.
import { check, checkFits, WAIT_MS } from './harness.mjs';

export const button = (page, name) => page.getByRole('button', { name, exact: true });

export async function openWizard(page, w) {
  await page.goto('/#/');
  await page.getByRole('main').getByRole('link', { name: w.add }).click();
}

/** Up to the form with the credentials. */
export async function toPaste(page, w, { exchange, market, look }) {
  await openWizard(page, w);
  await page.getByRole('radio', { name: exchange }).check();
  await page.getByRole('radio', { name: market === 'spot' ? 'Spot' : 'Futures' }).check();
  await button(page, w.next).click();
  await page.getByRole('heading', { name: w.never }).waitFor();
  await checkFits(page);
  await look?.(page, 'guide');
  await button(page, w.haveKey).click();
  await page.getByLabel(w.key, { exact: true }).waitFor();
}

/** Makes a simulated key and waits until the form holds it; answers what it holds. */
export async function fillDemoKey(page, w, kind) {
  const answered = page.waitForResponse((response) => response.url().endsWith('/demo/keys'));
  await page.locator(`[data-kind="${kind}"]`).click();
  const keys = await (await answered).json();
  await page.waitForFunction(([label, key]) => document.querySelector('#credential-key')?.value === key && label, [w.key, keys.key]);
  return keys;
}

/** Waits for the end of the test on the page and answers its verdict and problem code. */
export async function ending(page) {
  const outcome = page.locator('[data-verdict]');
  await outcome.waitFor({ timeout: WAIT_MS });
  return { verdict: await outcome.getAttribute('data-verdict'), code: await outcome.getAttribute('data-code'), outcome };
}

/** Clicks, and waits for the end of the test that this starts: the ending shown before has a smaller number. */
export async function clickAndTest(page, locator) {
  const before = await page.evaluate(() => Number(document.querySelector('[data-verdict]')?.dataset.test ?? 0));
  const started = page.waitForResponse((response) => response.request().method() === 'POST' && /\/(test|rotate|connections)$/.test(response.url()));
  await locator.click();
  const response = await started;
  check(response.ok(), `the server answered ${response.status()}: ${await response.text().catch(() => '')}`);
  await page.waitForFunction((last) => Number(document.querySelector('[data-verdict]')?.dataset.test ?? 0) > last, before);
  return ending(page);
}

/** The whole wizard. Nothing that was pasted may leave the page unsealed or stay in it. */
export async function addConnection(page, w, { exchange, market, kind, look }) {
  await toPaste(page, w, { exchange, market, look });
  const keys = await fillDemoKey(page, w, kind);
  await checkFits(page);
  await look?.(page, 'paste');
  const name = await page.getByLabel(w.name).inputValue();
  const bodies = [];
  const listen = (request) => bodies.push(request.postData() ?? '');
  page.on('request', listen);
  const end = await clickAndTest(page, button(page, w.test));
  page.off('request', listen);
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.documentElement.outerHTML +
    [...document.querySelectorAll('input')].map((input) => input.value).join());
  for (const secret of [keys.secret, keys.passphrase].filter(Boolean)) {
    check(!bodies.some((body) => body.includes(secret)), 'a secret left the page unsealed');
    check(!kept.includes(secret), 'a secret stayed in the page');
  }
  check(await page.getByText(w.demo).first().isVisible(), 'no banner of the demo');
  await look?.(page, kind);
  await checkFits(page);
  return { ...end, name };
}

export async function shows(outcome, text) {
  await outcome.getByText(text, { exact: false }).first().waitFor();
}

export async function tickAll(outcome) {
  for (const box of await outcome.getByRole('checkbox').all()) await box.check();
}

/** Keeps later runs and the exchange's limits unburdened. Through REST: removal by hand is tested elsewhere. */
export async function removeAll(page) {
  const left = await page.evaluate(async () => {
    const { connections } = await (await fetch('/api/v1/connections')).json();
    const { token } = await (await fetch('/api/v1/request-token')).json();
    const gone = connections.map(({ id }) => fetch(`/api/v1/connections/${id}`, { method: 'DELETE', headers: { 'Content-Type': 'application/json', 'X-BF-Token': token }, body: '{}' }));
    return (await Promise.all(gone)).filter((answer) => !answer.ok).length;
  });
  check(left === 0, `${left} connections could not be removed`);
}
