// `fastgate key`: keys made and taken away beside a running gateway.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { configOf, eventually, startGateway } from './support/gateway.mjs';
import { ask, closed, statusOf } from './support/keyed.mjs';
import { bearer, filesBelow, keyCommand, newKey, newValue, sha256 } from './support/keys.mjs';
import { startUpstream } from './support/upstream.mjs';

const timeout = 60_000;

async function withFolder(t) {
  const upstream = await startUpstream(t);
  const gateway = await startGateway(t, { include: ['conf.d/*.yaml'], routes: [closed(upstream.host)] });
  return { gateway, upstream };
}

// Runs a sub-command and waits until the gateway took the change in.
async function andReload(gateway, ...args) {
  const reloaded = () => gateway.logs('configuration reloaded').length;
  const before = reloaded();
  const done = keyCommand(gateway, ...args);
  assert.equal(done.code, 0, done.output);
  await eventually(() => reloaded() > before, 'the reload');
  return done;
}

test('key create: the running gateway takes the key at once, and it may be revoked again', { timeout }, async (t) => {
  const { gateway } = await withFolder(t);
  const created = await andReload(gateway, 'create', '--source-path', 'web shop', '--permissions', 'chat,files', '--rate-limit', '600', '--json');
  const { key_id, key_value, source_path } = JSON.parse(created.stdout);
  assert.match(key_id, /^fg_[0-9a-f]{12}$/);
  assert.match(key_value, /^fg_[A-Za-z0-9_-]{43}$/);
  assert.equal(source_path, 'web shop');
  assert.equal(await statusOf(t, gateway, bearer(key_value)), 200);
  assert.equal(await statusOf(t, gateway, bearer(newValue())), 401);
  const listed = JSON.parse(keyCommand(gateway, 'list', '--json').stdout);
  assert.equal(listed.total, 1);
  assert.equal(listed.items[0].key_id, key_id);
  assert.deepEqual(listed.items[0].permissions, ['chat', 'files']);
  assert.equal(listed.items[0].rate_limit, 600);
  assert.equal(JSON.parse(keyCommand(gateway, 'list', '--json', '--source-path', 'other').stdout).total, 0);
  await andReload(gateway, 'revoke', key_id);
  assert.equal(await statusOf(t, gateway, bearer(key_value)), 401);
  assert.equal(JSON.parse(keyCommand(gateway, 'list', '--json').stdout).total, 0);
});

test('key create: the value is printed once, and files hold its SHA-256 only', { timeout }, async (t) => {
  const { gateway } = await withFolder(t);
  const { stdout, stderr } = await andReload(gateway, 'create', '--source-path', 's');
  const [, value] = /^key_value: (fg_\S{43})$/m.exec(stdout);
  assert.equal(stdout.split(value).length, 2);
  assert.ok(!stderr.includes(value));
  assert.equal(await statusOf(t, gateway, bearer(value)), 200);
  for (const args of [['list'], ['list', '--json']]) assert.ok(!keyCommand(gateway, ...args).output.includes(value));
  await gateway.stop();
  const files = filesBelow(gateway.folder);
  for (const { name, text } of files) assert.ok(!text.includes(value), `${name} holds the value`);
  const holders = files.filter(({ text }) => text.includes(sha256(value))).map(({ name }) => name);
  assert.deepEqual(holders, [gateway.file('conf.d/admin.yaml')]);
  assert.equal(fs.statSync(holders[0]).mode & 0o007, 0, 'others may read the key file');
});

test('key revoke --keep switches the key off and leaves its entry', { timeout }, async (t) => {
  const { gateway } = await withFolder(t);
  const { key_id, key_value } = JSON.parse((await andReload(gateway, 'create', '--source-path', 's', '--json')).stdout);
  await andReload(gateway, 'revoke', key_id, '--keep');
  const answer = await ask(t, gateway, bearer(key_value));
  assert.equal(answer.status, 401);
  assert.match(answer.json.detail, /inactive/);
  assert.match(keyCommand(gateway, 'list').stdout, new RegExp(`${key_id} +inactive`));
});

