// Routes: creating, editing with the difference shown first, conflicts, trying, explaining, history.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoProblems, openPage, signIn, startBrowser } from './support/browser.mjs';
import { startMock } from './support/ui_mock.mjs';

const field = (page, label) => page.locator(`.field:has(> label:text-is("${label}"))`).locator('input, textarea, select').first();
const yaml = (page) => page.locator('.yaml-pane textarea');
const writesTo = (mock, path) => mock.calls.filter((call) => call.path === path && call.method !== 'GET');

async function open(t, address, options) {
  const mock = await startMock(t, options);
  const page = await openPage(t, await startBrowser());
  await signIn(page, `${mock.url}${address}`);
  return { mock, page };
}

test('a new route: form and YAML are one, the difference is shown before anything is written', async (t) => {
  const { mock, page } = await open(t, '#/new-route');
  await field(page, 'Name').fill('Fresh');
  await field(page, 'Host and port').fill('127.0.0.1:9001');
  assert.match(await yaml(page).inputValue(), /route_name: Fresh\n[^]*target_host: 127\.0\.0\.1:9001/);
  await yaml(page).fill('route_name: Fresh\nmatch_path: /fresh/*\ntarget_host: 127.0.0.1:9002\nqueue: {size: 5}\n');
  assert.equal(await field(page, 'Path').inputValue(), '/fresh/*');
  await field(page, 'Priority').fill('7');
  assert.match(await yaml(page).inputValue(), /priority: 7/);

  await page.click('button:text("Review changes")');
  await page.waitForSelector('dialog .diff .added');
  assert.deepEqual(writesTo(mock, 'routes').map((call) => call.query), [{ dry_run: 'true' }]);
  await page.click('dialog button:text("Write to the file")');
  await page.waitForSelector('h1:text-is("Fresh")');
  const written = JSON.parse(writesTo(mock, 'routes').at(-1).text);
  assert.deepEqual(written, { route_name: 'Fresh', match_path: '/fresh/*', target_host: '127.0.0.1:9002', queue: { size: 5 }, priority: 7 });
  assertNoProblems(page);
});

test('the YAML means what it means to the gateway', async (t) => {
  const { mock, page } = await open(t, '#/new-route');
  await yaml(page).fill('match_path: /x\ntarget_host: a:1\npriority: 0x1F\nadd_headers: {A: 2023-06-01, B: 1_000, C: 0b11, D: .inf, <<: {E: 1}}\nadd_body_fields: {a: 1e3, b: ~, c: yes, d: -.5, e: "7", f: True}\n');
  await page.click('button:text("Review changes")');
  await page.waitForSelector('dialog .diff');
  assert.deepEqual(JSON.parse(writesTo(mock, 'routes').at(-1).text), {
    match_path: '/x', target_host: 'a:1', priority: 31, add_headers: { A: '2023-06-01', B: '1_000', C: '0b11', D: '.inf', '<<': { E: 1 } },
    add_body_fields: { a: 1000, b: null, c: 'yes', d: -0.5, e: '7', f: true },
  });
  assertNoProblems(page);
});

test('whole numbers keep all their digits, read and written', async (t) => {
  const { mock, page } = await open(t, '#/new-route');
  await yaml(page).fill('match_path: /x\ntarget_host: a:1\nadd_body_fields: {a: 9007199254740993, b: [-12345678901234567890, 7], c: 0x20000000000001, d: "9007199254740993"}\n');
  const group = page.locator('details', { has: page.locator('summary:text-is("Changes on the way")') });
  if (await group.count()) await group.evaluate((element) => { element.open = true; });
  await page.click('button:text("Review changes")');
  await page.waitForSelector('dialog .diff');
  const digits = '{"a":9007199254740993,"b":[-12345678901234567890,7],"c":9007199254740993,"d":"9007199254740993"}';
  assert.ok(writesTo(mock, 'routes').at(-1).text.includes(digits), writesTo(mock, 'routes').at(-1).text);

  mock.rawRoute = `{"route_id":"chat","match_path":"/v1/*","target_host":"a:1","priority":40,"add_body_fields":${digits}}`;
  await page.goto(`${mock.url}#/routes/chat`);
  await page.waitForFunction(() => document.querySelector('.yaml-pane textarea')?.value.includes('a: 9007199254740993\n'));
  assert.match(await yaml(page).inputValue(), /b:\n +- -12345678901234567890\n +- 7\n[^]*d: "9007199254740993"\n/);
  const shown = await yaml(page).inputValue();
  await yaml(page).fill(shown.replace('a: 9007199254740993', 'a: 9007199254740995'));
  await page.click('button:text("Review changes")');
  await page.waitForSelector('dialog .diff');
  assert.equal(writesTo(mock, 'routes/chat').at(-1).text, `{"add_body_fields":${digits.replace('9007199254740993', '9007199254740995')}}`);
  assertNoProblems(page);
});

