// Signing in and out, and what a visitor is told when it does not work.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoProblems, openPage, signIn, startBrowser } from './support/browser.mjs';
import { eventually } from './support/gateway.mjs';
import { startMock } from './support/ui_mock.mjs';

const h1 = (page, text) => page.waitForSelector(`h1:text-is("${text}")`);

test('a wrong token is told in words, a right one opens the overview, and the address waits for it', async (t) => {
  const mock = await startMock(t);
  const page = await openPage(t, await startBrowser());
  await page.goto(`${mock.url}#/keys`);
  await page.fill('#token', 'wrong');
  await page.click('button[type=submit]');
  await page.waitForSelector('[role=alert]:has-text("does not know this token")');
  assert.equal(await page.getAttribute('#token', 'aria-invalid'), 'true');
  await page.fill('#token', 'secret-token');
  await page.keyboard.press('Enter');
  await h1(page, 'Keys');

  await page.reload();
  await h1(page, 'Keys');
  await page.click('button[aria-label="Sign out"]');
  await page.waitForSelector('#token');
  assert.ok(mock.calls.some((call) => call.method === 'DELETE' && call.path === 'session' && call.headers['x-csrf-token'] === 'csrf'));
  assertNoProblems(page);
});

test('a session that ends leads to the sign-in, and back to the same page', async (t) => {
  const mock = await startMock(t);
  const page = await openPage(t, await startBrowser());
  await signIn(page, `${mock.url}#/routes`);
  await h1(page, 'Routes');
  mock.sessions.clear();
  await page.click('nav a:has-text("Keys")');
  await page.waitForSelector('[role=status]:has-text("signed out")');
  await page.fill('#token', 'secret-token');
  await page.keyboard.press('Enter');
  await h1(page, 'Keys');
  assertNoProblems(page);
});

test('a session that ends does not take the edits of its visitor with it', async (t) => {
  const mock = await startMock(t);
  const page = await openPage(t, await startBrowser());
  await signIn(page, `${mock.url}#/routes/embeddings`);
  const description = page.locator('.field:has(> label:text-is("Description")) input');
  await description.fill('mine');
  mock.sessions.clear();
  await page.click('button:text("Review changes")');
  await page.waitForSelector('[role=status]:has-text("signed out")');
  await page.fill('#token', 'secret-token');
  await page.keyboard.press('Enter');
  await description.waitFor();
  assert.equal(await description.inputValue(), 'mine');

  // Leaving a page drops them.
  await page.click('nav a:has-text("Keys")');
  await h1(page, 'Keys');
  await page.goto(`${mock.url}#/routes/embeddings`);
  await description.waitFor();
  assert.equal(await description.inputValue(), '');
  assertNoProblems(page);
});

