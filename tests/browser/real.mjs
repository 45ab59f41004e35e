// What a trader does with the real program, through the pages: connects accounts in the wizard, writes a strategy while its ladder is
// drawn, sends signals to the address the page shows, watches the group open, add, be blocked, enter Recovery Mode, route a new idea to
// the PRO connection, and close in profit; and presses each button a group, a strategy and the whole installation have.
import { Floor as Scripts } from '../rest/trading.mjs';
import { check, checkFits } from './harness.mjs';
import { button, clickAndTest, fillDemoKey, toPaste } from './journeys.mjs';

/** Recovery Mode needs its trigger for a minute, a difference is looked for once a minute. */
const LONG_MS = 110_000;
const setting = (page, path) => page.locator(`[data-setting="${path}"]`);
const row = (page, outcome) => page.locator(`[data-decision][data-outcome="${outcome}"]`);

/** `w`: words of wizard and trading pages in one language. */
export class Trader {
  constructor({ floor, openPage, shot, picture }, { label, language, width, height, theme, w, exchange, symbol, market = 'spot' }) {
    Object.assign(this, { floor, label, language, w, exchange, symbol, market, openPage: () => this.pages({ language, width, height, theme }), pages: openPage });
    // The guide's pictures are English, of a desktop and of spot.
    this.picture = picture;
    this.shows = language === 'en' && !width && market === 'spot';
    this.look = (page, name) => shot(page, `real-${label}-${name}`);
    this.name = `${exchange} ${market} ${label}`;
  }
  setPrice = (price) => this.floor.setPrice(this.exchange.toLowerCase(), this.symbol, price);
  signal = (more) => this.floor.signal(this.hook.address, this.hook.alert, more);

  async paste(page, name, credentials) {
    const { w, exchange, market } = this;
    await toPaste(page, w, { exchange, market });
    if (credentials) for (const [field, value] of Object.entries(credentials)) await page.locator(`#credential-${field}`).fill(value);
    else await fillDemoKey(page, w, 'good');
    await page.getByLabel(w.name).fill(name);
  }

  async connect(page, name, credentials) {
    const { w } = this;
    await this.paste(page, name, credentials);
    const { verdict, code } = await clickAndTest(page, button(page, w.test));
    check(verdict === 'connected', `${name}: ${verdict} ${code}`);
  }

  /** In the editor, with the ladder beside it. */
  async write(page, connection, { pro, more = {} } = {}) {
    const { w } = this;
    await page.goto('/#/strategies/new');
    await page.getByLabel(w.strategyName, { exact: true }).fill(this.name);
    await page.getByLabel(w.connection, { exact: true }).selectOption(connection);
    await page.getByLabel(w.pairs, { exact: true }).fill('eth');
    await page.getByRole('button', { name: new RegExp(`^${this.symbol}`) }).click();
    await page.locator('[data-ladder="ok"]').waitFor();
    check((await page.locator('[data-ladder] tbody tr').count()) === 4, 'low has not four rungs');
    check((await page.locator('[data-ladder] svg rect.zone').count()) === 3, 'the picture has not three zones');
    for (const [path, value] of Object.entries({ 'add_on.cooldown_s': '0', 'entry.base_order': '95', ...more })) await setting(page, path).locator('input').first().fill(value);
    if (pro) {
      await page.getByRole('heading', { name: w.recovery, exact: true }).click();
      await page.locator('#pro').selectOption(pro);
      await page.locator('[data-ladder="ok"]').waitFor();
    }
    await checkFits(page);
    await this.look(page, 'editor');
    if (this.shows && pro) await this.picture(page.locator('.ladder .ladder'), 'ladder');
  }

  async create(page) {
    const { w } = this;
    await button(page, w.create).click();
    await page.getByRole('heading', { name: this.name, level: 1 }).waitFor();
    const shown = (part) => page.locator(`[data-hook="${part}"]`).textContent();
    this.hook = { address: await shown('address'), alert: await shown('alert') };
    check(this.hook.address.startsWith(`${this.floor.url}/hooks/`), `the address is ${this.hook.address}`);
    await checkFits(page);
    await this.look(page, 'created');
    if (this.shows) await this.picture(page.locator('section').filter({ has: page.locator('#hook-title') }), 'signals');
    await button(page, w.copied).click();
    this.page = page;
    this.address = page.url();
    await button(page, w.enable).click();
    await button(page.getByRole('dialog'), w.enable).click();
    await page.getByText(w.enabled, { exact: true }).first().waitFor();
  }

