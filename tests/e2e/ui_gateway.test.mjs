// The pages before the real gateway: what is done in the browser is in force, and what passes is seen.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { assertNoProblems, seriousFindings, signIn } from './support/browser.mjs';
import { cleanup } from './support/cleanup.mjs';
import { eventually } from './support/gateway.mjs';
import { field, startWithPages, token } from './support/ui_gateway.mjs';
import { policy } from './support/ui_mock.mjs';

test('the pages come from the gateway alone, under the strict policy, and are revalidated', async (t) => {
  const { gateway } = await startWithPages(t);
  const dashboard = await fetch(`${gateway.url}/admin/dashboard`);
  assert.equal(new URL(dashboard.url).pathname, '/admin/ui/');
  assert.equal(dashboard.headers.get('content-security-policy'), policy);
  assert.equal(dashboard.headers.get('x-content-type-options'), 'nosniff');
  const page = await dashboard.text();
  for (const [, name] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
    assert.doesNotMatch(name, /^(\w+:|\/)/, 'links are relative');
    const asset = await fetch(new URL(name, dashboard.url));
    assert.equal(asset.status, 200, name);
    const again = await fetch(new URL(name, dashboard.url), { headers: { 'If-None-Match': asset.headers.get('etag') } });
    assert.equal(again.status, 304, name);
  }
  assert.doesNotMatch(page, / style=| on\w+=/);
});

