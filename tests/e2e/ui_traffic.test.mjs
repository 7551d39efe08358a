// Traffic as the pages show it: the live tail, one record, the chart, statistics, export.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { assertNoProblems, signIn } from './support/browser.mjs';
import { startWithPages, token } from './support/ui_gateway.mjs';
import { hostile } from './support/ui_world.mjs';

test('requests arrive in the live tail, the chart and the statistics, and are exported', async (t) => {
  const { gateway, page, api } = await startWithPages(t);
  const created = await api('keys', { method: 'POST', body: JSON.stringify({ source_path: 'browser' }) });
  const { key_value: key } = await created.json();
  assert.equal((await api('routes/first', { method: 'PUT', body: JSON.stringify({ auth: 'required', audit: { headers: true, response_body: '1KiB' } }) })).status, 200);
  await signIn(page, `${gateway.url}/admin/ui/#/logs?live=1`, token);
  await page.waitForSelector('button[aria-pressed=true]');

  const answer = await fetch(`${gateway.url}/first/${encodeURIComponent(hostile)}`, { headers: { Authorization: `Bearer ${key}`, 'User-Agent': hostile } });
  assert.match(await answer.text(), /^upstream saw \/first\//);
  await page.waitForSelector('tbody tr:has-text("onerror"):has-text("browser") .badge:text-is("200")');
  assert.equal((await fetch(`${gateway.url}/first/without`)).status, 401);
  await page.waitForSelector('tbody tr:has-text("/first/without") .badge:text-is("401")');

  await page.click('tbody tr:has-text("onerror") a');
  await page.waitForSelector('.facts:has-text("onerror")');
  await page.waitForSelector('.code:has-text("upstream saw")');
  assert.doesNotMatch(await page.textContent('main'), new RegExp(key));
  assert.equal(await page.locator('#app img').count(), 0);

  await page.goto(`${gateway.url}/admin/ui/#/overview`);
  await page.waitForSelector('.plot[aria-label^="2 requests, 1 of them errors"]');
  await page.waitForSelector('.figure:has(dt:text-is("Requests")) .figure-value:text-is("2")');
  await page.goto(`${gateway.url}/admin/ui/#/statistics`);
  await page.waitForSelector('section:has(h2:text-is("By route")) td:has-text("first")');
  await page.goto(`${gateway.url}/admin/ui/#/keys`);
  await page.waitForSelector('.spark');

  await page.goto(`${gateway.url}/admin/ui/#/logs?status_code=200`);
  await page.waitForSelector('tbody tr');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('a:text("CSV")')]);
  const csv = fs.readFileSync(await download.path(), 'utf8').trim().split('\r\n');
  assert.equal(csv.length, 2);
  assert.match(csv[1], /\/first\//);
  assertNoProblems(page);
});
