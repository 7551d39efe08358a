// The command line: -t -T -q -v -V -h, and what goes wrong at the start.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { binary, run, tempFolder } from './support/gateway.mjs';
import { startUpstream } from './support/upstream.mjs';

const good = 'server:\n  listen: ["127.0.0.1:0"]\nroutes:\n  - match_path: /*\n    auth: none\n    target_host: 127.0.0.1:9\n';

// Of what a process writes besides its logs.
const nothingElse = 'pid_file: off\ndatabase: {enabled: false}\n';

// Tests the configuration as a user who may write nothing; null where this one cannot become another.
function testAsNobody(folder, text) {
  if (process.getuid() !== 0) return null;
  const file = path.join(folder, 'fastgate.yaml');
  fs.writeFileSync(file, text);
  fs.chmodSync(folder, 0o755);
  return spawnSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', binary, '-c', file, '-p', folder, '-t'], { encoding: 'utf8' });
}

function withConfig(t, text, args, options = {}) {
  const folder = tempFolder(t);
  const file = path.join(folder, 'fastgate.yaml');
  fs.writeFileSync(file, text);
  return { ...run(['-c', file, '-p', folder, ...args], { cwd: folder, ...options }), file, folder };
}

test('-t: a good configuration is told so, and exits 0', (t) => {
  const { code, output, file } = withConfig(t, good, ['-t']);
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(file));
  assert.equal(withConfig(t, good, ['-t', '-q']).output, '');
});

test('-t: all errors, each with file, line and column', (t) => {
  const text = [
    'server:',                              // 1
    '  listen: ["127.0.0.1:0"]',            // 2
    '  keepalive_timeot: 5s',               // 3: unknown, near a known one
    '  max_body_size: many',                // 4: no size
    'proxy:',                               // 5
    '  timeout: 5 parsecs',                 // 6: no duration
    'routes:',                              // 7
    '  - route_id: a',                      // 8
    '    match_path: "~^/("',               // 9: no regular expression
    '    target_host: 127.0.0.1:9',         // 10
    '  - route_id: a',                      // 11: the id is there twice
    '    match_path: /b',                   // 12
    '    upstream: nobody',                 // 13: no such group
    '    priority: high',                   // 14: no number
  ].join('\n');
  const { code, output, file } = withConfig(t, text, ['-t']);
  assert.equal(code, 1);
  const found = [...output.matchAll(/^(.*):(\d+):(\d+): (.*)$/gm)];
  assert.ok(found.every(([, name]) => name === file), output);
  assert.deepEqual([...new Set(found.map(([, , line]) => Number(line)))].sort((a, b) => a - b), [3, 4, 6, 9, 11, 13, 14]);
  assert.match(output, /keepalive_timeout/);
  assert.match(output, /^.*:3:3: /m);
});

test('-t: an error in an included file names that file', (t) => {
  const folder = tempFolder(t);
  fs.mkdirSync(path.join(folder, 'conf.d'));
  fs.writeFileSync(path.join(folder, 'conf.d/bad.yaml'), 'routes:\n  - match_pth: /\n');
  fs.writeFileSync(path.join(folder, 'fastgate.yaml'), `${good}include: [conf.d/*.yaml]\n`);
  const { code, output } = run(['-c', path.join(folder, 'fastgate.yaml'), '-p', folder, '-t']);
  assert.equal(code, 1);
  assert.match(output, /conf\.d\/bad\.yaml:2:5: .*match_path/);
});

test('-t: log files that cannot be opened, each with its setting; none is made', (t) => {
  const logging = (access, file) => `${good}\nlogging: {access_log: ${access}, file: ${file}}\n${nothingElse}`;
  const folder = tempFolder(t);
  fs.mkdirSync(path.join(folder, 'folder'));
  fs.writeFileSync(path.join(folder, 'there.log'), 'a line\n');
  const check = (text, ...flags) => {
    fs.writeFileSync(path.join(folder, 'fastgate.yaml'), text);
    return run(['-c', path.join(folder, 'fastgate.yaml'), '-p', folder, ...flags]);
  };
  const files = () => fs.readdirSync(folder, { recursive: true }).sort();
  const bad = check(logging('there.log/access.log', 'folder'), '-t');
  assert.equal(bad.code, 1);
  const at = path.join(folder, 'fastgate.yaml');
  assert.deepEqual(bad.output.split('\n').slice(0, 2), [
    `${at}:8:23: \`logging.access_log\`: cannot open log file ${folder}/there.log/access.log: Not a directory`,
    `${at}:8:51: \`logging.file\`: cannot open log file ${folder}/folder: Is a directory`,
  ]);
  assert.match(bad.output, /test failed/);
  assert.equal(check(logging('new/folder/access.log', 'there.log'), '-t').code, 0);
  assert.equal(check(logging('off', '"-"'), '-t').code, 0);
  assert.deepEqual(files(), ['fastgate.yaml', 'folder', 'there.log']);
  assert.equal(fs.readFileSync(path.join(folder, 'there.log'), 'utf8'), 'a line\n');
  const nobody = testAsNobody(folder, logging('off', '"-"'));
  if (!nobody) return;
  assert.equal(nobody.status, 0, nobody.stderr);
  const refused = testAsNobody(folder, logging('new/access.log', 'there.log'));
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /logging\.access_log.*new\/access\.log: Permission denied\n.*logging\.file.*there\.log: Permission denied/);
});

