// What the pages say of a request that would be refused, and of a configuration that is valid but odd: the real gateway.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoProblems, signIn } from './support/browser.mjs';
import { startWithPages, token } from './support/ui_gateway.mjs';

const timeout = 120_000;

test('an explanation tells of refusals, fixed answers and paths of the gateway itself', { timeout }, async (t) => {
  const { gateway, page } = await startWithPages(t, { routes: [
    { route_id: 'locked', match_path: '/locked', target_host: '127.0.0.1:1' },
    { route_id: 'fixed', match_path: '/fixed', auth: 'none', respond: { status: 418, body: 'short and stout' } },
  ] });
  const verdict = async (path) => {
    await page.goto('about:blank');
    await page.goto(`${gateway.url}/admin/ui/#/explain?method=GET&path=${path}`);
    await page.click('button:text-is("Explain")');
    await page.waitForSelector('details:has-text("Step by step")');
  };
  await signIn(page, `${gateway.url}/admin/ui/`, token);
  await verdict('/locked');
  await page.waitForSelector('.banner.bad:has-text("It is refused: 401")');
  assert.equal(await page.locator('.banner.ok').count(), 0);
  await verdict('/fixed');
  await page.waitForSelector('.banner.ok:has-text("fixed")');
  await page.waitForSelector('.code:has-text("short and stout")');
  await verdict('/metrics');
  await page.waitForSelector('.banner:has-text("The gateway answers this path itself: admin.metrics_path")');
  await verdict('/nothing');
  await page.waitForSelector('.banner.bad:has-text("It is refused: 404 no route matches GET /nothing")');
  assertNoProblems(page);
});

test('a valid configuration is told with its warnings', { timeout }, async (t) => {
  const { gateway, page } = await startWithPages(t);
  await signIn(page, `${gateway.url}/admin/ui/#/settings`, token);
  await page.locator('textarea').fill('routes:\n  - {match_path: /a/*, respond: {status: 200}}\n  - {match_path: /a/b, respond: {status: 200}, priority: 200}\n');
  await page.click('button:text-is("Check")');
  await page.waitForSelector('.banner.ok:has-text("This configuration is valid."):has-text("is never chosen")');
  assertNoProblems(page);
});