test('a gateway that is gone is told, and noticed when it is back', async (t) => {
  const mock = await startMock(t);
  const page = await openPage(t, await startBrowser());
  await signIn(page, mock.url);
  await page.waitForSelector('.figure');
  await page.route('**/admin/**', (route) => (/\/ui\//.test(route.request().url()) ? route.continue() : route.abort()));
  await page.waitForSelector('.banner:has-text("The gateway does not answer.")');
  // What was told last is still to be seen.
  await page.waitForSelector('.figure');
  await page.unroute('**/admin/**');
  await page.waitForSelector('.banner', { state: 'detached' });

  await page.route('**/admin/session', (route) => route.abort());
  await page.reload();
  await page.waitForSelector('[role=alert] h1:text-is("The gateway does not answer.")');
  await page.unroute('**/admin/session');
  await h1(page, 'Overview');
  assertNoProblems(page);
});

test('a viewer sees no way to write', async (t) => {
  const mock = await startMock(t, { role: 'viewer' });
  const page = await openPage(t, await startBrowser());
  await signIn(page, `${mock.url}#/routes`);
  await page.waitForSelector('tbody tr');
  assert.equal(await page.locator('a:text("New route")').count(), 0);
  assert.equal(await page.locator('[role=switch]:enabled').count(), 0);
  await page.goto(`${mock.url}#/keys`);
  await page.waitForSelector('tbody tr');
  assert.equal(await page.locator('a:text("New key")').count(), 0);
  assertNoProblems(page);
});

test('an operator who writes a key is told that the role does not allow it', async (t) => {
  const mock = await startMock(t);
  const page = await openPage(t, await startBrowser());
  await signIn(page, `${mock.url}#/new-key`);
  mock.refuseWritesWith = 403;
  await page.fill('label:text-is("Owner") + input', 'team');
  await page.click('button:text("Create key")');
  await page.waitForSelector('[role=alert]:has-text("Your role does not allow this.")');
  assertNoProblems(page);
});

test('the pages work below any path, with another admin path', async (t) => {
  const mock = await startMock(t, { adminPath: '/behind/a/proxy/steering' });
  const page = await openPage(t, await startBrowser());
  await signIn(page, mock.url);
  await page.waitForSelector('.plot canvas');
  await page.click('nav a:has-text("Logs")');
  await page.waitForSelector('tbody tr');
  assert.match(await page.getAttribute('a:text("CSV")', 'href'), /^http:\/\/127\.0\.0\.1:\d+\/behind\/a\/proxy\/steering\/logs\/export\?format=csv$/);
  assertNoProblems(page);
});

test('language and theme follow the browser, can be switched, and are kept', async (t) => {
  const mock = await startMock(t);
  const page = await openPage(t, await startBrowser(), { language: 'zh', theme: 'dark' });
  await signIn(page, mock.url);
  await h1(page, '概览');
  assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
  await page.click('button:text-is("English")');
  await h1(page, 'Overview');
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  await page.click('button[aria-label="Switch to light colours"]');
  await page.waitForSelector('html[data-theme=light]');
  await page.reload();
  await h1(page, 'Overview');
  assert.equal(await page.getAttribute('html', 'data-theme'), 'light');
  assertNoProblems(page);
});

test('everything is reached by keyboard: the skip link, the navigation, a dialog that gives the focus back', async (t) => {
  const mock = await startMock(t);
  const page = await openPage(t, await startBrowser());
  await signIn(page, `${mock.url}#/routes/embeddings`);
  await page.waitForSelector('.yaml-pane');
  await page.reload();
  await page.waitForSelector('.yaml-pane');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');

  await page.focus('button:text-is("Delete")');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open]');
  assert.ok(await page.evaluate(() => document.querySelector('dialog').contains(document.activeElement)));
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Delete');

  await page.focus('nav a:has-text("Statistics")');
  await page.keyboard.press('Enter');
  await h1(page, 'Statistics');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  assertNoProblems(page);
});

test('a sign-out that fails is told, and the session stays', async (t) => {
  const mock = await startMock(t);
  const page = await openPage(t, await startBrowser());
  await signIn(page, `${mock.url}#/routes`);
  await h1(page, 'Routes');
  await page.route('**/admin/session', (route) => route.abort());
  await page.click('button[aria-label="Sign out"]');
  await page.waitForSelector('[role=alert]:has-text("Signing out failed.")');
  assert.equal(await page.locator('#token').count(), 0);
  await page.unroute('**/admin/session');
  // A session that has ended already is as good as one that is ended now.
  mock.sessions.clear();
  await page.click('button[aria-label="Sign out"]');
  await page.waitForSelector('#token');
  assertNoProblems(page);
});

test('a sign-in in another tab does not keep this one from writing', async (t) => {
  const mock = await startMock(t);
  const page = await openPage(t, await startBrowser());
  await signIn(page, `${mock.url}#/routes`);
  await page.waitForSelector('tbody tr');
  mock.csrfToken = 'newer';
  await page.click('[role=switch][aria-label="Embeddings is active"]');
  await page.waitForSelector('[role=switch][aria-label="Embeddings is active"][aria-checked=false]');
  const tokens = mock.calls.filter((call) => call.path.startsWith('routes/embeddings')).map((call) => call.headers['x-csrf-token']);
  assert.deepEqual(tokens, ['csrf', 'newer']);
  assertNoProblems(page);
});

test('an answer that takes too long is told as that, and a trial may take as long as its route lets it', async (t) => {
  const mock = await startMock(t);
  const page = await openPage(t, await startBrowser());
  // Limits of the pages' calls end when the test says so.
  await page.addInitScript(() => {
    const limits = [];
    AbortSignal.timeout = () => {
      const limit = new AbortController();
      limits.push(limit);
      return limit.signal;
    };
    globalThis.endLimits = () => limits.forEach((limit) => limit.abort(new DOMException('', 'TimeoutError')));
  });
  await signIn(page, `${mock.url}#/routes/chat?view=test`);
  const held = [];
  await page.route('**/admin/{routes/chat/test,explain}', (route) => { held.push(route); });
  await page.click('button:text-is("Send")');
  await eventually(() => held.length === 1, 'the trial');
  await page.evaluate(() => globalThis.endLimits());
  await held[0].continue();
  await page.waitForSelector('.facts:has-text("http://10.0.4.11:8000/v1/chat/completions")');

  await page.goto(`${mock.url}#/explain`);
  await page.click('button:text-is("Explain")');
  await eventually(() => held.length === 2, 'the question');
  await page.evaluate(() => globalThis.endLimits());
  await page.waitForSelector('[role=alert]:has-text("took too long")');
  assert.equal(await page.locator('.banner:has-text("The gateway does not answer.")').count(), 0);
  assertNoProblems(page);
});
