// Statistics and settings: periods, narrowing to a route or key, the configuration's check.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoProblems, openPage, signIn, startBrowser } from './support/browser.mjs';
import { eventually } from './support/gateway.mjs';
import { startMock } from './support/ui_mock.mjs';

async function open(t, address, options, visit) {
  const mock = await startMock(t, options);
  const page = await openPage(t, await startBrowser(), visit);
  await signIn(page, `${mock.url}${address}`);
  return { mock, page };
}

test('the period, a route and a key are asked of the gateway and kept in the address', async (t) => {
  const { mock, page } = await open(t, '#/statistics');
  await page.waitForSelector('.histogram');
  await page.click('.choices button:text-is("7 days")');
  await page.waitForSelector('h2:text-is("By day")');
  await page.selectOption('select[aria-label="Route"]', 'qwen');
  await page.waitForURL(/range=7d&route_id=qwen/);
  const asked = () => mock.calls.filter((call) => call.query.route_id === 'qwen').map((call) => call.path).sort();
  await eventually(() => asked().length >= 2, 'the route to be asked for');
  assert.deepEqual(asked(), ['metrics/daily', 'metrics/hourly']);
  assert.deepEqual(await page.locator('section:has(h2:text-is("Slowest routes")) tbody a').allTextContents(), ['qwen', 'chat', 'embeddings', 'hello']);
  assertNoProblems(page);
});

test('days are days of UTC, wherever the visitor is', async (t) => {
  for (const timezoneId of ['America/Los_Angeles', 'Pacific/Auckland']) {
    const { mock, page } = await open(t, '#/statistics?range=30d', {}, { timezoneId });
    await page.waitForSelector('.plot canvas');
    const [year, month, day] = new Date(mock.now).toISOString().slice(0, 10).split('-');
    assert.equal(await page.locator('.legend-time').first().textContent(), `${day}/${month}/${year}`, timezoneId);
    assertNoProblems(page);
  }
});

test('the chart draws itself again as time goes on', async (t) => {
  const { mock, page } = await open(t, '#/overview');
  await page.waitForSelector('.plot canvas');
  const before = await page.textContent('.legend-time');
  mock.now += 120_000;
  await page.waitForFunction((text) => document.querySelector('.legend-time').textContent !== text, before);
  assertNoProblems(page);
});

test('a configuration is checked without being applied, and reloaded on demand', async (t) => {
  const { mock, page } = await open(t, '#/settings');
  const box = page.locator('textarea');
  await box.fill('server:\n  bad: 1\n');
  await page.click('button:text-is("Check")');
  await page.waitForSelector('.banner.bad:has-text("input:2:3")');
  await box.fill('server: {port: 1}\n');
  await page.click('button:text-is("Check")');
  await page.waitForSelector('.banner.ok');
  const sent = mock.calls.filter((call) => call.path === 'config/validate');
  assert.deepEqual(sent.map((call) => call.headers['content-type']), ['application/yaml', 'application/yaml']);
  await page.click('button:text("Reload configuration")');
  await page.waitForSelector('.toast');
  assertNoProblems(page);
});

test('an operator does not see the tokens', async (t) => {
  const { mock, page } = await open(t, '#/settings', { role: 'operator' });
  await page.waitForSelector('.code');
  assert.equal(await page.locator('h2:text-is("Tokens and roles")').count(), 0);
  assert.equal(mock.calls.some((call) => call.path === 'tokens'), false);
  assertNoProblems(page);
});

test('times of a moment without neighbours are drawn', async (t) => {
  const mock = await startMock(t);
  mock.hadRequests = (index) => index === 40;
  const page = await openPage(t, await startBrowser());
  await signIn(page, `${mock.url}#/overview`);
  // Of the second chart: pixels in the colour of the averages.
  await page.waitForFunction(() => {
    const canvas = document.querySelectorAll('.plot canvas')[1];
    const wanted = getComputedStyle(document.documentElement).getPropertyValue('--info').trim().match(/[\da-f]{2}/gi).map((part) => parseInt(part, 16));
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] > 200 && wanted.every((part, index) => Math.abs(part - data[at + index]) < 8)) return true;
    }
    return false;
  });
  assertNoProblems(page);
});