test('tags say in the YAML what they say to the gateway, and others are told', async (t) => {
  const { mock, page } = await open(t, '#/new-route');
  await yaml(page).fill('match_path: !!str /x\ntarget_host: a:1\npriority: !!int "5"\nadd_body_fields: !!map {a: !!str 5, b: ! 7, c: !!float "3.5", d: !!bool "true", e: !!null "", f: !!seq [1], g: !!int "x"}\n');
  await page.click('button:text("Review changes")');
  await page.waitForSelector('dialog .diff');
  assert.deepEqual(JSON.parse(writesTo(mock, 'routes').at(-1).text), {
    match_path: '/x', target_host: 'a:1', priority: 5, add_body_fields: { a: '5', b: '7', c: 3.5, d: true, e: null, f: [1], g: 'x' },
  });
  await page.click('dialog button:text("Go on editing")');
  await yaml(page).fill('match_path: !mine /x\n');
  await page.waitForSelector('.field-error:has-text("unknown tag !<!mine>")');
  assertNoProblems(page);
});

test('text that is no YAML is told at its place and changes nothing', async (t) => {
  const { page } = await open(t, '#/routes/embeddings');
  await yaml(page).fill('route_id: [');
  await page.waitForSelector('.field-error:has-text("Not taken over")');
  assert.equal(await field(page, 'Path').inputValue(), '/v1/embeddings');
  assertNoProblems(page);
});

test('what the gateway does not accept stands at its field, and nothing is lost', async (t) => {
  const { page } = await open(t, '#/new-route');
  await field(page, 'Name').fill('Broken');
  await field(page, 'Path').fill('');
  await page.click('button:text("Review changes")');
  await page.waitForSelector('.field:has(> label:text-is("Path")) .field-error:text-is("is missing")');
  await page.waitForSelector('[role=alert]:has-text("did not accept this")');
  assert.equal(await field(page, 'Name').inputValue(), 'Broken');
  assertNoProblems(page);
});

test('an edit sends what changed alone, with the version it was made on', async (t) => {
  const { mock, page } = await open(t, '#/routes/chat');
  await field(page, 'Longest silence').fill('');
  await field(page, 'Description').fill('All chats');
  await page.click('button:text("Review changes")');
  await page.click('dialog button:text("Write to the file")');
  await page.waitForSelector('.toast');
  const put = writesTo(mock, 'routes/chat').at(-1);
  assert.deepEqual(JSON.parse(put.text), { timeout: null, description: 'All chats' });
  assert.equal(put.headers['if-match'], '"v1"');
  // The masked value was never sent back.
  assert.doesNotMatch(put.text, /\*\*\*/);
  assertNoProblems(page);
});

test('somebody else was faster: mine can be written over it', async (t) => {
  const { mock, page } = await open(t, '#/routes/embeddings');
  await field(page, 'Description').fill('mine');
  mock.routes.find((route) => route.route_id === 'embeddings').priority = 55;
  mock.touch('embeddings');
  await page.click('button:text("Review changes")');
  await page.waitForSelector('dialog h2:text-is("Somebody else was faster")');
  assert.match(await page.locator('dialog .code').first().textContent(), /priority: 55/);
  await page.click('dialog button:text("Write mine over it")');
  await page.waitForSelector('.toast');
  const route = mock.routes.find((entry) => entry.route_id === 'embeddings');
  assert.deepEqual([route.description, route.priority], ['mine', 55]);
  assertNoProblems(page);
});

test('somebody else was faster: mine can be dropped', async (t) => {
  const { mock, page } = await open(t, '#/routes/embeddings');
  await field(page, 'Description').fill('mine');
  mock.routes.find((route) => route.route_id === 'embeddings').description = 'theirs';
  mock.touch('embeddings');
  await page.click('button:text("Review changes")');
  await page.click('dialog button:text("Drop mine")');
  await page.waitForFunction(() => [...document.querySelectorAll('input')].some((input) => input.value === 'theirs'));
  assertNoProblems(page);
});

test('a file that was changed by hand is reloaded from the dialog, and the changes stay', async (t) => {
  const { mock, page } = await open(t, '#/routes/embeddings');
  mock.refuseWritesWith = 409;
  await field(page, 'Description').fill('mine');
  await page.click('button:text("Review changes")');
  await page.waitForSelector('dialog:has-text("changed by hand")');
  mock.refuseWritesWith = null;
  await page.click('dialog button:text("Reload configuration")');
  await page.waitForSelector('dialog', { state: 'detached' });
  assert.equal(await field(page, 'Description').inputValue(), 'mine');
  assert.equal(writesTo(mock, 'reload').length, 1);
  assertNoProblems(page);
});