test('-t: folders where files should be, those that are there and those that are not', (t) => {
  const folder = tempFolder(t);
  fs.mkdirSync(path.join(folder, 'there'));
  const file = path.join(folder, 'fastgate.yaml');
  for (const [name, setting] of [['there', 'there'], ['to-be', 'to-be/']]) {
    fs.writeFileSync(file, [`logging: {file: ${setting}, access_log: ${setting}}`, `pid_file: ${setting}`, `database: {sqlite_path: ${setting}}`].join('\n'));
    const tested = run(['-t', '-c', file, '-p', folder]);
    assert.equal(tested.code, 1, name);
    const lines = tested.stderr.split('\n').filter((line) => line.endsWith(': Is a directory'));
    assert.deepEqual(lines.map((line) => /`([a-z_.]+)`/.exec(line)[1]).sort(), ['database.sqlite_path', 'logging.access_log', 'logging.file', 'pid_file'], name);
  }
});

test('-t: a pid file and an audit store that cannot be written, each with its setting; none is made', (t) => {
  const folder = tempFolder(t);
  fs.writeFileSync(path.join(folder, 'there'), '');
  fs.mkdirSync(path.join(folder, 'folder'));
  const at = path.join(folder, 'fastgate.yaml');
  const check = (text) => {
    fs.writeFileSync(at, good + text);
    return run(['-c', at, '-p', folder, '-t']);
  };
  const bad = check('database:\n  sqlite_path: there/fastgate.db\npid_file: there/run/fastgate.pid\n');
  assert.equal(bad.code, 1);
  assert.deepEqual(bad.output.split('\n').slice(0, 2), [
    `${at}:9:11: \`pid_file\`: cannot write the pid file ${folder}/there/run/fastgate.pid: Not a directory`,
    `${at}:8:16: \`database.sqlite_path\`: cannot write the audit store ${folder}/there/fastgate.db: Not a directory`,
  ]);
  assert.match(bad.output, /test failed/);
  assert.match(check('pid_file: folder\n').output, /:7:11: `pid_file`: cannot write the pid file .*\/folder: Is a directory/);
  assert.equal(check('').code, 0);
  assert.equal(check('database: {sqlite_path: there/fastgate.db, enabled: false}\npid_file: off\n').code, 0);
  assert.deepEqual(fs.readdirSync(folder).sort(), ['fastgate.yaml', 'folder', 'there']);
  const nobody = testAsNobody(folder, good);
  if (!nobody) return;
  assert.equal(nobody.status, 1);
  assert.match(nobody.stderr, /:1:1: `pid_file`: cannot .*run\/fastgate\.pid: Permission denied\n.*:1:1: `database\.sqlite_path`: cannot .*data\/fastgate\.db: Permission denied\n/);
});

test('-t: a file that is not there, a folder, a file that is no YAML', (t) => {
  const folder = tempFolder(t);
  const missing = run(['-c', path.join(folder, 'no.yaml'), '-t']);
  assert.equal(missing.code, 1);
  assert.match(missing.output, /no\.yaml/);
  assert.equal(run(['-c', folder, '-t']).code, 1);
  const { code, output } = withConfig(t, 'a: [b\nc: {', ['-t']);
  assert.equal(code, 1);
  assert.match(output, /fastgate\.yaml:\d+:\d+: /);
});

test('-t: a variable that is not set is an error, with its place', (t) => {
  const { code, output } = withConfig(t, `${good}    add_headers: {Authorization: "Bearer \${NOT_SET_ANYWHERE}"}\n`, ['-t']);
  assert.equal(code, 1);
  assert.match(output, /:7:\d+: .*NOT_SET_ANYWHERE/);
});