  /** Waits on the strategy's page until that many of its signals ended so. */
  async decided(outcome, count, page = this.page) {
    await page.waitForFunction(([one, wanted]) => document.querySelectorAll(`[data-decision][data-outcome="${one}"]`).length === wanted, [outcome, count]).catch(async (error) => {
      throw new Error(`not ${count} ${outcome}: ${(await page.locator('[data-decision]').allInnerTexts()).join(' | ')}\n${error.message}`);
    });
    return row(page, outcome).first();
  }
  async send(outcome, count, page) {
    await this.signal();
    return this.decided(outcome, count, page);
  }
  /** From the page's title, or a part of it, down to the end of the chart. */
  async top(page, name, from = 'h1') {
    const [start, chart, main] = await Promise.all([from, '.chart', 'main'].map((part) => page.locator(part).first().boundingBox()));
    const clip = { x: main.x + 8, y: start.y - 8, width: main.width - 16, height: chart.y + chart.height - start.y + 16 };
    await this.picture({ screenshot: (options) => page.screenshot({ ...options, fullPage: true, clip }) }, name);
  }
  async confirm(page, name) {
    await button(page, name).click();
    await button(page.getByRole('dialog'), name).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }

  /** Opens at 3,000 and shows the group's page. */
  async open() {
    const { w, page } = this;
    await (await this.send('OPENED', 1)).getByText(w.opened).waitFor();
    await page.locator('[data-group]').getByRole('link').first().click();
    await page.locator('[data-chart="ready"]').waitFor();
    await page.getByText(w.resting).waitFor();
    this.group = page.url();
    const lines = await page.locator('[data-chart]').getAttribute('data-lines');
    for (const line of ['average', 'break_even', 'take_profit', ...(this.market === 'futures' ? ['liquidation'] : [])]) check(lines.split(' ').includes(line), `the chart lacks ${line}: ${lines}`);
    check((await page.locator('[data-chart]').getAttribute('data-zones')) === '3', 'the chart has not three zones');
    await checkFits(page);
  }

  /** Adds at 2,848, is blocked at 2,900, adds at 2,698 and 2,548. */
  async ladder() {
    const { w, page } = this;
    const exit = () => page.locator('[data-fact="exit"]').textContent();
    const first = await exit();
    await this.setPrice('2848');
    await (await this.send('ADDED', 1)).getByText(w.zone1).waitFor();
    await page.waitForFunction((before) => { const now = document.querySelector('[data-fact="exit"]')?.textContent; return now && now !== before && /\d/.test(now); }, first);
    await this.setPrice('2900');
    await (await this.send('BLOCKED', 1)).getByText(w.blocked).waitFor();
    await this.setPrice('2698');
    await (await this.send('ADDED', 2)).getByText(w.zone2).waitFor();
    await this.setPrice('2548');
    await (await this.send('ADDED', 3)).getByText(w.zone3).waitFor();
    this.since = Date.now();
    await page.waitForFunction(() => document.querySelectorAll('table tbody')[0]?.rows.length === 4);
    await checkFits(page);
  }

  /** LIVE tells why, and its trace each check with what it saw and what its limit is. */
  async trace(page) {
    const { w } = this;
    await page.goto('/#/live');
    await page.getByLabel(w.strategy).selectOption({ label: this.name });
    await page.getByLabel(w.outcome).selectOption('BLOCKED');
    const blocked = row(page, 'BLOCKED').filter({ hasText: w.blocked });
    await blocked.first().waitFor();
    await checkFits(page);
    await this.look(page, 'live');
    if (this.shows) {
      await page.getByLabel(w.outcome).selectOption('');
      await row(page, 'OPENED').first().waitFor();
      await this.picture(page.locator('main'), 'live');
      await page.getByLabel(w.outcome).selectOption('BLOCKED');
    }
    await blocked.getByRole('link').first().click();
    const failed = page.locator('[data-result="fail"]');
    await failed.first().waitFor();
    check((await failed.first().getAttribute('data-verdict')) === 'ADDON_OUT_OF_ZONE', 'the trace blames another check');
    await failed.first().getByText(/2[.,]?900/).first().waitFor();
    await failed.first().getByText(/2[.,]?700/).first().waitFor();
    check((await page.locator('[data-result="pass"]').count()) > 15, 'the passed checks are missing');
    await checkFits(page);
    await this.look(page, 'decision');
    if (this.shows) {
      await failed.first().evaluate((element) => element.scrollIntoView({ block: 'center' }));
      await this.picture(page.locator('section').filter({ has: failed.first() }).last(), 'blocked');
    }
  }

