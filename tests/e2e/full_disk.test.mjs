// Disks that refuse what is written to them: full, read-only, or with files that may not grow. Traffic goes on,
// each change of state is told once and counted, and what waited is written when the disk takes it again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import test from 'node:test';
import { recordOf, records, stages } from './support/audit_store.mjs';
import { cleanup } from './support/cleanup.mjs';
import { eventually, gatewayTo, route, sanitized, startGateway, tempFolder } from './support/gateway.mjs';
import { connect, get, post } from './support/raw_client.mjs';
import { noSmallDisk, startOnSmallDisk } from './support/small_disk.mjs';
import { startUpstream } from './support/upstream.mjs';

const timeout = 120_000;
const skip = noSmallDisk;
const mebibyte = 1024 * 1024;
const onDisk = { sqlite_path: 'data/fastgate.db' };
const storeOf = async (gateway) => (await (await fetch(`${gateway.url}/health`)).json()).store;
const refused = 'Audit store: records cannot be written; traffic goes on';
const writtenAgain = 'Audit store: records are written again';

// The value of a metric without labels.
async function metric(gateway, name) {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1]);
}

// Asks one thing after the other; each must be answered. Paths are long, so that a few fill a disk.
class Asker {
  constructor(client) {
    this.client = client;
    this.targets = [];
  }

  async ask() {
    const target = `/${this.targets.length}/${'x'.repeat(1500)}`;
    assert.equal((await this.client.request(get(target))).status, 200);
    this.targets.push(target);
    return target;
  }

  // Asks on until `condition()` holds, but no more than the disk has room for once it is mended.
  until(condition, what) {
    let left = 50;
    return eventually(async () => { if (left-- > 0) await this.ask(); return condition(); }, what, 60_000);
  }
}

const asker = async (t, gateway) => new Asker(await connect(t, gateway.port));

// Every request has one whole record.
function assertRecorded(place, targets) {
  const found = records(place);
  assert.deepEqual(found.filter(({ stage }) => stage !== stages.complete), []);
  assert.deepEqual(found.map(({ path }) => path).sort(), [...targets].sort());
}

// The store refuses, is asked again and again, and takes records again after `mend()`.
async function throughOutage(gateway, client, mend) {
  await client.until(async () => await storeOf(gateway) === 'failing', 'the store to be failing');
  assert.equal(await metric(gateway, 'fastgate_audit_store_up'), 0);
  const failures = await metric(gateway, 'fastgate_audit_failed_commits_total');
  await client.until(async () => await metric(gateway, 'fastgate_audit_failed_commits_total') > failures + 1, 'the store to be tried again');
  await mend();
  await client.until(async () => await storeOf(gateway) === 'ok', 'the store to come back');
  assert.equal(await metric(gateway, 'fastgate_audit_store_up'), 1);
}

const told = (gateway, text) => gateway.logs(text).length;

for (const asyncAudit of [true, false]) {
  test(`a full disk under the store, async_audit ${asyncAudit}: nobody waits, and what waited is written once there is room`, { timeout, skip }, async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startOnSmallDisk(t, { database: onDisk, proxy: { async_audit: asyncAudit }, routes: [route(upstream.host)] }, 'data');
    const client = await asker(t, gateway);
    await recordOf(gateway.disk, await client.ask());
    for (let round = 1; round <= 2; round++) {
      gateway.disk.fill();
      await throughOutage(gateway, client, () => gateway.disk.free());
      await eventually(() => told(gateway, writtenAgain) === round, 'the store\'s return to be told');
      assert.equal(told(gateway, refused), round);
      assert.match(gateway.logs(refused)[0], /ERROR .*(full|No space)/);
    }
    const last = await client.ask();
    // Asked once: with `async_audit: false` it is there already.
    if (asyncAudit) await recordOf(gateway.disk, last);
    else assert.ok(records(gateway.disk).some(({ path }) => path === last));
    assertRecorded(gateway.disk, client.targets);
    assert.equal(await metric(gateway, 'fastgate_audit_dropped_records_total'), 0);
  });
}

for (const onFull of ['wait', 'drop']) {
  test(`a full disk and more than may wait for it, on_full ${onFull}: nobody waits, what is given up is counted`, { timeout, skip }, async (t) => {
    const upstream = await startUpstream(t);
    const gateway = await startOnSmallDisk(t, {
      server: { workers: 2 }, database: { ...onDisk, on_full: onFull }, routes: [route(upstream.host, { audit: { request_body: '1MiB' } })],
    }, 'data');
    gateway.disk.fill();
    const body = 'x'.repeat(mebibyte);
    let asked = 0;
    const clients = await Promise.all(Array.from({ length: 4 }, () => connect(t, gateway.port)));
    await Promise.all(clients.map(async (client) => {
      for (; asked < 120; asked++) assert.equal((await client.request(post(`/${asked}`, body))).status, 200);
    }));
    assert.equal(await storeOf(gateway), 'failing');
    const dropped = await metric(gateway, 'fastgate_audit_dropped_records_total');
    assert.ok(dropped > 0, `${dropped} records were given up`);
    t.diagnostic(`${(gateway.memory() / mebibyte).toFixed(0)} MiB`);
    assert.ok(sanitized || gateway.memory() < (64 + 256) * mebibyte, `${gateway.memory()} bytes`);
    assert.equal(told(gateway, refused), 1);
    // Bodies of so many MiB have no room on this disk; the others go on.
    assert.equal((await clients[0].request(get('/last'))).status, 200);
  });
}

