// Each page in both languages, both themes and a narrow window: no serious finding of axe, nothing beside
// the window's edge, nothing that the security policy forbids; with pictures in .build/screenshots.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoProblems, openPage, overflow, picture, seriousFindings, settled, signIn, startBrowser } from './support/browser.mjs';
import { startMock } from './support/ui_mock.mjs';

// Name, address, and what is there once the page is whole.
const pages = [
  ['overview', '#/overview', '.plot canvas'],
  ['routes', '#/routes', 'tbody tr'],
  ['route', '#/routes/chat', '.yaml-pane'],
  ['route_test', '#/routes/chat?view=test', 'form'],
  ['route_traffic', '#/routes/chat?view=traffic', '.plot canvas'],
  ['new_route', '#/new-route', '.yaml-pane'],
  ['explain', '#/explain', 'form'],
  ['history', '#/history', '.changes'],
  ['keys', '#/keys', '.spark'],
  ['key', '#/keys/fg_0a1b2c3d4e5f', '.plot canvas'],
  ['new_key', '#/new-key', 'form'],
  ['logs', '#/logs?status_code=2xx&has_error=false', 'tbody tr'],
  ['log', '#/logs/log_000238', '.timeline'],
  ['statistics', '#/statistics', '.histogram'],
  ['settings', '#/settings', '.code'],
];

async function visit(page, mock, [, address, whole]) {
  await page.goto(`${mock.url}${address}`);
  await page.waitForSelector(whole);
  await settled(page);
}

async function check(page, name) {
  assert.deepEqual(await seriousFindings(page), [], `axe on ${name}`);
  assert.ok(await overflow(page) <= 0, `${name} is wider than its window`);
}

for (const [language, theme] of [['en', 'light'], ['zh', 'dark']]) {
  test(`each page in ${language}, ${theme}`, async (t) => {
    const mock = await startMock(t);
    const browser = await startBrowser();
    const page = await openPage(t, browser, { language, theme });
    await page.goto(mock.url);
    await page.waitForSelector('#token');
    await check(page, 'sign-in');
    await picture(page, `sign_in-${language}-${theme}`);
    await signIn(page, mock.url);
    for (const entry of pages) {
      await visit(page, mock, entry);
      await check(page, entry[0]);
      await picture(page, `${entry[0]}-${language}-${theme}`);
    }
    assert.equal(await page.getAttribute('html', 'lang'), language === 'zh' ? 'zh-Hans' : 'en');
    assertNoProblems(page);
  });
}

test('each page in a window of 360 pixels', async (t) => {
  const mock = await startMock(t);
  const browser = await startBrowser();
  const page = await openPage(t, browser, { width: 360, height: 760 });
  await signIn(page, mock.url);
  for (const entry of pages) {
    await visit(page, mock, entry);
    await check(page, entry[0]);
    await picture(page, `${entry[0]}-narrow`);
  }
  const long = { route_id: 'l'.repeat(120), route_name: 'n'.repeat(400), match_path: `/${'p'.repeat(400)}`, description: 'd'.repeat(400) };
  mock.routes.push({ ...mock.routes[0], ...long });
  for (const address of ['#/routes', `#/routes/${long.route_id}`]) {
    await page.goto(`${mock.url}${address}`);
    await page.waitForSelector('main:has-text("nnnn")');
    await check(page, address);
  }
  assertNoProblems(page);
});

for (const theme of ['light', 'dark']) {
  test(`dialogs, messages and results, ${theme}`, async (t) => {
    const mock = await startMock(t);
    const page = await openPage(t, await startBrowser(), { theme });
    const shown = async (name) => {
      await check(page, name);
      await picture(page, `${name}-${theme}`);
    };
    await page.goto(mock.url);
    await page.fill('#token', 'wrong');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=alert]');
    await shown('wrong_token');
    await signIn(page, mock.url);

    await page.goto(`${mock.url}#/routes/embeddings`);
    await page.fill('.field.wide input', 'Vectors of texts');
    await page.click('button:text("Review changes")');
    await page.waitForSelector('dialog .diff');
    await shown('diff');
    await page.keyboard.press('Escape');
    mock.touch('embeddings');
    await page.click('button:text("Review changes")');
    await page.waitForSelector('dialog .columns');
    await shown('conflict');
    await page.keyboard.press('Escape');

    await page.goto(`${mock.url}#/routes/chat?view=test`);
    await page.click('button:text-is("Send")');
    await page.waitForSelector('.facts');
    await shown('route_answer');
    await page.goto(`${mock.url}#/explain`);
    await page.click('button:text-is("Explain")');
    await page.waitForSelector('.rows');
    await shown('explained');
    await page.goto(`${mock.url}#/history`);
    await page.click('.changes summary');
    await page.waitForSelector('.changes .diff');
    await shown('history_open');

    await page.goto(`${mock.url}#/new-key`);
    await page.fill('.field input', 'team-a');
    await page.click('button:text("Create key")');
    await page.waitForSelector('.key-value');
    await shown('key_value');
    await page.goto(`${mock.url}#/logs?path=/nowhere`);
    await page.waitForSelector('.empty');
    await shown('empty');
    mock.refuseWith = 500;
    await page.goto(`${mock.url}#/keys`);
    await page.waitForSelector('[role=alert]');
    await shown('failed');
    assertNoProblems(page);
  });
}
