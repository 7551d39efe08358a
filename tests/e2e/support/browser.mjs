// Debian's Chromium for the tests of the pages: without its window, which nobody would see, it takes two thirds of the time.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { cleanup } from './cleanup.mjs';

const require = createRequire(import.meta.url);
const axeSource = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const executable = process.env.CHROMIUM_BIN ?? ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((file) => fs.existsSync(file));

// Longer than any page needs on a busy machine; what a page is waited for comes long before.
const patience = 30_000;

// One browser for all tests of a file; each opens visits of its own.
let started;
after(async () => (await started)?.close());

export function startBrowser() {
  started ??= chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
  return started;
}

// A page in a visit of its own. `problems` collects what must not happen: errors of scripts, violations
// of the security policy, requests to other hosts.
export async function openPage(t, browser, { language = 'en', theme = 'light', width = 1280, height = 900, ...more } = {}) {
  const visit = await browser.newContext({
    locale: language === 'zh' ? 'zh-CN' : 'en-GB', colorScheme: theme, viewport: { width, height },
    timezoneId: 'Europe/Berlin', reducedMotion: 'reduce', ...more,
  });
  cleanup(t, () => visit.close());
  const page = await visit.newPage();
  page.setDefaultTimeout(patience);
  page.problems = [];
  page.underWay = 0;
  page.on('request', () => { ++page.underWay; });
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, () => { --page.underWay; });
  page.on('pageerror', (error) => page.problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // Chromium writes a line for each answer of 400 and above, which tests bring about on purpose.
    if (message.type() === 'error' && !/^Failed to load resource/.test(message.text())) page.problems.push(`console: ${message.text()}`);
  });
  page.on('dialog', (dialog) => { page.problems.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (hostname !== '127.0.0.1' && protocol !== 'data:' && protocol !== 'blob:') page.problems.push(`request: ${request.url()}`);
  });
  return page;
}

export async function signIn(page, url, token = 'secret-token') {
  await page.goto(url);
  await page.fill('#token', token);
  await page.click('button[type=submit]');
  await page.waitForSelector('nav');
}

// The page has what it asked for, and has drawn it: nothing was under way for some frames.
export async function settled(page) {
  const end = Date.now() + patience;
  for (let quiet = 0; quiet < 3; quiet = page.underWay === 0 ? quiet + 1 : 0) {
    assert.ok(Date.now() < end, `${page.underWay} requests are under way`);
    await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); }));
  }
}

// What axe finds that keeps people out: serious and critical.
export async function seriousFindings(page) {
  // Evaluated, not added as a tag: the page's policy holds for tags.
  if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map((node) => `${node.target} (${node.failureSummary})`).join(' | ')}`);
}

export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

export function assertNoProblems(page) {
  assert.deepEqual(page.problems, []);
}

// Pictures of the pages for people to look at, in the build folder.
export async function picture(page, name) {
  const folder = path.join(root, '.build/screenshots');
  fs.mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}
