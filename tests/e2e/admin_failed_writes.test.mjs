// A write that fails, for whatever reason, leaves every file as it was, byte for byte, and what is in force too.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { Admin, fixed } from './support/admin.mjs';
import { configOf, eventually, startGateway, tempFolder } from './support/gateway.mjs';
import { cleanup } from './support/cleanup.mjs';
import { freePort } from './support/free_port.mjs';
import { noMounts, readOnlyBinary } from './support/read_only.mjs';

const timeout = 60_000;
const routes = `# Routes by hand.
routes:
  - route_id: first   # the first
    match_path: '/first'
    auth: none
    respond: {status: 200, body: "one"}
`;
const config = { admin: { auth: 'none' }, include: ['conf.d/*.yaml'] };

// Every file of the configuration, temporary ones that were left behind too, with its bytes.
function filesOf(folder) {
  const names = fs.readdirSync(folder).filter((name) => fs.statSync(path.join(folder, name)).isFile());
  const more = fs.existsSync(path.join(folder, 'conf.d')) ? fs.readdirSync(path.join(folder, 'conf.d')).map((name) => `conf.d/${name}`) : [];
  return Object.fromEntries([...names, ...more].map((name) => [name, fs.readFileSync(path.join(folder, name), 'latin1')]));
}

// What calls of all kinds answer, while none of them changes a file or what is served.
async function assertNothingChanges(gateway, isExpected) {
  const { folder } = gateway;
  const admin = new Admin(gateway.port);
  const [before, listed] = [filesOf(folder), (await admin.get('/routes')).json];
  const answers = [
    await admin.post('/routes', fixed('new')),
    await admin.put('/routes/first', { timeout: 7 }),
    await admin.post('/routes/first/toggle'),
    await admin.delete('/routes/first'),
    await admin.post('/keys', { source_path: 'a' }),
  ];
  for (const answer of answers) assert.ok(isExpected(answer), `${answer.status} ${answer.text}`);
  assert.deepEqual(filesOf(folder), before);
  assert.deepEqual((await admin.get('/routes')).json, listed);
  assert.equal(await (await fetch(`${gateway.url}/first`)).text(), 'one');
  assert.equal((await fetch(`${gateway.url}/new`)).status, 404);
}

const withRoutes = (t, options = {}) => startGateway(t, config, { ...options, files: { 'conf.d/routes.yaml': routes } });
const cannotWrite = ({ status, json }) => status === 500 && json.error.code === 'io';

test('a folder that cannot be written', { timeout, skip: noMounts }, async (t) => {
  const folder = tempFolder(t);
  const gateway = await withRoutes(t, { folder, binary: readOnlyBinary(t, folder, ['.']) });
  await assertNothingChanges(gateway, cannotWrite);
  assert.equal((await new Admin(gateway.port).get('/config')).json.files.some(({ writable }) => writable), false);
});

test('of two files that a rollback writes, one that cannot be', { timeout, skip: noMounts }, async (t) => {
  const folder = tempFolder(t);
  const options = { folder, files: { 'conf.d/routes.yaml': routes } };
  const stored = { ...config, database: { enabled: true } };
  const gateway = await startGateway(t, stored, options);
  fs.writeFileSync(gateway.file('conf.d/routes.yaml'), routes.replace('"one"', '"two"'));
  assert.match(await gateway.reload(configOf({ ...stored, proxy: { timeout: 7 } })), /reloaded/);
  await gateway.stop();
  const after = startGateway(t, { ...stored, proxy: { timeout: 7 } }, { folder, binary: readOnlyBinary(t, folder, ['conf.d']) });
  const admin = new Admin((await after).port);
  const before = filesOf(folder);
  const [change] = (await admin.get('/config/history')).json.items;
  assert.equal(change.files.length, 2, JSON.stringify(change));
  const back = await admin.post('/config/rollback', { id: change.id });
  assert.equal(back.status, 500, back.text);
  assert.deepEqual(filesOf(folder), before);
  assert.equal(await (await fetch(`${(await after).url}/first`)).text(), 'two');
});

test('of two files that a rollback writes, the first was not there and the second cannot be', { timeout, skip: noMounts }, async (t) => {
  const folder = tempFolder(t);
  const stored = { ...config, include: ['a.d/*.yaml', 'z.d/*.yaml'], database: { enabled: true } };
  const gateway = await startGateway(t, stored, { folder, files: { 'a.d/routes.yaml': routes, 'z.d/more.yaml': 'routes: []\n' } });
  fs.rmSync(gateway.file('a.d/routes.yaml'));
  fs.rmSync(gateway.file('z.d/more.yaml'));
  assert.match(await gateway.reload(), /reloaded/);
  await gateway.stop();
  const after = await startGateway(t, stored, { folder, binary: readOnlyBinary(t, folder, ['z.d']) });
  const admin = new Admin(after.port);
  const [change] = (await admin.get('/config/history')).json.items;
  assert.match(change.files[1].file ?? JSON.stringify(change.files[1]), /z\.d/);
  const back = await admin.post('/config/rollback', { id: change.id });
  assert.equal(back.status, 500, back.text);
  assert.deepEqual(fs.readdirSync(path.join(folder, 'a.d')), []);
  assert.equal((await fetch(`${after.url}/first`)).status, 404);
});