  async recovered(trigger, words, page = this.page) {
    await page.locator(`[data-trigger="${trigger}"]`).getByText(words).waitFor({ timeout: LONG_MS });
    await page.locator('[data-state="RECOVERY"]').waitFor();
  }

  /** A new idea goes to the PRO connection; then both close in profit. */
  async pro() {
    const { w, page } = this;
    await page.goto(this.address);
    await page.locator('[data-group]').first().waitFor();
    const opened = await this.send('OPENED', 2);
    await opened.getByText('PRO', { exact: true }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll('[data-group]').length === 2);
    await this.look(page, 'both');
    if (this.shows) await this.picture(page.locator('section').filter({ has: page.locator('[data-group]') }).first(), 'pro');
    await this.setPrice('2620');
    await page.waitForFunction(() => document.querySelectorAll('[data-group]').length === 1);
    await this.setPrice('2800');
    await page.waitForFunction(() => document.querySelectorAll('[data-group]').length === 0);
    await page.goto('/#/groups');
    await button(page, w.closedGroups).click();
    await page.getByLabel(w.strategy).selectOption({ label: this.name });
    await page.waitForFunction(() => document.querySelectorAll('[data-group][data-state="CLOSED"]').length === 2);
    for (const reason of [w.takenProfit, w.recovered]) await page.locator('[data-group]').getByText(reason).waitFor();
    check((await page.locator('[data-group] .gain').count()) === 2, 'not both closed in profit');
    await checkFits(page);
    await this.look(page, 'closed');
    await page.goto(this.group);
    await page.locator('[data-chart="ready"]').waitFor();
    await page.locator('dd.gain').first().waitFor();
    await checkFits(page);
    await this.look(page, 'closed-group');
  }
}

/** KuCoin spot: all the way, with a release and a return into Recovery Mode by hand. */
export async function kucoinSpot(trader) {
  const { w } = trader;
  const page = await trader.openPage();
  await trader.setPrice('3000');
  await trader.connect(page, 'KuCoin Spot Main');
  await trader.connect(page, 'KuCoin PRO', await trader.floor.makeAccount('kucoin'));
  await trader.write(page, 'KuCoin Spot Main', { pro: 'KuCoin PRO' });
  check((await page.locator('[data-warning=PRO_SAME_ACCOUNT]').count()) === 0, 'KuCoin tells its accounts apart');
  await trader.create(page);
  await trader.open();
  await trader.ladder();
  const other = await trader.openPage();
  await trader.trace(other);
  // While the minute of the trigger goes by: entries paused, and what a signal is told then.
  await other.goto(trader.address);
  await trader.confirm(other, w.exitOnly);
  await other.locator('[data-mode="exit_only"]').waitFor();
  await trader.signal();
  await row(other, 'BLOCKED').filter({ hasText: w.mode }).waitFor();
  await trader.look(other, 'exit-only');
  await trader.confirm(other, w.resume);
  await other.locator('[data-mode="normal"]').waitFor();
  await trader.recovered('add_ons_used', w.trigger);
  await trader.look(page, 'recovery');
  await page.setViewportSize({ width: 1100, height: 820 });
  await trader.top(page, 'group');
  await trader.picture(page.locator('.notice').filter({ has: page.locator('[data-trigger]') }), 'recovery');
  await page.setViewportSize({ width: 1280, height: 900 });
  await trader.confirm(page, w.release);
  await page.locator('[data-state="ACTIVE"]').waitFor();
  await trader.confirm(page, w.recover);
  await trader.recovered('user', w.byHand);
  await trader.pro();
}