test('-T prints the effective configuration, secrets masked, and it loads again', (t) => {
  const text = `${good}    add_headers: {Authorization: "Bearer \${E2E_SECRET}"}\n`;
  const { code, stdout, output } = withConfig(t, text, ['-T'], { env: { ...process.env, E2E_SECRET: 'very-secret' } });
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /very-secret/);
  assert.match(stdout, /keepalive_timeout/);
  assert.match(stdout, /match_path/);
  const again = withConfig(t, stdout, ['-t'], { env: { ...process.env, E2E_SECRET: 'very-secret' } });
  assert.equal(again.code, 0, again.output);
});

test('-T of a bad configuration prints its errors and exits 1', (t) => {
  const { code, output } = withConfig(t, 'nonsense: 1\n', ['-T']);
  assert.equal(code, 1);
  assert.match(output, /:1:1: /);
});

test('a start that fails names the place of what it cannot have', async (t) => {
  const taken = net.createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address();
  const busy = withConfig(t, good.replace(':0"', `:${port}"`), []);
  assert.equal(busy.code, 1);
  assert.match(busy.output, new RegExp(`fastgate\\.yaml:2:12: cannot listen on 127\\.0\\.0\\.1:${port}: address already in use`));
  const log = withConfig(t, `${good}\nlogging: {file: /dev/null/x.log}\n`, []);
  assert.equal(log.code, 1);
  assert.match(log.output, /fastgate\.yaml:8:17: `logging\.file`: cannot .*: Not a directory/);
  const pid = withConfig(t, `${good}\npid_file: /dev/null/pid\n`, []);
  assert.equal(pid.code, 1);
  assert.match(pid.output, /fastgate\.yaml:8:11: `pid_file`: cannot write the pid file \/dev\/null\/pid: Not a directory/);
});

test('-v, -V, -h, and what it does not know', () => {
  const version = run(['-v']);
  assert.equal(version.code, 0);
  assert.match(version.output, /fastgate\/?\s*\d+\.\d+\.\d+/i);
  const long = run(['-V']);
  assert.equal(long.code, 0);
  assert.match(long.output, /libuv/i);
  assert.match(long.output, /openssl/i);
  const help = run(['-h']);
  assert.equal(help.code, 0);
  for (const flag of ['-c', '-p', '-t', '-T', '-q', '-s', '-v', '-V']) assert.ok(help.stdout.includes(flag), flag);
  assert.notEqual(run(['--nonsense']).code, 0);
  assert.notEqual(run(['-s', 'dance']).code, 0);
});

test('explain: a body from a file that is not there is told with its name, and there is one body at most', (t) => {
  const explain = (...args) => withConfig(t, good, ['explain', 'POST', '/a', ...args]);
  const { code, stderr } = explain('-d', '@no-such-file');
  assert.equal(code, 1);
  assert.match(stderr, /^fastgate: -d @no-such-file: .*No such file/);
  const twice = explain('-d', 'one', '--data', 'two');
  assert.equal(twice.code, 1);
  assert.match(twice.stderr, /--data/);
  assert.equal(explain('-d', '').code, 0);
  assert.equal(explain('-d', '{}', '-H', 'A: b', '-H', 'C: d').code, 0);
});

test('output that cannot be written is told, and exits 1', (t) => {
  const full = fs.openSync('/dev/full', 'w');
  const stdio = ['ignore', full, 'pipe'];
  try {
    for (const args of [['-T', '-q'], ['explain', 'GET', '/a'], ['-v'], ['-V'], ['-h']]) {
      const { code, stderr } = withConfig(t, good, args, { stdio });
      assert.equal(stderr, 'fastgate: cannot write to standard output: No space left on device\n', args[0]);
      assert.equal(code, 1, args[0]);
    }
  } finally {
    fs.closeSync(full);
  }
});

test('a start that fails says why on standard error and exits 1', async (t) => {
  const { code, stderr } = withConfig(t, 'nonsense: 1\n', []);
  assert.equal(code, 1);
  assert.match(stderr, /:1:1: /);
  const taken = await startUpstream(t);
  const busy = withConfig(t, good.replace('127.0.0.1:0', taken.host), []);
  assert.equal(busy.code, 1);
  assert.match(busy.output + fs.readdirSync(busy.folder), new RegExp(String(taken.port)));
});

test('missing folders of logs and pid file are made', (t) => {
  const { code, output } = withConfig(t, `${good}logging: {file: deep/er/app.log, access_log: other/access.log}\npid_file: some/where.pid\n`, ['-t']);
  assert.equal(code, 0, output);
});
