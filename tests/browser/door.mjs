// Getting in for the first time, out, and in again.
import { check, checkFits } from './harness.mjs';
import { button } from './journeys.mjs';

export async function doorTests({ openPage, keepSession, shot, code, password }, w) {
  const page = await openPage();
  await page.goto('/');
  await page.getByText(w.demo).first().waitFor();
  await page.getByLabel(w.code).fill('wrong-code');
  await page.getByLabel(w.password, { exact: true }).fill(password);
  await page.getByLabel(w.repeat).fill('something else');
  await button(page, w.setUp).click();
  await page.getByText('The two passwords are not the same.').waitFor();
  await page.getByLabel(w.repeat).fill(password);
  await shot(page, 'set-up');
  await button(page, w.setUp).click();
  await page.getByRole('alert').filter({ hasText: /\S/ }).waitFor();
  await page.getByLabel(w.code).fill(code);
  await button(page, w.setUp).click();
  await page.getByText(w.emptyList).waitFor();
  await checkFits(page);
  await shot(page, 'empty-list');
  await keepSession(page);
  const cookie = (await page.context().cookies()).find((one) => one.name.endsWith('bf_session'));
  check(cookie?.httpOnly && cookie.sameSite === 'Strict', 'the session cookie is not HttpOnly and SameSite=Strict');
}

export async function leavingTests({ test, openPage, keepSession, shot, password }, w) {
  await test('sign out and in', async () => {
    const page = await openPage();
    await page.goto('/');
    await button(page, w.signOut).click();
    await page.getByLabel(w.password, { exact: true }).fill('not the password');
    await button(page, w.signIn).click();
    await page.getByText(w.wrongPassword).waitFor();
    await shot(page, 'sign-in-wrong');
    await page.getByLabel(w.password, { exact: true }).fill(password);
    await button(page, w.signIn).click();
    await page.getByRole('heading', { name: w.list }).first().waitFor();
    await keepSession(page);
  });
}