/** MEXC spot: the same way without detours. Of a connection that was never tested nothing proves whose account it is: the editor warns. */
export async function mexcSpot(trader) {
  const { w } = trader;
  const page = await trader.openPage();
  await trader.setPrice('3000');
  await trader.connect(page, 'MEXC Spot Main');
  await trader.connect(page, 'MEXC PRO', await trader.floor.makeAccount('mexc'));
  // The page always begins the test of what it saves.
  const untested = (route) => (route.request().method() === 'POST' ? route.continue({ postData: JSON.stringify({ ...route.request().postDataJSON(), test: false }) }) : route.continue());
  await page.route('**/api/v1/connections', untested);
  await trader.paste(page, 'MEXC untested', await trader.floor.makeAccount('mexc'));
  await Promise.all([page.waitForResponse((got) => got.request().method() === 'POST' && got.url().endsWith('/connections')), button(page, w.test).click()]);
  await page.unroute('**/api/v1/connections', untested);
  await trader.write(page, 'MEXC Spot Main', { pro: 'MEXC PRO' });
  check((await page.locator('[data-warning=PRO_SAME_ACCOUNT]').count()) === 0, 'two proven accounts are warned of');
  await page.locator('#pro').selectOption('MEXC untested');
  await page.locator('[data-warning=PRO_SAME_ACCOUNT]').getByText(w.sure).waitFor();
  await trader.look(page, 'pro-warning');
  await page.locator('#pro').selectOption('MEXC PRO');
  await page.locator('[data-warning=PRO_SAME_ACCOUNT]').waitFor({ state: 'detached' });
  // A mistake is told in the reader's language, beside its field.
  await page.getByRole('heading', { name: w.signals, exact: true }).click();
  await setting(page, 'generator.slow').locator('input').fill('10');
  await setting(page, 'generator.slow').getByText(w.wrongSlow).waitFor();
  await setting(page, 'generator.slow').locator('input').fill('');
  await page.locator('[data-ladder="ok"]').waitFor();
  await trader.create(page);
  await trader.open();
  await trader.ladder();
  await trader.trace(await trader.openPage());
  await trader.recovered('add_ons_used', w.trigger);
  await trader.look(page, 'recovery');
  await trader.pro();
}

/** KuCoin futures: liquidation on the chart; something sold by hand is found, adopted; closed by its button. */
export async function kucoinFutures(trader) {
  const { w, floor } = trader;
  const page = await trader.openPage(), account = await floor.makeAccount('kucoin');
  await trader.setPrice('3000');
  await trader.connect(page, 'KuCoin Futures Careful', account);
  await trader.write(page, 'KuCoin Futures Careful', { more: { 'margin.group_limit_pct': '10' } });
  await trader.create(page);
  await trader.open();
  await trader.look(page, 'group');
  await trader.setPrice('2848');
  await (await trader.send('ADDED', 1)).getByText(w.zone1).waitFor();
  await new Scripts({ admin: floor.admin }).sellByHand(account, '0.01');
  await page.locator('[data-state="DESYNC"]').waitFor({ timeout: LONG_MS });
  await checkFits(page);
  await trader.look(page, 'desync');
  const english = await trader.pages({ language: 'en', width: 1100, height: 820 });
  await english.goto(trader.group);
  await english.locator('[data-chart="ready"]').waitFor();
  await trader.picture(english.locator('.notice').filter({ hasText: '0.11' }), 'difference');
  await trader.top(english, 'futures', '.columns');
  await trader.confirm(page, w.adopt);
  await page.locator('[data-state="ACTIVE"]').waitFor();
  await trader.confirm(page, w.close);
  await page.locator('[data-state="CLOSED"]').waitFor();
  await page.getByText(w.closedByYou).waitFor();
  await trader.look(page, 'closed-group');
}

/** MEXC futures: the whole ladder, Recovery Mode because its add-ons are used up, a new idea on the PRO connection, both closed in profit. */
export async function mexcFutures(trader) {
  const { w, floor } = trader;
  const page = await trader.openPage();
  await trader.setPrice('3000');
  await trader.connect(page, 'MEXC Futures Main', await floor.makeAccount('mexc'));
  await trader.connect(page, 'MEXC Futures PRO', await floor.makeAccount('mexc'));
  await trader.write(page, 'MEXC Futures Main', { pro: 'MEXC Futures PRO', more: { 'margin.group_limit_pct': '10' } });
  await trader.create(page);
  await trader.open();
  await trader.ladder();
  await trader.recovered('add_ons_used', w.trigger);
  await trader.look(page, 'recovery');
  await trader.pro();
}

