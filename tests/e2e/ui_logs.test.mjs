// The record: filters in the address, pages, the live tail, one request, export; and hostile text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoProblems, openPage, settled, signIn, startBrowser } from './support/browser.mjs';
import { eventually } from './support/gateway.mjs';
import { startMock } from './support/ui_mock.mjs';
import { hostile } from './support/ui_world.mjs';

const field = (page, label) => page.locator(`.field:has(> label:text-is("${label}"))`).locator('input, select').first();
const rows = (page, count) => page.waitForFunction((n) => document.querySelectorAll('tbody tr').length === n, count);

async function open(t, address) {
  const mock = await startMock(t);
  const page = await openPage(t, await startBrowser());
  await signIn(page, `${mock.url}${address}`);
  return { mock, page };
}

test('filters are asked of the gateway and kept in the address', async (t) => {
  const { mock, page } = await open(t, '#/logs');
  await rows(page, 50);
  await field(page, 'Status').fill('502');
  await page.waitForURL(/status_code=502/);
  await page.waitForFunction(() => [...document.querySelectorAll('tbody .badge')].every((badge) => badge.textContent !== '200'));
  await page.click('summary:text("More filters")');
  await field(page, 'With an error').selectOption('true');
  await page.waitForURL(/has_error=true/);
  const lastQuery = () => mock.calls.filter((call) => call.path === 'logs').at(-1).query;
  await eventually(() => lastQuery().has_error, 'the filter to be asked for');
  assert.deepEqual(lastQuery(), { status_code: '502', has_error: 'true', order: 'desc', limit: '50' });
  const shared = page.url();
  assert.match(await page.getAttribute('a:text("NDJSON")', 'href'), /logs\/export\?status_code=502&has_error=true&format=ndjson$/);

  await page.goto('about:blank');
  await page.goto(shared);
  await page.waitForSelector('tbody tr');
  assert.equal(await field(page, 'Status').inputValue(), '502');
  await page.click('button:text("Clear filters")');
  await rows(page, 50);
  assertNoProblems(page);
});

test('pages go by cursor, and Back returns', async (t) => {
  const { page } = await open(t, '#/logs');
  await rows(page, 50);
  const first = await page.textContent('tbody tr a');
  await page.click('a:text("Next page")');
  await page.waitForURL(/cursor=50/);
  await page.waitForFunction((text) => document.querySelector('tbody tr a').textContent !== text, first);
  await page.goBack();
  await page.waitForFunction((text) => document.querySelector('tbody tr a').textContent === text, first);
  assertNoProblems(page);
});

test('the live tail shows what arrives', async (t) => {
  const { mock, page } = await open(t, '#/logs');
  await rows(page, 50);
  await page.click('button:text("Live")');
  await rows(page, 100);
  mock.recordCount += 3;
  await page.waitForSelector(`tbody a[href="#/logs/log_${String(mock.recordCount - 1).padStart(6, '0')}"]`);
  await page.click('button:text("Live")');
  await rows(page, 50);
  assertNoProblems(page);
});

test('one request: stages, facts, captured parts, the merged message', async (t) => {
  const { page } = await open(t, '#/logs/log_000238');
  assert.deepEqual(await page.locator('.timeline strong').allTextContents(), ['Begun', 'First byte', 'Complete']);
  assert.equal(await page.textContent('.message p'), `Hello! ${hostile}`);
  await page.waitForSelector('.code:has-text("X-Odd")');
  await page.goto(page.url().replace('log_000238', 'log_999999'));
  await page.waitForSelector('[role=alert]:has-text("This is not there")');
  assertNoProblems(page);
});

test('a captured body is shown with the values that were sent', async (t) => {
  const { mock, page } = await open(t, '#/logs');
  mock.recordChanges = { request_body: '{"id":12345678901234567890,"b":1.0,"7":[],"a":{"x":"\\u00e9 {,}","x":2}, "1":[1,{}]}', response_body: `${'['.repeat(5000)}${']'.repeat(5000)}` };
  await page.goto(`${mock.url}#/logs/log_000238`);
  await page.waitForSelector('.code');
  assert.equal(await page.textContent('.code[aria-label="Request body"]'), `{
  "id": 12345678901234567890,
  "b": 1.0,
  "7": [],
  "a": {
    "x": "\\u00e9 {,}",
    "x": 2
  },
  "1": [
    1,
    {}
  ]
}`);
  assert.equal(await page.textContent('.code[aria-label="Answer body"]'), mock.recordChanges.response_body);
  assertNoProblems(page);
});

test('a request that runs is looked at until it is complete, and no longer', async (t) => {
  const { mock, page } = await open(t, '#/logs');
  await page.clock.install();
  mock.recordChanges = { stage: 'begun' };
  await page.goto(`${mock.url}#/logs/log_000238`);
  await page.waitForSelector('.badge:text-is("Running")');
  mock.recordChanges = {};
  await page.clock.runFor(1100);
  await page.waitForSelector('.badge:text-is("Running")', { state: 'detached' });
  const asked = () => mock.calls.filter((call) => call.path === 'logs/log_000238').length;
  const before = asked();
  await page.clock.runFor(10_000);
  await page.waitForLoadState('networkidle');
  assert.equal(asked(), before);
  assertNoProblems(page);
});

