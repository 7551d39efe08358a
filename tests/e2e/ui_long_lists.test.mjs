// Lists of thousands are drawn a page at a time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoProblems, openPage, signIn, startBrowser } from './support/browser.mjs';
import { startMock } from './support/ui_mock.mjs';

const rowsOf = (page) => page.locator('tbody tr');
const numbered = (count, make) => Array.from({ length: count }, (_, index) => make(String(index).padStart(5, '0')));

async function start(t) {
  const mock = await startMock(t);
  const page = await openPage(t, await startBrowser());
  return { mock, page };
}

test('of thousands of routes a page is drawn, any is found, and Back returns to the page', async (t) => {
  const { mock, page } = await start(t);
  const [first] = mock.routes;
  mock.routes = numbered(3050, (n) => ({ ...first, route_id: `route-${n}`, route_name: '', is_active: n !== '02999' }));
  await signIn(page, `${mock.url}#/routes`);
  await page.waitForSelector('.pager:has-text("1–100 of 3,050")');
  assert.equal(await rowsOf(page).count(), 100);
  assert.equal(await page.locator('.pager button:text("Previous")').isDisabled(), true);
  await page.click('.pager button:text("Next")');
  await page.waitForSelector('.pager:has-text("101–200 of 3,050")');
  assert.match(await rowsOf(page).first().textContent(), /route-00100/);
  await page.click('a:text-is("route-00150")');
  await page.waitForSelector('h1:text-is("route-00150")');
  await page.goBack();
  await page.waitForSelector('.pager:has-text("101–200 of 3,050")');

  await page.fill('input[type=search]', 'route-03049');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  assert.equal(await page.locator('.pager').count(), 0);
  await page.fill('input[type=search]', '');
  await page.waitForSelector('.pager:has-text("1–100 of 3,050")');
  await page.goto(`${mock.url}#/routes?skip=90000`);
  await page.waitForSelector('.pager:has-text("3,001–3,050 of 3,050")');
  assert.equal(await rowsOf(page).count(), 50);
  assert.equal(await page.locator('.pager button:text("Next")').isDisabled(), true);
  await page.click('button:text-is("Off")');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  assertNoProblems(page);
});

test('rankings and upstream servers are drawn a page at a time, those in trouble first', async (t) => {
  const { mock, page } = await start(t);
  mock.routes = numbered(1200, (n) => ({ ...mock.routes[0], route_id: `route-${n}` }));
  mock.statusChanges = { upstreams: numbered(400, (n) => ({ name: `group-${n}`, balance: 'round_robin', servers: [{ address: `server-${n}:1`, state: n === '00377' ? 'down' : 'up', weight: 1, backup: false, connections_open: 0, idle: 0, failures: 0 }] })) };
  await signIn(page, `${mock.url}#/statistics`);
  const ranking = page.locator('section:has(h2:text-is("By route"))');
  await ranking.locator('.pager:has-text("1–50 of 1,200")').waitFor();
  assert.equal(await rowsOf(ranking).count(), 50);
  await ranking.locator('button:text("Next")').click();
  await ranking.locator('.pager:has-text("51–100 of 1,200")').waitFor();

  await page.goto(`${mock.url}#/`);
  const servers = page.locator('table[aria-label="Upstream servers"]');
  await servers.waitFor();
  assert.equal(await rowsOf(servers).count(), 50);
  assert.match(await rowsOf(servers).first().textContent(), /server-00377:1/);
  assertNoProblems(page);
});

test('what had no route is told as that, and is no choice; times are whole minutes', async (t) => {
  const { mock, page } = await start(t);
  mock.routes[1].stats.avg_response_time = 119_700;
  mock.routes = [{ ...mock.routes[0], route_id: '' }, ...mock.routes];
  await signIn(page, `${mock.url}#/statistics`);
  const ranking = page.locator('section:has(h2:text-is("By route"))');
  await ranking.locator('a:text-is("chat")').waitFor();
  assert.equal(await rowsOf(ranking).first().locator('a').count(), 0);
  assert.match(await ranking.locator('tr:has(a:text-is("embeddings"))').textContent(), /2 min 0 s/);
  const choices = await page.locator('select[aria-label="Route"] option').evaluateAll((options) => options.map((option) => option.value));
  assert.equal(choices.filter((value) => value === '').length, 1);
  assertNoProblems(page);
});

test('from an entry, Back goes to the list as it was left', async (t) => {
  const { mock, page } = await start(t);
  await signIn(page, `${mock.url}#/logs?status_code=5xx`);
  await page.click('tbody a');
  await page.waitForSelector('.timeline');
  await page.click('a.back');
  await page.waitForURL(/#\/logs\?status_code=5xx$/);
  await page.goto(`${mock.url}#/routes?q=embed`);
  await page.click('tbody a');
  await page.click('.views a:text-is("Traffic")');
  await page.click('a.back');
  await page.waitForURL(/#\/routes\?q=embed$/);
  await page.goto(`${mock.url}#/keys?is_active=true`);
  await page.click('tbody a');
  await page.click('a.back');
  await page.waitForURL(/#\/keys\?is_active=true$/);

  // Not from elsewhere.
  await page.goto(`${mock.url}#/overview`);
  await page.click('section:has(h2:text-is("Last requests")) tbody a');
  await page.waitForSelector('.timeline');
  await page.click('a.back');
  await page.waitForURL(/#\/logs$/);
  assertNoProblems(page);
});
