// Slips of the paste, addresses, the connection's page, keyboard, theme and a lost server.
import { check, checkFits } from './harness.mjs';
import { addConnection, button, clickAndTest, fillDemoKey, openWizard, shows, toPaste } from './journeys.mjs';

export async function pageTests({ test, openPage, shot }, w) {
  await test('slips of the paste are caught before anything is sent', async () => {
    const page = await openPage();
    let sent = 0;
    page.on('request', (request) => (sent += request.method() === 'POST' && request.url().endsWith('/connections') ? 1 : 0));
    await toPaste(page, w, { exchange: 'KuCoin', market: 'spot' });
    const keys = await fillDemoKey(page, w, 'good');
    await page.getByText(w.notLogin).waitFor();
    const field = (name) => page.getByLabel(name, { exact: true });
    const slip = (id, kind) => page.locator(`#credential-${id}-slip[data-slip="${kind}"]`).waitFor();

    await field(w.secret).fill('');
    await button(page, w.test).click();
    await slip('secret', 'empty');
    await field(w.key).fill(keys.secret);
    await field(w.secret).fill(keys.key);
    await slip('key', 'swapped');
    await shot(page, 'slip-swapped');
    await button(page, w.test).click();
    await button(page, w.swap).first().click();
    check((await field(w.key).inputValue()) === keys.key, 'the fields were not swapped back');
    await field(w.secret).fill(` ${keys.secret}`);
    await slip('secret', 'spaces');
    await button(page, w.test).click();
    await button(page, w.removeSpaces).click();
    check((await field(w.secret).inputValue()) === keys.secret, 'the space is still there');
    await field(w.secret).fill(keys.secret.slice(1));
    await button(page, w.test).click();
    await slip('secret', 'unexpected');
    await button(page, w.testAnyway).waitFor();
    await shot(page, 'slip-cut-off');
    check(sent === 0, `${sent} requests were sent`);
  });

  await test('the demo takes no real key', async () => {
    const page = await openPage();
    await toPaste(page, w, { exchange: 'KuCoin', market: 'spot' });
    await fillDemoKey(page, w, 'good');
    await page.getByLabel(w.key, { exact: true }).fill('65a1b2c3d4e5f6a7b8c9d0e1');  // As KuCoin makes them.
    await button(page, w.test).click();
    await page.getByText('the demo takes no real key').waitFor();
    await shot(page, 'demo-real-key');
  });

  await test('a taken name keeps the sealed key', async () => {
    const page = await openPage();
    const { name } = await addConnection(page, w, { exchange: 'MEXC', market: 'spot', kind: 'good' });
    await toPaste(page, w, { exchange: 'MEXC', market: 'spot' });
    check((await page.getByLabel(w.name).inputValue()) !== name, 'the proposed name is taken');

    // With the list hidden from the page, only the server knows that the name is taken.
    await page.route('**/api/v1/connections', (route) =>
      (route.request().method() === 'GET' ? route.fulfill({ json: { connections: [], unreadable: [] } }) : route.continue()));
    await page.reload();
    await toPaste(page, w, { exchange: 'MEXC', market: 'spot' });
    await fillDemoKey(page, w, 'good');
    await page.getByLabel(w.name).fill(name);
    await button(page, w.test).click();
    await page.getByText('Another connection has this name.').waitFor();
    await page.getByText(w.sealedAlready).waitFor();
    await page.unroute('**/api/v1/connections');
    await page.getByLabel(w.name).fill(`${name} Second`);
    const { verdict } = await clickAndTest(page, button(page, w.test));
    check(verdict === 'connected', `the verdict is ${verdict}`);
  });

  await test('the addresses of this server: typed, then asked', async () => {
    const page = await openPage();
    await openWizard(page, w);
    await page.getByRole('radio', { name: 'KuCoin' }).check();
    await page.getByRole('radio', { name: 'Spot' }).check();
    await button(page, w.next).click();
    await button(page, w.typeAddress).click();
    await page.getByLabel(w.v4).fill('203.0.113');
    await button(page, w.save).click();
    await page.getByText('An IPv4 address looks like').waitFor();
    await page.getByLabel(w.v4).fill('198.51.100.20');
    await button(page, w.save).click();
    await page.locator('[data-family="v4"]').getByText(w.unverified).waitFor();
    await page.locator('[data-family="v4"]').getByRole('button').waitFor();
    await shot(page, 'addresses-typed');
    await button(page, w.ask).click();
    await page.locator('[data-family]').getByText(w.seen).first().waitFor();
    await shot(page, 'addresses-learned');
  });

  await test('the page of a connection: rename, disable, enable, rotate, remove', async () => {
    const page = await openPage();
    await addConnection(page, w, { exchange: 'KuCoin', market: 'spot', kind: 'good' });
    await page.getByRole('link', { name: w.open }).click();
    await page.getByRole('button', { name: w.rename }).waitFor();
    check((await page.locator('[data-claim]').count()) === 7, 'not seven claims');
    await page.getByRole('rowheader', { name: 'USDT', exact: true }).waitFor();

    await button(page, w.rename).click();
    await page.getByRole('dialog').getByLabel(w.name).fill('KuCoin Conservative');
    await button(page, w.save).click();
    await page.getByRole('heading', { name: 'KuCoin Conservative', level: 1 }).waitFor();

    await button(page, w.disable).click();
    await button(page.getByRole('dialog'), w.disable).click();
    await page.locator('[data-status="disabled"]').waitFor();
    await button(page, w.enable).click();
    await page.locator('[data-status="connected"]').waitFor();

    await button(page, w.rotate).click();
    await fillDemoKey(page, w, 'good');
    const kept = page.getByLabel(w.keepOld);
    check((await kept.locator('option').allTextContents()).join() === w.keptFor.join(), `the old key is kept for: ${await kept.locator('option').allTextContents()}`);
    check((await kept.locator('option:checked').textContent()) === w.keptFor[1], 'not kept for a day if nothing is said');
    await kept.selectOption(w.keptFor[3]);
    await shot(page, 'rotate');
    const end = await clickAndTest(page, button(page, w.testNew));
    check(end.verdict === 'connected', `the new key: ${end.verdict} with ${end.code}`);
    await page.locator('[data-status="connected"]').waitFor();
    const { old_key: old } = (await (await page.request.get('/api/v1/connections')).json()).connections.find(({ name }) => name === 'KuCoin Conservative');
    const days = (old.kept_until - old.replaced_at) / 86_400_000;
    check(Math.abs(days - 7) < 0.1, `the old key is kept ${days} days`);
    await shot(page, 'connection');

    await button(page, w.remove).click();
    check(await button(page, w.wipe).isDisabled(), 'removal works without the name');
    await page.getByRole('dialog').getByRole('textbox').fill('KuCoin Conservative');
    await shot(page, 'remove');
    await button(page, w.wipe).click();
    await page.getByRole('heading', { name: w.list, level: 1 }).waitFor();
    check((await page.getByText('KuCoin Conservative').count()) === 0, 'it is still in the list');
  });

  await test('a connection of which what is stored can’t be read is told, and removed', async () => {
    const page = await openPage();
    const { name } = await addConnection(page, w, { exchange: 'MEXC', market: 'spot', kind: 'good' });
    let sent;
    // The server lists one that it can't read like this (tests/door/damaged_row); what is sent to remove it reaches the server.
    await page.route('**/api/v1/connections', async (route) => {
      const got = await (await route.fetch()).json();
      const [{ id }] = got.connections.filter((one) => one.name === name).concat({ id: null });
      await route.fulfill({ json: { connections: got.connections.filter((one) => one.name !== name), unreadable: id === null ? [] : [{ id, name }] } });
    });
    page.on('response', (answer) => { if (answer.request().method() === 'DELETE') sent = answer.status(); });
    await page.goto('/#/');
    await page.reload();
    const told = page.locator('[data-unreadable]');
    await shows(told, name);
    await shot(page, 'unreadable');
    await button(page, `${w.remove}: ${name}`).click();
    await page.getByRole('dialog').getByRole('textbox').fill(name);
    await button(page, w.wipe).click();
    await told.waitFor({ state: 'detached' });
    check(sent === 204, `the removal was answered with ${sent}`);
    await page.unroute('**/api/v1/connections');
  });

  await test('by keyboard alone', async () => {
    const page = await openPage();
    await page.goto('/#/add');
    await page.getByRole('radio', { name: 'MEXC' }).focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await button(page, w.haveKey).focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-kind="good"]').focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('#credential-key').value !== '');
    await page.getByLabel(w.secret, { exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-verdict="connected"]').waitFor();
    await page.getByRole('link', { name: w.open }).focus();
    await page.keyboard.press('Enter');
    await button(page, w.remove).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    for (let i = 0; i < 8; i += 1) {
      await page.keyboard.press('Tab');
      check(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null), 'the focus left the dialog');
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  await test('light and dark', async () => {
    const page = await openPage({ theme: 'dark' });
    await page.goto('/');
    await page.getByRole('heading', { name: w.list, level: 1 }).waitFor();
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await button(page, 'Change to light').click();
    check((await ground()) !== dark, 'the ground stays the same');
    await page.reload();
    await button(page, 'Change to dark').waitFor();
    check((await ground()) !== dark, 'the choice is forgotten');
  });

  await test('the language changes at once, in the server\'s texts too', async () => {
    const page = await openPage();
    await addConnection(page, w, { exchange: 'KuCoin', market: 'spot', kind: 'no_trading_right' });
    const cause = page.locator('[data-verdict] dd').first();
    const english = await cause.innerText();
    await page.getByLabel(w.language).selectOption('nl');
    await button(page, 'Opnieuw testen').waitFor();
    await page.waitForFunction((text) => document.querySelector('[data-verdict] dd').innerText !== text, english);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('Gesimuleerde exchange').waitFor();
    const stored = await page.evaluate(() => Object.keys(localStorage).sort().join());
    check(stored === 'bf.language', `the browser keeps ${stored}`);
  });

  await test('a lost server is said, and found again', async () => {
    const page = await openPage({ width: 360, height: 740 });
    let down = false;
    const sockets = [];
    await page.routeWebSocket(/\/api\/v1\/live/, (socket) => {
      if (down) socket.close();
      else { socket.connectToServer(); sockets.push(socket); }
    });
    await page.goto('/');
    await page.getByText('Live', { exact: true }).waitFor();
    down = true;
    await sockets[0].close();
    await page.getByText(w.lost).waitFor();
    await checkFits(page);
    await shot(page, 'lost');
    down = false;
    await page.getByText('Live', { exact: true }).waitFor();
  });
}