test('an older answer never replaces a newer one', async (t) => {
  const { page } = await open(t, '#/logs?live=1');
  await rows(page, 100);
  const held = [];
  await page.route('**/admin/logs?**', (route) => { held.push(route); });
  await eventually(() => held.length === 1, 'the next round');
  // The page is hidden and shown again while a round is on its way.
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.evaluate(() => fetch('../status').then((answer) => answer.text()));
  assert.equal(held.length, 1);
  await held[0].continue();
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  assertNoProblems(page);
});

test('a filter keeps what is typed while the address follows', async (t) => {
  const { page } = await open(t, '#/logs');
  await rows(page, 50);
  // What is typed right behind the change of the address, before the page has followed it.
  await page.evaluate(() => {
    const replace = history.replaceState.bind(history);
    history.replaceState = (...parts) => {
      replace(...parts);
      history.replaceState = replace;
      const input = document.activeElement;
      input.value += '2';
      input.dispatchEvent(new Event('input', { bubbles: true }));
    };
  });
  await field(page, 'Status').fill('50');
  await page.waitForURL(/status_code=502/);
  assert.equal(await field(page, 'Status').inputValue(), '502');

  await page.click('summary:text("More filters")');
  await field(page, 'With an error').selectOption('true');
  await page.waitForURL(/has_error=true/);
  await field(page, 'With an error').selectOption('');
  await page.waitForURL((url) => !/has_error/.test(url.hash));
  assert.ok(await field(page, 'With an error').isVisible());
  assertNoProblems(page);
});

test('an export is downloaded', async (t) => {
  const { page } = await open(t, '#/logs');
  await rows(page, 50);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('a:text("CSV")')]);
  assert.equal(download.suggestedFilename(), 'logs.csv');
  assertNoProblems(page);
});

test('an export with a session that ended is no file: the sign-in comes, and the export after it', async (t) => {
  const { mock, page } = await open(t, '#/logs');
  await rows(page, 50);
  const downloads = [];
  page.on('download', (download) => downloads.push(download.suggestedFilename()));
  mock.sessions.clear();
  await page.click('a:text("CSV")');
  await page.waitForSelector('[role=status]:has-text("signed out")');
  assert.equal(mock.calls.some((call) => call.path === 'logs/export'), false);
  await page.fill('#token', 'secret-token');
  await page.keyboard.press('Enter');
  await rows(page, 50);
  await page.click('a:text("NDJSON")');
  await eventually(() => downloads.length === 1, 'the download');
  assertNoProblems(page);
});

test('hostile names, paths and user agents are text on every page', async (t) => {
  const { mock, page } = await open(t, '#/overview');
  const shows = [
    ['#/overview', 'tbody'], ['#/routes', 'tbody a'], ['#/routes/hostile', 'h1'], ['#/new-route?from=hostile', '.yaml-pane'],
    ['#/keys', 'tbody'], ['#/keys/fg_11aa22bb33cc', 'form'], ['#/logs', 'tbody'], ['#/logs/log_000237', '.facts'],
    ['#/history', '.change-what'], ['#/statistics', 'tbody'],
  ];
  for (const [address, place] of shows) {
    await page.goto(`${mock.url}${address}`);
    await page.waitForSelector(place);
    await settled(page);
    assert.equal(await page.locator('#app img, #app script').count(), 0, address);
  }
  assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
  await page.goto(`${mock.url}#/routes/hostile`);
  await page.waitForFunction((text) => document.querySelector('h1').textContent === text, hostile);
  // An address that carries markup is text as well.
  await page.goto(`${mock.url}#/keys/${encodeURIComponent(hostile)}`);
  await page.waitForSelector('[role=alert]');
  assert.equal(await page.textContent('h1'), hostile);
  assertNoProblems(page);
});

test('a long path takes a few lines of a list, and is whole with its record', async (t) => {
  const { mock, page } = await open(t, '#/settings');
  mock.allRecordChanges = { path: `/v1/${'x'.repeat(3000)}`, query: 'y'.repeat(3000) };
  for (const address of ['#/overview', '#/logs']) {
    await page.goto(`${mock.url}${address}`);
    await page.waitForSelector('tbody tr:has-text("xxxx")');
    const { height } = await page.locator('tbody tr:has-text("xxxx")').first().boundingBox();
    assert.ok(height < 140, `${address}: a row is ${height} high`);
  }
  await page.click('tbody tr:has-text("xxxx") a');
  await page.waitForSelector('h1:has-text("xxxx")');
  assert.ok((await page.textContent('h1')).endsWith(mock.allRecordChanges.query));
  assertNoProblems(page);
});

test('where the oldest come first, the words say so', async (t) => {
  const { page } = await open(t, '#/logs?order=asc');
  await page.click('.pager a:text("Next page")');
  await page.waitForSelector('.pager a:text-is("Oldest")');
  assert.match(await page.textContent('.page-title'), /oldest first/);
  assertNoProblems(page);
});

test('a filter that the gateway does not understand is told as that', async (t) => {
  const { mock, page } = await open(t, '#/logs');
  mock.refuseWith = 422;
  await page.goto(`${mock.url}#/logs?status_code=x`);
  await page.waitForSelector('[role=alert]:has-text("did not understand this")');
  assert.doesNotMatch(await page.textContent('[role=alert]'), /written/);
  assertNoProblems(page);
});
