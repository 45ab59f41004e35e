// Runs named tests one after the other in one browser, keeps count, and watches what every page does on the side:
// nothing may come from elsewhere, break the content policy, or throw.
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { checkReadable } from './contrast.mjs';

export const WAIT_MS = 20_000;

export async function startHarness({ url, shots, guide, pictures = {} }) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  for (const folder of [shots, guide]) if (folder) mkdirSync(folder, { recursive: true });
  const taken = new Set();
  const trouble = [];
  const count = { passed: 0, failed: 0 };
  let cookies = [];

  /** A page of its own, signed in if somebody was before. */
  async function openPage({ width = 1280, height = 900, language = 'en', theme = 'light', contexts } = {}) {
    const context = await browser.newContext({ baseURL: url, viewport: { width, height }, locale: language === 'nl' ? 'nl-NL' : 'en-GB', colorScheme: theme, reducedMotion: 'reduce' });
    contexts?.push(context);
    await context.addCookies(cookies);
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    page.on('request', (request) => {
      const target = new URL(request.url());
      if (target.host !== new URL(url).host && target.protocol !== 'data:') trouble.push(`request to ${target.host}`);
    });
    page.on('pageerror', (error) => trouble.push(`page error: ${error.message}`));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) trouble.push(message.text());
    });
    return page;
  }

  async function keepSession(page) {
    cookies = await page.context().cookies();
  }

  /** One after the other; `contexts` are closed afterwards (null: all). */
  async function test(name, work, contexts = null) {
    const started = Date.now();
    try {
      await work();
      count.passed += 1;
      console.log(`ok    ${name} (${Date.now() - started} ms)`);
    } catch (error) {
      count.failed += 1;
      console.log(`FAIL  ${name}\n      ${String(error?.stack ?? error).split('\n').slice(0, 12).join('\n      ')}`);
      for (const context of contexts ?? browser.contexts()) {
        for (const page of context.pages()) await shot(page, `failed-${name.replace(/[^a-z0-9]+/gi, '-')}`).catch(() => undefined);
      }
    } finally {
      for (const context of contexts ?? browser.contexts()) await context.close();
    }
  }

  /** Journeys at the same time, each [name, work(openPage)]: its pages are its own. */
  async function together(journeys) {
    await Promise.all(journeys.map(([name, work]) => {
      const contexts = [];
      return test(name, () => work((options) => openPage({ ...options, contexts })), contexts);
    }));
  }

  async function shot(page, name) {
    taken.add(name);
    const picture = guide && Object.keys(pictures).find((one) => pictures[one] === name);
    for (const path of [shots && `${shots}/${name}.png`, picture && `${guide}/${picture}.png`])
      if (path) await page.screenshot({ path, fullPage: true, animations: 'disabled' });
  }

  /** A picture of the guide: what is in view, or one part of the page. */
  async function picture(what, name) {
    taken.add(name);
    if (guide) await what.screenshot({ path: `${guide}/${name}.png`, animations: 'disabled' });
  }

  return { openPage, keepSession, picture, test, together, shot, taken, trouble, count, close: () => browser.close() };
}

export function check(condition, text) {
  if (!condition) throw new Error(text);
}

/** A page wider than its window would scroll sideways, the commonest fault on a phone; and what can't be read does not fit a reader. */
export async function checkFits(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(wide <= 0, `the page is ${wide} px wider than the window`);
  await checkReadable(page);
}