test('a key and a route made in the browser serve traffic at once', async (t) => {
  const { gateway, upstream, page } = await startWithPages(t);
  await signIn(page, `${gateway.url}/admin/dashboard`, token);
  await page.waitForSelector('h1:text-is("Overview")');

  await page.goto(`${gateway.url}/admin/ui/#/new-key`);
  await field(page, 'Owner').fill('browser');
  await field(page, 'Permissions').fill('chat');
  await page.click('button:text("Create key")');
  const key = await page.textContent('.key-value code');
  assert.match(key, /^fg_[\w-]{43}$/);

  await page.goto(`${gateway.url}/admin/ui/#/new-route`);
  await field(page, 'Name').fill('Made here');
  await field(page, 'Path').fill('/made/*');
  await field(page, 'Host and port').fill(upstream.host);
  await page.click('button:text("Review changes")');
  await page.waitForSelector('dialog .diff .added:has-text("/made/*")');
  await page.click('dialog button:text("Write to the file")');
  await page.waitForSelector('h1:text-is("Made here")');
  assert.match(fs.readFileSync(path.join(gateway.folder, 'conf.d/admin.yaml'), 'utf8'), /match_path: "?\/made\/\*/);

  const answer = await fetch(`${gateway.url}/made/thing`, { headers: { Authorization: `Bearer ${key}` } });
  assert.equal(await answer.text(), 'upstream saw /made/thing');
  assert.equal((await fetch(`${gateway.url}/made/thing`)).status, 401);
  await page.goto(`${gateway.url}/admin/ui/#/keys`);
  await page.waitForSelector('tbody tr:has-text("browser")');
  assertNoProblems(page);
});

test('a route is switched off and on, and edited over a conflict', async (t) => {
  const { gateway, page, api } = await startWithPages(t);
  await signIn(page, `${gateway.url}/admin/ui/#/routes`, token);
  const status = async () => (await fetch(`${gateway.url}/first/thing`)).status;
  assert.equal(await status(), 200);
  await page.click('[role=switch]');
  await page.waitForSelector('[role=switch][aria-checked=false]');
  assert.equal(await status(), 404);
  await page.click('[role=switch]');
  await page.waitForSelector('[role=switch][aria-checked=true]');
  assert.equal(await status(), 200);

  await page.goto(`${gateway.url}/admin/ui/#/routes/first`);
  await field(page, 'Description').fill('mine');
  const other = await api('routes/first', { method: 'PUT', body: JSON.stringify({ priority: 12 }) });
  assert.equal(other.status, 200);
  await page.click('button:text("Review changes")');
  await page.waitForSelector('dialog h2:text-is("Somebody else was faster")');
  await page.click('dialog button:text("Write mine over it")');
  // A toast can still be that of the switch.
  const route = async () => (await api('routes/first')).json();
  await eventually(async () => (await route()).description === 'mine', 'the description to be written');
  assert.equal((await route()).priority, 12);

  await page.goto(`${gateway.url}/admin/ui/#/history`);
  await page.waitForSelector('.changes li:nth-child(4)');
  await page.click('.changes li:first-child summary');
  await page.waitForSelector('.changes li:first-child .diff .added:has-text("mine")');
  await page.click('.changes li:first-child button:text("Back to before this")');
  await page.click('dialog button:text("Back to before this")');
  await page.waitForSelector('.toast');
  await eventually(async () => !(await (await api('routes/first')).json()).description, 'the description to be gone');
  assertNoProblems(page);
});

test('a file changed by hand is noticed, reloaded from the dialog, and the edit goes on', async (t) => {
  const { gateway, page, api } = await startWithPages(t);
  await signIn(page, `${gateway.url}/admin/ui/#/routes/first`, token);
  await field(page, 'Description').fill('mine');
  fs.appendFileSync(path.join(gateway.folder, 'conf.d/routes.yaml'), '# by hand\n');
  await page.click('button:text("Review changes")');
  await page.waitForSelector('dialog:has-text("changed by hand")');
  await page.click('dialog button:text("Reload configuration")');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.click('button:text("Review changes")');
  await page.click('dialog button:text("Write to the file")');
  await page.waitForSelector('.toast:has-text("Written")');
  assert.equal((await (await api('routes/first')).json()).description, 'mine');
  assertNoProblems(page);
});

test('a route is tried and explained by the gateway itself; refusals stand at their fields', async (t) => {
  const { gateway, page } = await startWithPages(t);
  await signIn(page, `${gateway.url}/admin/ui/#/routes/first?view=test`, token);
  await page.click('button:text-is("Send")');
  await page.waitForSelector('.code:has-text("upstream saw /first/")');
  await page.goto(`${gateway.url}/admin/ui/#/explain?method=GET&path=/first/x`);
  await page.click('button:text-is("Explain")');
  await page.waitForSelector('.banner.ok a:text-is("first")');

  await page.goto(`${gateway.url}/admin/ui/#/routes/first`);
  await field(page, 'Path').fill('no slash');
  await page.click('button:text("Review changes")');
  await page.waitForSelector('.field:has(> label:text-is("Path")) .field-error');
  assertNoProblems(page);
});

test('settings tell what runs; another admin path and a gateway that goes away are no trouble', async (t) => {
  const { gateway, page } = await startWithPages(t, { admin: { path: '/steering/wheel' } });
  await signIn(page, `${gateway.url}/steering/wheel/dashboard`, token);
  await page.goto(`${gateway.url}/steering/wheel/ui/#/settings`);
  await page.waitForSelector('.code:has-text("/steering/wheel")');
  assert.doesNotMatch(await page.textContent('main'), new RegExp(token));
  await page.click('button:text("Reload configuration")');
  await page.waitForSelector('.toast');
  assert.deepEqual(await seriousFindings(page), []);
  await gateway.stop();
  await page.waitForSelector('.banner:has-text("The gateway does not answer.")');
  assertNoProblems(page);
});

test('the admin API is closed without a token, and the pages say so', async (t) => {
  const { gateway, page } = await startWithPages(t, { admin: { token: undefined } });
  await page.goto(`${gateway.url}/admin/ui/`);
  await page.waitForSelector('[role=alert]:has-text("The gateway refuses the admin API here.")');
  assertNoProblems(page);
});

// A proxy before the gateway that shows it below a path of its own, and changes nothing but that path.
async function startPrefix(t, gateway, prefix) {
  const server = http.createServer((request, response) => {
    if (!request.url.startsWith(`${prefix}/`)) { response.writeHead(404).end(); return; }
    const onward = http.request({ port: gateway.port, host: '127.0.0.1', method: request.method, path: request.url.slice(prefix.length), headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup(t, () => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${server.address().port}${prefix}`;
}

// The session's cookie must be for the path that the browser sees, and redirects relative to it.
test('behind a proxy that puts a path before it', async (t) => {
  const { gateway, page } = await startWithPages(t);
  const outside = await startPrefix(t, gateway, '/tools/gate');
  await signIn(page, `${outside}/admin/dashboard`, token);
  await page.waitForSelector('h1:text-is("Overview")');
  assert.equal(new URL(page.url()).pathname, '/tools/gate/admin/ui/');
  await page.click('nav a:has-text("Routes")');
  await page.click('[role=switch]');
  await page.waitForSelector('[role=switch][aria-checked=false]');
  const [cookie] = await page.context().cookies();
  assert.deepEqual([cookie.name, cookie.path, cookie.httpOnly, cookie.sameSite], ['fastgate_session', '/tools/gate/admin', true, 'Strict']);
  assertNoProblems(page);
});