test('a route is switched off and on in the list, and found by its name', async (t) => {
  const { mock, page } = await open(t, '#/routes');
  await page.click('[role=switch][aria-label="Embeddings is active"]');
  await page.waitForSelector('[role=switch][aria-label="Embeddings is active"][aria-checked=false]');
  const written = writesTo(mock, 'routes/embeddings');
  assert.deepEqual(written.map((call) => [call.method, JSON.parse(call.text)]), [['PUT', { is_active: false }]]);
  await page.fill('input[type=search]', 'qwen');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  assert.match(page.url(), /q=qwen/);
  await page.fill('input[type=search]', 'no such route');
  await page.click('button:text("Clear filters")');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 5);
  assertNoProblems(page);
});

test('a switch asks for what it shows, whatever others did meanwhile', async (t) => {
  const { mock, page } = await open(t, '#/routes/embeddings');
  await page.waitForSelector('[role=switch][aria-checked=true]');
  mock.routes.find((route) => route.route_id === 'embeddings').is_active = false;
  await page.click('[role=switch]');
  await page.waitForSelector('.toast:has-text("off")');
  await page.waitForSelector('[role=switch][aria-checked=false]');
  assert.equal(mock.routes.find((route) => route.route_id === 'embeddings').is_active, false);
  assertNoProblems(page);
});

test('edits stay when the switch above them is used', async (t) => {
  const { mock, page } = await open(t, '#/routes/embeddings');
  await field(page, 'Description').fill('mine');
  await page.click('[role=switch]');
  await page.waitForSelector('[role=switch][aria-checked=false]');
  assert.equal(await field(page, 'Description').inputValue(), 'mine');
  assert.match(await yaml(page).inputValue(), /is_active: false/);
  await page.click('button:text("Review changes")');
  await page.click('dialog button:text("Write to the file")');
  await page.waitForFunction(() => document.querySelector('.bar').textContent.includes('Nothing changed'));
  assert.deepEqual(JSON.parse(writesTo(mock, 'routes/embeddings').at(-1).text), { description: 'mine' });
  assertNoProblems(page);
});

test('routes that the list leaves out are told', async (t) => {
  const { mock, page } = await open(t, '#/routes');
  await page.waitForSelector('tbody tr');
  assert.equal(mock.calls.find((call) => call.path === 'routes').query.limit, '10000');
  assert.equal(await page.locator('.banner').count(), 0);
  mock.routeTotal = 10_017;
  await page.reload();
  await page.waitForSelector('.banner:has-text("The first 5 of 10,017 routes.")');
  assertNoProblems(page);
});

test('a group of fields stays open when its last field is emptied', async (t) => {
  const { page } = await open(t, '#/new-route');
  const group = page.locator('details', { has: page.locator('summary:text-is("Access and limits")') });
  await group.locator('summary').click();
  await field(page, 'Requests a minute').fill('5');
  await field(page, 'Requests a minute').fill('');
  assert.doesNotMatch(await yaml(page).inputValue(), /rate_limit/);
  assert.ok(await field(page, 'Requests a minute').isVisible());
  assertNoProblems(page);
});

test('a route is tried with a real request, explained, and deleted after a question', async (t) => {
  const { mock, page } = await open(t, '#/routes/chat?view=test');
  await page.click('button:text-is("Send")');
  await page.waitForSelector('.facts:has-text("http://10.0.4.11:8000/v1/chat/completions")');
  assert.deepEqual(JSON.parse(writesTo(mock, 'routes/chat/test')[0].text), { method: 'POST', path: '/v1/chat/' });

  await page.goto(`${mock.url}#/explain?method=POST&path=/v1/chat/completions`);
  await page.click('button:text-is("Explain")');
  await page.waitForSelector('.banner.ok:has-text("chat")');
  await page.waitForSelector('.rows:has-text("the path does not match /v1/embeddings")');

  await page.goto(`${mock.url}#/routes/qwen`);
  await page.click('button:text-is("Delete")');
  await page.click('dialog button:text-is("Delete")');
  await page.waitForSelector('h1:text-is("Routes")');
  assert.equal(mock.routes.some((route) => route.route_id === 'qwen'), false);

  await page.goto(`${mock.url}#/history`);
  await page.click('summary:has-text("delete route qwen")');
  await page.click('li:has-text("delete route qwen") button:text("Back to before this")');
  await page.click('dialog button:text("Back to before this")');
  await page.waitForSelector('.toast');
  assert.deepEqual(JSON.parse(writesTo(mock, 'config/rollback')[0].text), { id: mock.history[0].id });
  assertNoProblems(page);
});

test('edits stay while another view of the route is looked at', async (t) => {
  const { page } = await open(t, '#/routes/embeddings');
  await field(page, 'Description').fill('mine');
  for (const view of ['Test', 'Traffic']) {
    await page.click(`.views a:text-is("${view}")`);
    await page.waitForSelector(`.views a[aria-current]:text-is("${view}")`);
  }
  await page.click('.views a:text-is("Edit")');
  assert.equal(await field(page, 'Description').inputValue(), 'mine');
  await page.click('button:text("Undo changes")');
  assert.equal(await field(page, 'Description').inputValue(), '');
  assertNoProblems(page);
});
