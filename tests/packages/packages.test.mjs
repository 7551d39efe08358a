// Both packages as an administrator meets them. The .deb is installed on this machine and purged afterwards, so the
// tests need root and refuse to run where FastGate is installed already; the .rpm goes into a folder of its own.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanup } from '../e2e/support/cleanup.mjs';
import { eventually, tempFolder } from '../e2e/support/gateway.mjs';
import { Load, loadUpstream } from '../e2e/support/load.mjs';
import { get, send } from '../e2e/support/raw_client.mjs';
import { ended, isAlive } from '../e2e/support/successor.mjs';
import { startUpstream } from '../e2e/support/upstream.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, '.build/packages');
const version = /^project\(fastgate VERSION ([\d.]+)/m.exec(fs.readFileSync(path.join(root, 'CMakeLists.txt'), 'utf8'))[1];
const deb = (shown) => path.join(folder, `fastgate_${shown}-1_amd64.deb`);
const rpm = path.join(folder, `fastgate-${version}-1.x86_64.rpm`);
const higher = `${version}.1`;

const output = (program, ...args) => execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
function run(program, ...args) {
  const done = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  assert.equal(done.status, 0, `${program} ${args.join(' ')}: ${done.stdout}${done.stderr}`);
  return done.stdout + done.stderr;
}
const read = (file) => fs.readFileSync(file, 'utf8');
const modeOf = (file) => (fs.statSync(file).mode & 0o7777).toString(8);
const ownerOf = (file) => output('stat', '-c', '%U:%G', file).trim();
const isThere = (name) => spawnSync(name[0], name.slice(1), { stdio: 'ignore' }).status === 0;

test('lintian finds no error', () => {
  const found = spawnSync('lintian', ['--allow-root', '--fail-on', 'error,warning', deb(version)], { encoding: 'utf8' });
  assert.equal(found.status, 0, found.stdout + found.stderr);
});

test('the notices name what is linked and what the web pages hold', (t) => {
  const place = tempFolder(t);
  run('dpkg-deb', '-x', deb(version), place);
  const notice = output('zcat', path.join(place, 'usr/share/doc/fastgate/NOTICE.gz'));
  for (const name of ['==== libuv1-dev', '==== libsqlite3-dev', 'preact 1', 'htm 3', 'uplot 1', 'js-yaml 4']) assert.ok(notice.includes(`\n${name}`) || notice.startsWith(name), name);
});

test('rpmlint finds no error', () => {
  const found = spawnSync('rpmlint', ['-c', path.join(root, 'packaging/rpm/rpmlint.toml'), rpm], { encoding: 'utf8' });
  assert.match(found.stdout, / 0 errors, /, found.stdout + found.stderr);
});

test('the binary needs OpenSSL 3, libgcc and the C library of RHEL 9, and nothing else', (t) => {
  const place = tempFolder(t);
  run('dpkg-deb', '-x', deb(version), place);
  const dynamic = output('objdump', '-p', path.join(place, 'usr/sbin/fastgate'));
  const needed = [...dynamic.matchAll(/^\s+NEEDED\s+(\S+)/gm)].map(([, name]) => name);
  const allowed = ['libssl.so.3', 'libcrypto.so.3', 'libc.so.6', 'libm.so.6', 'libgcc_s.so.1', 'ld-linux-x86-64.so.2'];
  assert.deepEqual(needed.filter((name) => !allowed.includes(name)), []);
  const versions = [...dynamic.matchAll(/\b(GLIBC|OPENSSL)_(\d+)\.(\d+)/g)].map(([, name, major, minor]) => [name, Number(major), Number(minor)]);
  const newer = versions.filter(([name, major, minor]) => (name === 'GLIBC' ? major > 2 || minor > 34 : major > 3 || minor > 0));
  assert.deepEqual(newer, []);
});

test('the .rpm installs with rpm --root, and its binary serves from there', { timeout: 60_000 }, async (t) => {
  const place = tempFolder(t);
  run('rpm', '--root', place, '--dbpath', '/var/lib/rpm', '--nodeps', '--noscripts', '-i', rpm);
  const binary = path.join(place, 'usr/sbin/fastgate');
  assert.match(output(binary, '-v'), /^fastgate\//);
  for (const file of ['usr/share/man/man8/fastgate.8.gz', 'usr/lib/systemd/system/fastgate.service', 'etc/logrotate.d/fastgate',
    'usr/share/zsh/site-functions/_fastgate', 'usr/share/licenses/fastgate/LICENSE']) assert.ok(fs.existsSync(path.join(place, file)), file);
  const config = path.join(place, 'fastgate.yaml');
  fs.writeFileSync(config, JSON.stringify({ server: { listen: ['127.0.0.1:0'] }, database: { enabled: false },
    routes: [{ match_path: '/*', auth: 'none', respond: { status: 200, body: 'from the rpm' } }] }));
  const child = spawn(binary, ['-c', config, '-p', place], { stdio: 'inherit' });
  const exit = new Promise((resolve) => child.on('exit', resolve));
  cleanup(t, async () => { child.kill(); await exit; });
  const port = await listening(path.join(place, 'logs/fastgate.log'));
  assert.equal((await send(t, port, get('/'))).text, 'from the rpm');
});

// The port that a log says is listened on.
const listening = (log) => eventually(() => fs.existsSync(log) && Number(/ listening address=\S+:(\d+)/.exec(read(log))?.[1] ?? 0) || undefined, 'the gateway to listen');

// The .deb's postinst beside a systemd that only notes what it is asked, and a pid file.
function configured(t, { pid, before }) {
  const place = tempFolder(t);
  fs.mkdirSync(path.join(place, 'system'));
  if (pid) fs.writeFileSync(path.join(place, 'fastgate.pid'), `${pid}\n`);
  const inPlace = (name) => read(path.join(root, 'packaging', name)).replaceAll('/run/systemd/system', `${place}/system`).replaceAll('/run/fastgate/', `${place}/`);
  const script = inPlace('debian/postinst').replace('#SETUP#', `${inPlace('setup.sh')}
    make_user() { :; }; make_folders() { :; }; make_token() { :; }; systemctl() { :; }; deb-systemd-helper() { :; }
    deb-systemd-invoke() { echo "systemd: $*" >&2; }
    fastgate() { echo "fastgate: $*" >&2; }`);
  // The names of these functions are beyond those of a POSIX shell.
  return spawnSync('bash', ['-c', script, 'postinst', 'configure', before], { encoding: 'utf8' }).stderr.trim();
}

test('the .deb starts the service at first and after a removal, and has a running one upgrade itself', (t) => {
  assert.equal(configured(t, { before: '' }), 'systemd: start fastgate.service');
  assert.equal(configured(t, { before: version }), 'systemd: start fastgate.service');
  assert.equal(configured(t, { before: version, pid: 4_194_305 }), 'systemd: start fastgate.service', 'after a crash');
  assert.match(configured(t, { before: version, pid: process.pid }), /^fastgate: .* -s upgrade$/);
});

const paths = { config: '/etc/fastgate/fastgate.yaml', more: '/etc/fastgate/conf.d/test.yaml', token: '/etc/fastgate/admin.token',
  log: '/var/log/fastgate/fastgate.log', access: '/var/log/fastgate/access.log', pid: '/run/fastgate/fastgate.pid',
  unit: '/lib/systemd/system/fastgate.service' };
const pidNow = () => Number(read(paths.pid));
const unitLine = (name) => new RegExp(`^${name}=(.*)$`, 'm').exec(read(paths.unit))[1];

// The unit's own command line, as the unit's user and with its capability only.
function startUnit() {
  return spawn('setpriv', ['--reuid', unitLine('User'), '--regid', unitLine('Group'), '--init-groups', '--no-new-privs',
    '--inh-caps', '-all', '--bounding-set', '-all', ...unitLine('ExecStart').split(' ')], { cwd: '/', stdio: ['ignore', 'inherit', 'inherit'] });
}

test('the .deb: first installation, reload, rotation, upgrade under load, removal, purge', { timeout: 240_000 }, async (t) => {
  assert.equal(process.getuid(), 0, 'this test needs root');
  assert.ok(!isThere(['dpkg', '-s', 'fastgate']) && !fs.existsSync('/etc/fastgate'), 'FastGate is installed on this machine');
  const hadUser = isThere(['getent', 'passwd', 'fastgate']);
  let child = null;
  cleanup(t, async () => {
    if (fs.existsSync(paths.pid) && isAlive(pidNow())) process.kill(pidNow(), 'SIGKILL');
    child?.kill('SIGKILL');
    spawnSync('dpkg', ['--purge', 'fastgate'], { stdio: 'ignore' });
    if (!hadUser) spawnSync('userdel', ['fastgate'], { stdio: 'ignore' });
  });

  await t.test('a first installation makes user, folders and a token that only root reads', () => {
    const said = run('dpkg', '-i', deb(version));
    assert.match(said, /token of the admin API is in \/etc\/fastgate\/admin\.token/);
    assert.deepEqual([modeOf(paths.token), ownerOf(paths.token)], ['600', 'root:root']);
    const digest = crypto.createHash('sha256').update(read(paths.token).trim()).digest('hex');
    assert.equal(read(`${paths.token}.sha256`).trim(), digest);
    assert.deepEqual([modeOf(paths.config), ownerOf(paths.config)], ['640', 'root:fastgate']);
    for (const name of ['/var/lib/fastgate', '/var/log/fastgate', '/run/fastgate']) assert.equal(ownerOf(name), 'fastgate:fastgate');
    assert.match(run('fastgate', '-t', '-c', paths.config, '-p', '/'), /test is successful/);
    run('systemd-analyze', 'verify', '--man=no', paths.unit);
    run('systemd-analyze', 'security', '--offline=true', '--threshold=25', paths.unit);
  });

  const { script, streams } = loadUpstream();
  const upstream = await startUpstream(t, script);
  let port = 0;
  await t.test('it starts by its unit, as its user, and writes its access log', async () => {
    fs.writeFileSync(paths.config, read(paths.config).replace(/^ {2}host: .*\n {2}port: .*$/m, '  listen: ["127.0.0.1:0"]\n  workers: 2'));
    fs.writeFileSync(paths.more, JSON.stringify({ routes: [{ route_id: 'all', match_path: '/*', auth: 'none', target_host: upstream.host }] }));
    child = startUnit();
    port = await listening(paths.log);
    assert.equal((await send(t, port, get('/first'))).text, '/first');
    assert.equal(ownerOf(`/proc/${pidNow()}`), 'fastgate:fastgate');
    await eventually(() => fs.existsSync(paths.access) && read(paths.access).includes('GET /first'), 'the access log');
  });

  await t.test('an edited file is in force after the unit\'s reload', async () => {
    fs.writeFileSync(paths.more, JSON.stringify({ routes: [{ route_id: 'all', match_path: '/*', auth: 'none', target_host: upstream.host,
      add_response_headers: { 'X-Edited': 'yes' } }] }));
    run('sh', '-c', unitLine('ExecReload').replace('$MAINPID', pidNow()));
    await eventually(() => read(paths.log).includes('configuration reloaded'), 'the reload');
    assert.equal((await send(t, port, get('/edited'))).header('x-edited'), 'yes');
    await eventually(() => read(paths.access).includes('GET /edited'), 'the access log');
  });

  await t.test('the token opens the API, which writes below /etc and reads the records of /var/lib', async () => {
    const headers = { Authorization: `Bearer ${read(paths.token).trim()}`, 'Content-Type': 'application/json' };
    const url = `http://127.0.0.1:${port}/admin`;
    assert.equal((await fetch(`${url}/keys`)).status, 401);
    const made = await fetch(`${url}/keys`, { method: 'POST', headers, body: JSON.stringify({ source_path: 'from-the-api' }) });
    assert.equal(made.status, 201, await made.text());
    assert.match(read('/etc/fastgate/conf.d/admin.yaml'), /from-the-api/);
    assert.equal((await fetch(`http://127.0.0.1:${port}/admin/ui/`, { headers })).status, 200);
    await eventually(async () => (await (await fetch(`${url}/logs?path=/edited`, { headers })).json()).items.length === 1, 'the record');
    assert.match(output('fastgate', 'logs', '-c', paths.config, '-p', '/', '--path', '/edited'), / 200 GET \/edited /);
  });

  await t.test('logrotate gives it new files', async () => {
    run('logrotate', '--force', '--state', path.join(tempFolder(t), 'state'), '/etc/logrotate.d/fastgate');
    assert.match(read(`${paths.access}.1`), /GET \/edited/);
    await eventually(() => read(paths.log).includes('logs reopened'), 'the logs to be opened again');
    await send(t, port, get('/rotated'));
    await eventually(() => read(paths.access).includes('GET /rotated'), 'the new access log');
    assert.equal(ownerOf(paths.access), 'fastgate:fastgate');
  });

  await t.test('an upgrade under load loses nothing and keeps what was changed', async () => {
    const before = { config: read(paths.config), token: read(paths.token), pid: pidNow() };
    const load = new Load(t, port);
    load.requests(40);
    load.streams(20);
    await eventually(() => load.answered > 200 && load.events > 100, 'the load to run');
    const installing = spawn('dpkg', ['-i', deb(higher)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const pipe of [installing.stdout, installing.stderr]) pipe.on('data', (text) => { said += text; });
    assert.equal(await new Promise((resolve) => installing.on('exit', resolve)), 0, said);
    assert.match(said, /has taken over from process/);
    assert.notEqual(pidNow(), before.pid);
    const count = load.answered;
    await eventually(() => load.answered > count + 200 || load.failures.length, 'requests to go on');
    assert.ok(isAlive(before.pid), 'the old process waits for its streams');
    streams.finish();
    await load.finish();
    assert.deepEqual(load.failures, []);
    await ended(before.pid);
    assert.equal(fs.readlinkSync(`/proc/${pidNow()}/exe`), '/usr/sbin/fastgate');
    assert.deepEqual([read(paths.config), read(paths.token)], [before.config, before.token]);
    assert.equal((await send(t, port, get('/upgraded'))).header('x-edited'), 'yes');
    assert.equal(output('dpkg-query', '-W', '-f=${Version}', 'fastgate'), `${higher}-1`);
  });

  await t.test('a configuration that went bad keeps the old process serving over an upgrade', async () => {
    const good = read(paths.more);
    const pid = pidNow();
    fs.writeFileSync(paths.more, 'sever: {}');
    assert.match(run('dpkg', '-i', deb(higher)), /still running/);
    assert.equal(pidNow(), pid);
    assert.equal((await send(t, port, get('/still'))).text, '/still');
    fs.writeFileSync(paths.more, good);
  });

  await t.test('removal ends it and keeps the configuration, purging takes all away', async () => {
    const pid = pidNow();
    run('dpkg', '--remove', 'fastgate');
    await ended(pid);
    assert.ok(fs.existsSync(paths.config) && fs.existsSync(paths.token));
    assert.ok(!fs.existsSync('/usr/sbin/fastgate'));
    run('dpkg', '--purge', 'fastgate');
    for (const name of ['/etc/fastgate', '/var/lib/fastgate', '/var/log/fastgate', '/run/fastgate', '/etc/logrotate.d/fastgate']) {
      assert.ok(!fs.existsSync(name), name);
    }
    assert.ok(!isThere(['dpkg', '-s', 'fastgate']));
  });
});
