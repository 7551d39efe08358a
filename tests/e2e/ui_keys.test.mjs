// Keys: the value shown once, limits, a new value, the end of a key.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoProblems, openPage, signIn, startBrowser } from './support/browser.mjs';
import { eventually } from './support/gateway.mjs';
import { startMock } from './support/ui_mock.mjs';

const field = (page, label) => page.locator(`.field:has(> label:text-is("${label}")) input`).first();

async function open(t, address) {
  const mock = await startMock(t);
  const page = await openPage(t, await startBrowser(), { permissions: ['clipboard-read', 'clipboard-write'] });
  await signIn(page, `${mock.url}${address}`);
  return { mock, page };
}

test('a new key: its value is shown once and can be copied', async (t) => {
  const { mock, page } = await open(t, '#/new-key');
  await field(page, 'Owner').fill('team-a');
  await field(page, 'Permissions').fill('chat, embeddings');
  await field(page, 'Requests a minute').fill('60');
  // Typed digit by digit, as the year passes through 2, 20 and 203.
  await field(page, 'Expires').fill('2026-01-02T03:04');
  await field(page, 'Expires').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.type('2031');
  await page.click('button:text("Create key")');
  const value = `fg_${'x'.repeat(43)}`;
  await page.waitForSelector(`code:text-is("${value}")`);
  const sent = JSON.parse(mock.calls.find((call) => call.method === 'POST' && call.path === 'keys').text);
  assert.deepEqual(sent, { source_path: 'team-a', permissions: ['chat', 'embeddings'], rate_limit: 60, expires_at: '2031-01-02T02:04:00Z' });
  await page.click('button:has-text("Copy")');
  await page.waitForSelector('button:has-text("Copied")');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), value);
  await page.click('a:text("Open this key")');
  await page.waitForSelector('h1:text-is("team-a")');
  assert.equal((await page.content()).includes(value), false);
  assertNoProblems(page);
});

test('keys are filtered by owner and state, in the address', async (t) => {
  const { page } = await open(t, '#/keys');
  const rows = (count) => page.waitForFunction((n) => document.querySelectorAll('tbody tr').length === n, count);
  await rows(3);
  await page.selectOption('select[aria-label="By owner"]', 'openai-chat');
  await rows(2);
  await page.click('.choices button:text-is("On")');
  await rows(1);
  assert.match(page.url(), /#\/keys\?source_path=openai-chat&is_active=true$/);
  await page.reload();
  await rows(1);
  assertNoProblems(page);
});

test('limits are changed alone, a conflict is told, a new value and the end ask first', async (t) => {
  const { mock, page } = await open(t, '#/keys/fg_0a1b2c3d4e5f');
  const puts = () => mock.calls.filter((call) => call.method === 'PUT');
  await field(page, 'Requests a minute').fill('5');
  await page.click('button:text-is("Save")');
  await page.waitForSelector('.toast');
  assert.deepEqual(JSON.parse(puts()[0].text), { rate_limit: 5 });

  mock.touch('fg_0a1b2c3d4e5f');
  await page.waitForFunction(() => document.querySelector('button[type=submit]').disabled);
  await field(page, 'Description').fill('mine');
  mock.touch('fg_0a1b2c3d4e5f');
  await page.click('button:text-is("Save")');
  await page.waitForSelector('[role=alert]:has-text("Somebody else changed this")');
  await page.click('button:text-is("Refresh")');
  await page.waitForSelector('[role=alert]', { state: 'detached' });
  assert.equal(await field(page, 'Description').inputValue(), 'mine');

  await page.click('button:text("New value")');
  await page.selectOption('dialog select', '7d');
  await page.click('dialog button:text("New value")');
  await page.waitForSelector(`code:text-is("fg_${'y'.repeat(43)}")`);
  assert.deepEqual(JSON.parse(mock.calls.find((call) => call.path.endsWith('/rotate')).text), { keep_old_for: '7d' });

  await page.click('button:text-is("Revoke")');
  await page.click('dialog button:text-is("Revoke")');
  await page.waitForSelector('h1:text-is("Keys")');
  assert.equal(mock.keys.length, 2);
  assertNoProblems(page);
});

test('edits stay while a new value is made and a file that was changed by hand is loaded', async (t) => {
  const { mock, page } = await open(t, '#/keys/fg_0a1b2c3d4e5f');
  await field(page, 'Description').fill('mine');
  await page.click('button:text("New value")');
  await page.click('dialog button:text("New value")');
  await page.waitForSelector(`code:text-is("fg_${'y'.repeat(43)}")`);
  const loads = () => mock.calls.filter((call) => call.method === 'GET' && call.path === 'keys/fg_0a1b2c3d4e5f').length;
  await eventually(() => loads() === 2, 'the key to be loaded again');

  mock.refuseWritesWith = 409;
  await page.click('button:text-is("Save")');
  await page.waitForSelector('[role=alert]:has-text("changed by hand")');
  mock.refuseWritesWith = null;
  await page.click('button:text-is("Reload configuration")');
  await page.waitForSelector('[role=alert]', { state: 'detached' });
  await eventually(() => loads() === 3, 'the key to be loaded again');
  assert.equal(await field(page, 'Description').inputValue(), 'mine');
  await page.click('button:text-is("Save")');
  await eventually(() => mock.keys[0].description === 'mine', 'the edit to be written');
  assertNoProblems(page);
});

test('a page of keys that is no longer there gives way to the last one', async (t) => {
  const { mock, page } = await open(t, '#/keys');
  mock.keys = Array.from({ length: 26 }, (_, index) => ({ ...mock.keys[0], key_id: `fg_0000000000${String(index).padStart(2, '0')}` }));
  await page.goto(`${mock.url}#/keys?skip=25`);
  await page.waitForSelector('.pager:has-text("26–26 of 26")');
  await page.click('tbody a');
  await page.click('.page-head button:text-is("Revoke")');
  await page.click('dialog button:text-is("Revoke")');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 25);
  await page.goto(`${mock.url}#/keys?skip=25`);
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 25 && !location.hash.includes('skip'));
  assertNoProblems(page);
});