/** Play money: the account of a paper strategy gets another amount, a wrong one is told in a sentence. */
export async function paperMoney(trader) {
  const { w, floor } = trader;
  const page = await trader.openPage();
  await trader.setPrice('3000');
  await trader.connect(page, 'KuCoin Paper', await floor.makeAccount('kucoin'));
  await page.goto('/#/strategies/new');
  await page.getByLabel(w.strategyName, { exact: true }).fill(trader.name);
  await page.getByLabel(w.connection, { exact: true }).selectOption('KuCoin Paper');
  await page.getByLabel(w.pairs, { exact: true }).fill('eth');
  await page.getByRole('button', { name: new RegExp(`^${trader.symbol}`) }).click();
  await page.getByLabel('Trade on paper').check();
  await page.locator('[data-ladder="ok"]').waitFor();
  await button(page, w.create).click();
  await page.getByRole('heading', { name: trader.name, level: 1 }).waitFor();
  await button(page, w.copied).click();
  await page.getByRole('link', { name: 'KuCoin Paper', exact: true }).first().click();
  const equity = page.locator('.figures .main dd');
  await equity.filter({ hasText: '10,000' }).waitFor();
  const field = page.getByLabel('Amount (USDT)');
  await field.fill('2500.5');
  await button(page, 'Save').click();
  await page.getByText('Set.', { exact: true }).waitFor();
  await equity.filter({ hasText: '2,500.5' }).waitFor();
  await field.fill('-1');
  await button(page, 'Save').click();
  await page.getByText('The amount is a number from 0 to 1,000,000,000.').waitFor();
  await equity.filter({ hasText: '2,500.5' }).waitFor();
  await checkFits(page);
  await trader.look(page, 'paper-money');
  // A real account has no such field.
  await page.goto(page.url().replace('~paper', ''));
  await page.getByRole('heading', { name: /KuCoin Paper$/, level: 1 }).waitFor();
  check((await page.getByLabel('Amount (USDT)').count()) === 0, 'a real account has a field for play money');
}

/** The buttons for everything at once: exit only, and everything closed now. */
export async function everything(trader) {
  const { w } = trader;
  const page = await trader.openPage();
  await trader.setPrice('3000');
  await page.goto('/#/strategies');
  await trader.confirm(page, w.pause);
  await page.locator('[data-everything="no_new_groups"]').waitFor();
  await trader.confirm(page, w.exitOnly);
  await page.locator('[data-everything="exit_only"]').getByText(w.exitOnly).waitFor();
  const strategy = await trader.openPage();
  await strategy.goto(trader.address);
  await trader.signal();
  await row(strategy, 'BLOCKED').filter({ hasText: w.mode }).first().waitFor();
  await checkFits(page);
  await trader.look(page, 'everything');
  await trader.confirm(page, w.resume);
  await page.locator('[data-everything]').waitFor({ state: 'detached' });
  await trader.signal();
  await strategy.locator('[data-group]').getByRole('link').first().click();
  await strategy.getByText(w.resting).waitFor();
  const account = await trader.openPage();
  // What was sold by hand was found; BackFuture's own orders are nobody else's.
  const { alarms } = await page.evaluate(() => fetch('/api/v1/alarms').then((answer) => answer.json()));
  const foreign = alarms.filter(({ code }) => code === 'FOREIGN_ORDER');
  check(foreign.length === 1 && foreign[0].text.includes('ETHUSDTM'), `alarms about strangers' orders: ${foreign.map(({ text }) => text).join(' | ')}`);
  await account.goto('/#/');
  await account.getByRole('link', { name: 'KuCoin Spot Main' }).first().waitFor();
  await account.goto(await strategy.getByRole('link', { name: 'KuCoin Spot Main' }).getAttribute('href').then((href) => `/${href}`));
  await account.getByText(w.equity, { exact: true }).waitFor();
  await account.locator('table tbody tr').waitFor();
  await checkFits(account);
  await trader.look(account, 'account');
  await button(account, w.freeze).click();
  await account.locator('[data-frozen]').waitFor();
  await button(account, w.unfreeze).click();
  await account.locator('[data-frozen]').waitFor({ state: 'detached' });
  const wide = await trader.pages({ language: 'en', width: 1000, height: 800 });
  await wide.goto(account.url());
  await wide.locator('table tbody tr').waitFor();
  await trader.picture(wide.locator('.columns'), 'account');
  await wide.goto('/#/strategies');
  await trader.picture(wide.locator('section').filter({ has: wide.locator('#everything') }), 'modes');
  await button(page, w.closeAll).click();
  const confirm = button(page.getByRole('dialog'), w.closeAll);
  check(await confirm.isDisabled(), 'everything can be closed without typing the word');
  await page.getByRole('dialog').getByRole('textbox').fill(w.closeWord);
  await confirm.click();
  await strategy.locator('[data-state="CLOSED"]').waitFor();
  await strategy.getByText(w.allClosed).waitFor();
  await trader.confirm(page, w.resume);
}
