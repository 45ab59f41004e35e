// Adding connections: each product, each classic error, the refusal, the waiver and the confirmation.
import { check } from './harness.mjs';
import { addConnection, button, clickAndTest, openWizard, removeAll, shows, tickAll } from './journeys.mjs';

const products = [['MEXC', 'spot'], ['MEXC', 'futures'], ['KuCoin', 'spot'], ['KuCoin', 'futures']];

export async function connectionTests(world, { label, language, w, width, height, theme }) {
  const { test, openPage, shot, admin } = world;
  const open = async () => {
    const page = await openPage({ language, width, height, theme });
    return page;
  };
  const look = (name) => (page, what) => shot(page, `${label.toLowerCase()}-${name}-${what}`);
  const named = (name, work) => test(`${label}: ${name}`, work);
  /** In English a title is the contract's; in another language it is only known not to be that. */
  const titled = async (outcome, title) => {
    if (language === 'en') return shows(outcome, title);
    check(!(await outcome.innerText()).includes(title), `the title "${title}" is not translated`);
  };

  for (const [exchange, market] of products) {
    await named(`${exchange} ${market} goes Online`, async () => {
      const page = await open();
      const { verdict, outcome, name } = await addConnection(page, w, { exchange, market, kind: 'good', look: look(`${exchange}-${market}`.toLowerCase()) });
      check(verdict === 'connected', `the verdict is ${verdict}`);
      check((await page.locator('html').getAttribute('lang')) === language, 'the page is in another language');
      await shows(outcome, w.online);
      check((await outcome.locator('[data-claim]').count()) === 7, 'not seven claims');
      check((await outcome.locator('[data-claim="withdraw"]').getAttribute('data-answer')) === 'no', 'withdrawal is not proven absent');
      const results = await page.locator('[data-step]').evaluateAll((rows) => rows.map((row) => row.dataset.result));
      check(results.length === (market === 'futures' ? 12 : 11), `${results.length} steps`);
      check(results.every((result) => result === 'pass' || result === 'warn' || result === 'skip'), `steps: ${results}`);
      await page.goto('/#/');
      const card = page.locator('article').filter({ has: page.getByRole('heading', { name, exact: true }) });
      await card.locator('[data-status="connected"]').waitFor();
      await look('list')(page, `${exchange}-${market}`.toLowerCase());
      await card.getByRole('link', { name, exact: true }).click();
      // KuCoin futures tell no locked amount: the rest is shown all the same.
      await page.getByRole('rowheader', { name: 'USDT', exact: true }).waitFor();
    });
  }

  for (const [exchange, market, kind, codes, title] of [
    ['MEXC', 'spot', 'wrong_secret', ['invalid_secret'], w.titles.invalid],
    ['KuCoin', 'futures', 'wrong_secret', ['invalid_secret', 'invalid_passphrase'], w.titles.invalid],
    ['KuCoin', 'spot', 'no_trading_right', ['no_trade_permission'], w.titles.noTrade],
    ['KuCoin', 'spot', 'address_not_listed', ['ip_not_allowed'], w.titles.address],
  ]) {
    await named(`${exchange} ${market}, ${kind}`, async () => {
      const page = await open();
      const { verdict, code, outcome } = await addConnection(page, w, { exchange, market, kind, look: look('error') });
      check(verdict === 'failed' && codes.includes(code), `${verdict} with ${code}`);
      await titled(outcome, title);
      check((await outcome.locator('dd').allInnerTexts()).every((text) => text.trim().length > 10), 'cause or remedy is missing');
      await button(page, w.again).waitFor();
      if (kind === 'address_not_listed') await outcome.getByRole('button', { name: w.copyAddress }).first().waitFor();
    });
  }

  await named('exchange unavailable, then again', async () => {
    check(admin, '--admin was not given');
    const page = await open();
    const faults = (method, body) => fetch(`${admin}/faults`, { method, headers: { 'Content-Type': 'application/json' }, ...(body ? { body: JSON.stringify(body) } : {}) });
    await openWizard(page, w);
    // The key is made while the simulated exchange still works.
    const looked = async (shown, what) => {
      if (what === 'paste') await faults('POST', { exchange: 'mexc', fault: 'unavailable' });
      else await look('error')(shown, what === 'good' ? 'unavailable' : what);
    };
    try {
      const { verdict, code, outcome } = await addConnection(page, w, { exchange: 'MEXC', market: 'spot', kind: 'good', look: looked });
      check(verdict === 'failed' && code === 'exchange_unavailable', `${verdict} with ${code}`);
      await titled(outcome, w.titles.unavailable);
    } finally {
      await faults('DELETE');
    }
    const second = await clickAndTest(page, button(page, w.again));
    check(second.verdict === 'connected', `after the outage: ${second.verdict} with ${second.code}`);
  });

  await named('a withdrawing key is refused', async () => {
    for (const exchange of ['MEXC', 'KuCoin']) {
      const page = await open();
      const { verdict, code, outcome, name } = await addConnection(page, w, { exchange, market: 'spot', kind: 'withdrawing', look: look(`refused-${exchange.toLowerCase()}`) });
      check(verdict === 'refused' && code === 'withdraw_enabled', `${verdict} with ${code}`);
      await titled(outcome, w.titles.unsafe);
      await shows(outcome, w.refused);
      check((await outcome.getByRole('checkbox').count()) === 0, 'a way to accept it is offered');
      await page.goto('/#/');
      const card = page.locator('article').filter({ hasText: name });
      await card.locator('[data-status="refused"]').waitFor();
      check((await card.innerText()).includes(w.notProven), 'a refused key counts as proven');
    }
  });

  await named('a transferring key needs the waiver', async () => {
    const page = await open();
    const { verdict, code, outcome } = await addConnection(page, w, { exchange: 'KuCoin', market: 'spot', kind: 'transferring', look: look('waiver') });
    check(verdict === 'refused' && code === 'transfer_enabled', `${verdict} with ${code}`);
    check(await button(page, w.accept).isDisabled(), 'accepting works without ticking');
    await tickAll(outcome);
    const second = await clickAndTest(page, button(page, w.accept));
    check(second.verdict === 'connected', `after the waiver: ${second.verdict} with ${second.code}`);
  });

  await named('an unknown withdrawal right needs the confirmation', async () => {
    const page = await open();
    const { verdict, code, outcome } = await addConnection(page, w, { exchange: 'MEXC', market: 'spot', kind: 'unknown_withdrawal', look: look('confirm') });
    check(verdict === 'failed' && code === 'withdrawal_unknown', `${verdict} with ${code}`);
    await titled(outcome, w.titles.confirm);
    check(await button(page, w.confirm).isDisabled(), 'confirming works without ticking');
    await tickAll(outcome);
    const second = await clickAndTest(page, button(page, w.confirm));
    check(second.verdict === 'connected', `after the confirmation: ${second.verdict} with ${second.code}`);
    check((await page.locator('[data-claim="withdraw"]').getAttribute('data-answer')) === 'unknown', 'the claim is not unknown');
    await page.getByRole('link', { name: w.open }).click();
    await page.locator('[data-warning]').first().waitFor(); // It stays visible on the connection.
    await page.locator('[data-kind]').first().waitFor();
    await look('connection')(page, 'page');
  });

  await named('clean up', async () => {
    const page = await open();
    await page.goto('/#/');
    await page.locator('article').first().waitFor();
    await look('list')(page, 'full');
    await removeAll(page);
    await page.locator('article').first().waitFor({ state: 'detached' });
  });
}