test('a store folder that is read-only at the start: it is used once it can be written', { timeout, skip }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await startOnSmallDisk(t, { database: onDisk, routes: [route(upstream.host)] }, 'data', 'size=4m,ro');
  const client = await asker(t, gateway);
  await throughOutage(gateway, client, () => gateway.disk.remount('rw'));
  await recordOf(gateway.disk, await client.ask());
  assertRecorded(gateway.disk, client.targets);
  assert.equal(told(gateway, refused), 1);
  assert.equal(told(gateway, writtenAgain), 1);
});

// Makes writes below a folder fail with the error whose number a file holds.
const refusingDisk = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
static int refusal(int fd) {
  char name[64], path[4096];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(name, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = 0;
  if (strncmp(path, getenv("REFUSED_FOLDER"), strlen(getenv("REFUSED_FOLDER"))) != 0) return 0;
  FILE* file = fopen(getenv("REFUSED_ERROR"), "r");
  int number = 0;
  if (file) { if (fscanf(file, "%d", &number) != 1) number = 0; fclose(file); }
  return number;
}
ssize_t pwrite64(int fd, const void* from, size_t size, off64_t place) {
  static ssize_t (*real)(int, const void*, size_t, off64_t);
  if (!real) real = (ssize_t (*)(int, const void*, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  int refused = refusal(fd);
  if (refused) { errno = refused; return -1; }
  return real(fd, from, size, place);
}
ssize_t pwrite(int fd, const void* from, size_t size, off_t place) { return pwrite64(fd, from, size, place); }
`;

for (const [what, number] of [['read-only', 30], ['broken', 5]]) {
  test(`a disk that becomes ${what} under the store: traffic goes on, and records are written once it is mended`, { timeout, skip: sanitized }, async (t) => {
    const folder = tempFolder(t);
    fs.writeFileSync(`${folder}/disk.c`, refusingDisk);
    execFileSync('cc', ['-shared', '-fPIC', '-o', `${folder}/disk.so`, `${folder}/disk.c`, '-ldl']);
    const refuse = (error) => {
      fs.writeFileSync(`${folder}/next`, String(error));
      fs.renameSync(`${folder}/next`, `${folder}/error`);
    };
    const place = tempFolder(t);
    const gateway = await startGateway(t, { database: { sqlite_path: `${place}/fastgate.db` }, routes: [route((await startUpstream(t)).host)] },
      { env: { LD_PRELOAD: `${folder}/disk.so`, REFUSED_FOLDER: place, REFUSED_ERROR: `${folder}/error` } });
    const store = { file: () => `${place}/fastgate.db`, read: (name) => gateway.read(name) };
    const client = await asker(t, gateway);
    await recordOf(store, await client.ask());
    refuse(number);
    await throughOutage(gateway, client, () => refuse(0));
    await recordOf(store, await client.ask());
    assertRecorded(store, client.targets);
    assert.equal(told(gateway, refused), 1);
    assert.equal(told(gateway, writtenAgain), 1);
  });
}

test('an access log on a full disk: told once, counted, and whole lines are written once there is room', { timeout, skip }, async (t) => {
  const upstream = await startUpstream(t);
  const gateway = await startOnSmallDisk(t, { logging: { access_log: 'disk/access.log' }, routes: [route(upstream.host)] }, 'disk', 'size=16m');
  const client = await asker(t, gateway);
  const lost = 'log file: lines cannot be written';
  await client.ask();
  gateway.disk.fill();
  await client.until(() => told(gateway, lost) > 0, 'the full disk to be told');
  assert.match(gateway.logs(lost)[0], /ERROR .*No space left on device/);
  assert.equal(await metric(gateway, 'fastgate_log_files_failing'), 1);
  const dropped = await metric(gateway, 'fastgate_log_dropped_batches_total');
  assert.ok(dropped > 0);
  await client.until(async () => await metric(gateway, 'fastgate_log_dropped_batches_total') > dropped, 'further lines to be given up');
  assert.equal(told(gateway, lost), 1);
  gateway.disk.free();
  await client.until(() => told(gateway, 'log file: lines are written again') > 0, 'the return to be told');
  assert.equal(await metric(gateway, 'fastgate_log_files_failing'), 0);
  const last = await client.ask();
  await eventually(() => fs.readFileSync(gateway.disk.path('access.log'), 'utf8').includes(`GET ${last} `), 'the last line');
  assert.equal(told(gateway, lost), 1);
  assert.equal(told(gateway, 'log file: lines are written again'), 1);
});

test('files that may not grow (RLIMIT_FSIZE): requests are served without logs and records, which come back', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, await startUpstream(t), { database: onDisk });
  const client = await asker(t, gateway);
  await recordOf(gateway, await client.ask());
  const limit = (bytes) => execFileSync('prlimit', ['--pid', String(gateway.pid), `--fsize=${bytes}:`]);
  limit(1);
  cleanup(t, () => limit('unlimited'));
  await throughOutage(gateway, client, async () => {
    // The access log and the application log.
    await eventually(async () => await metric(gateway, 'fastgate_log_files_failing') === 2, 'both logs to fail');
    limit('unlimited');
  });
  await client.until(async () => await metric(gateway, 'fastgate_log_files_failing') === 0, 'the logs to come back');
  await recordOf(gateway, await client.ask());
  assertRecorded(gateway, client.targets);
  await gateway.logLine('log file: lines are written again', 1);
  assert.equal(told(gateway, writtenAgain), 1);
});