test('key create keeps what is written in the file, comments too', { timeout }, async (t) => {
  const upstream = await startUpstream(t);
  const own = newKey();
  const text = `# who may call us\nkeys:\n  # the web shop\n  - key_id: ${own.key_id}   # since spring\n    key_sha256: '${own.entry.key_sha256}'\n    source_path: shop\n`;
  const gateway = await startGateway(t, { include: ['conf.d/*.yaml'], routes: [closed(upstream.host)] }, { files: { 'conf.d/admin.yaml': text } });
  const { key_value } = JSON.parse((await andReload(gateway, 'create', '--source-path', 's', '--json')).stdout);
  assert.ok(gateway.read('conf.d/admin.yaml').startsWith(text), gateway.read('conf.d/admin.yaml'));
  assert.equal(await statusOf(t, gateway, bearer(own)), 200);
  assert.equal(await statusOf(t, gateway, bearer(key_value)), 200);
});

test('key create --no-reload waits for the next reload', { timeout }, async (t) => {
  const { gateway } = await withFolder(t);
  const { key_value } = JSON.parse(keyCommand(gateway, 'create', '--source-path', 's', '--json', '--no-reload').stdout);
  assert.equal(await statusOf(t, gateway, bearer(key_value)), 401);
  assert.match(await gateway.reload(), /configuration reloaded/);
  assert.equal(await statusOf(t, gateway, bearer(key_value)), 200);
});

test('key create: a value that cannot be written is told with the id, by which it can be revoked', { timeout }, async (t) => {
  const { gateway } = await withFolder(t);
  const toFull = (...args) => {
    const full = fs.openSync('/dev/full', 'w');
    try {
      return keyCommand(gateway, ...args, { stdio: ['ignore', full, 'pipe'] });
    } finally {
      fs.closeSync(full);
    }
  };
  for (const json of [[], ['--json']]) {
    const created = toFull('create', '--source-path', 's', '--no-reload', ...json);
    assert.equal(created.code, 1);
    const [, id] = /`fastgate key revoke (fg_[0-9a-f]{12})`/.exec(created.stderr);
    assert.match(created.stderr, /cannot write to standard output: No space left on device\n$/);
    assert.doesNotMatch(created.stderr, /fg_[\w-]{43}|Keep the value/);
    const revoked = toFull('revoke', id, '--no-reload');
    assert.equal(revoked.code, 1);
    assert.match(revoked.stderr, /cannot write to standard output/);
    assert.equal(JSON.parse(keyCommand(gateway, 'list', '--json').stdout).total, 0);
  }
});

test('key commands that cannot be done say why and change nothing', { timeout }, async (t) => {
  const { gateway } = await withFolder(t);
  const value = newValue();
  const cases = [
    [['create'], /source-path/],
    [['create', '--source-path', 's', '--expires-at', 'tomorrow'], /expires|time/i],
    [['create', '--source-path', 's', '--allowed-ips', '300.1.1.1'], /./],
    [['revoke', 'fg_000000000000'], /no key has this id/],
    [['revoke', value], /no key/],
  ];
  for (const [args, reason] of cases) {
    const done = keyCommand(gateway, ...args);
    assert.notEqual(done.code, 0, args.join(' '));
    assert.match(done.stderr, reason);
    assert.doesNotMatch(done.output, /fg_[\w-]{43}/, `a value in the answer to ${args[0]}`);
  }
  gateway.writeConfig(configOf({ routes: [] }));   // no include
  const unread = keyCommand(gateway, 'create', '--source-path', 's');
  assert.equal(unread.code, 1);
  assert.match(unread.stderr, /include/);
  assert.equal(fs.existsSync(gateway.file('conf.d/admin.yaml')), false);
});