test('a disk on which there is no room for the text', { timeout }, async (t) => {
  const gateway = await withRoutes(t, { files: undefined });
  fs.mkdirSync(gateway.file('conf.d'), { recursive: true });
  // Files beyond a size cannot be written, as if the disk were full in the middle of one.
  const padding = `# ${'x'.repeat(76)}\n`.repeat(Math.ceil(65_536 / 79));
  fs.writeFileSync(gateway.file('conf.d/routes.yaml'), padding + routes);
  fs.writeFileSync(gateway.file('conf.d/admin.yaml'), padding);
  assert.match(await gateway.reload(), /reloaded/);
  const limit = (size) => execFileSync('prlimit', ['--pid', String(gateway.pid), `--fsize=${size}`]);
  limit('65536:unlimited');
  await assertNothingChanges(gateway, cannotWrite);
  limit('unlimited:unlimited');
  const made = await new Admin(gateway.port).post('/routes', fixed('new'));
  assert.equal(made.status, 201, made.text);
  assert.ok(gateway.read('conf.d/admin.yaml').startsWith(padding));
});

test('a configuration that would have errors', { timeout }, async (t) => {
  const gateway = await withRoutes(t);
  const admin = new Admin(gateway.port);
  const before = filesOf(gateway.folder);
  for (const answer of [
    await admin.post('/routes', { ...fixed('new'), timeout: 'soon' }),
    await admin.put('/routes/first', { match_path: '~(' }),
    await admin.put('/routes/first', { tests: [{ request: { path: '/first' }, expect: { status: 418 } }] }),
    await admin.put('/routes/first', { respond: null }),
  ]) {
    assert.equal(answer.status, 422, answer.text);
    assert.ok(answer.json.errors.length > 0);
  }
  assert.deepEqual(filesOf(gateway.folder), before);
});

test('a configuration that is right but cannot be put in force', { timeout }, async (t) => {
  const taken = net.createServer();
  const port = await freePort();
  const base = { ...config, database: { enabled: true } };
  const gateway = await startGateway(t, { ...base, server: { listen: ['127.0.0.1:0', `127.0.0.1:${port}`] } });
  assert.match(await gateway.reload(configOf(base)), /reloaded/);
  const admin = new Admin(gateway.port);
  // The second address, which a rollback would listen on again, is somebody else's by now.
  // The gateway closes it soon after it told of the reload.
  const takes = () => once(taken.listen(port, '127.0.0.1'), 'listening').then(() => true, () => false);
  await eventually(takes, 'the address to be free');
  cleanup(t, () => taken.close());
  const before = filesOf(gateway.folder);
  const [change] = (await admin.get('/config/history')).json.items;
  const back = await admin.post('/config/rollback', { id: change.id });
  assert.ok(back.status >= 500, back.text);
  assert.deepEqual(filesOf(gateway.folder), before);
  assert.equal((await admin.get('/status')).status, 200);
});

test('files that were changed, made or taken away by hand', { timeout }, async (t) => {
  const gateway = await withRoutes(t);
  const byHand = {
    changed: () => fs.appendFileSync(gateway.file('conf.d/routes.yaml'), '# by hand\n'),
    made: () => fs.writeFileSync(gateway.file('conf.d/more.yaml'), 'routes: []\n'),
    'made where the API writes': () => fs.writeFileSync(gateway.file('conf.d/admin.yaml'), '# mine\n'),
    'taken away': () => fs.rmSync(gateway.file('conf.d/more.yaml')),
  };
  for (const [what, change] of Object.entries(byHand)) {
    await t.test(what, async () => {
      change();
      await assertNothingChanges(gateway, ({ status, json }) => status === 409 && /reload/.test(json.detail));
      assert.match(await gateway.reload(), /reloaded/);
    });
  }
  assert.equal((await new Admin(gateway.port).post('/routes', fixed('new'))).status, 201);
  assert.ok(gateway.read('conf.d/admin.yaml').startsWith('# mine\n'));
  assert.ok(gateway.read('conf.d/routes.yaml').endsWith('# by hand\n'));
});
