// README.md and its Chinese twin: the same commands, each of which works, and configurations that load.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanup } from './support/cleanup.mjs';
import { freePort } from './support/free_port.mjs';
import { binary, eventually, run, tempFolder } from './support/gateway.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const english = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
const chinese = fs.readFileSync(path.join(root, 'man/README.zh-CN.md'), 'utf8');

const blocks = (text, language) => [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, name]) => name === language).map(([, , body]) => body);
// Without comments, which are in the page's language, and with continued lines and quoted texts of several lines joined.
const commands = (block) => block.replace(/\\\n\s*/g, '').replace(/'[^']*'/g, (text) => text.replace(/\n\s*/g, ' ')).split('\n').map((line) => line.replace(/(^|\s+)#.*$/, '').trim()).filter(Boolean);

test('both languages hold the same commands and configurations', () => {
  const told = (text) => [...blocks(text, 'sh'), ...blocks(text, 'yaml')].map(commands);
  assert.deepEqual(told(chinese), told(english));
  assert.ok(blocks(english, 'sh').length >= 8);
  const figures = (text) => [...text.matchAll(/^\|.*?\|(.*\d.*)\|$/gm)].map(([, row]) => row.replace(/[^\d.|]/g, ''));
  assert.deepEqual(figures(chinese), figures(english));
});

test('links lead somewhere', () => {
  for (const [file, text] of [['README.md', english], ['man/README.zh-CN.md', chinese]]) {
    for (const [, target] of text.matchAll(/\]\(([^)#]+)\)/g)) {
      assert.ok(fs.existsSync(path.resolve(root, path.dirname(file), target)), `${file}: ${target}`);
    }
    for (const [, name] of text.matchAll(/`((?:conf|man|scripts|tests|src|packaging)\/[\w./-]+)`/g)) assert.ok(fs.existsSync(path.join(root, name)), `${file}: ${name}`);
  }
});

test('every configuration loads', (t) => {
  for (const block of blocks(english, 'yaml')) {
    const folder = tempFolder(t);
    fs.writeFileSync(path.join(folder, 'fastgate.yaml'), block);
    const { code, output } = run(['-t', '-q', '-c', path.join(folder, 'fastgate.yaml'), '-p', folder]);
    assert.equal(code, 0, block + output);
    // A block that names a file of the examples shows what that file says.
    const shown = /^# (conf\/\S+)/.exec(block)?.[1];
    if (!shown) continue;
    const example = fs.readFileSync(path.join(root, shown), 'utf8');
    for (const [, field, value] of block.matchAll(/(match_path|target_host|target_path|priority|timeout): "?([^\s,"}]+)/g)) {
      assert.match(example, new RegExp(`${field}: "?${value.replace(/[.*+?^$(){}|[\]\\]/g, '\\$&')}`), `${shown}: ${field}`);
    }
  }
});

// Commands that something else runs, and where that is seen.
const elsewhere = {
  'scripts/run': ['tests/e2e/readme.test.mjs', /'scripts\/run', '--no-build'/],
  'scripts/test': ['.ci/run', /scripts\/test/],
  'scripts/package': ['scripts/test', /scripts\/package --no-build/],
  'dpkg -i .build/packages/fastgate_*_amd64.deb': ['tests/packages/packages.test.mjs', /'dpkg', '-i', deb/],
  'scripts/bench': ['scripts/bench', /./],
};

// What a checkout with a finished build holds, in a folder that the commands may change.
function checkout(t) {
  const folder = tempFolder(t);
  for (const name of ['conf', 'scripts']) fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  fs.mkdirSync(path.join(folder, '.build/release/src'), { recursive: true });
  fs.symlinkSync(binary, path.join(folder, '.build/release/src/fastgate'));
  return folder;
}

test('every command works, in the order of the page', { timeout: 120_000 }, async (t) => {
  const folder = checkout(t);
  const [port, demo] = [await freePort(), await freePort()];
  const env = { ...process.env, PATH: `${folder}/.build/release/src:${process.env.PATH}`, FASTGATE_PORT: String(port),
    FASTGATE_DEMO_PORT: String(demo) };
  delete env.FASTGATE_ADMIN_TOKEN;   // the demo's API is open, as the page says
  const started = spawn('bash', ['-c', 'exec "$0" "$@"', 'scripts/run', '--no-build'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = new Promise((resolve) => started.on('exit', resolve));
  let said = '';
  for (const pipe of [started.stdout, started.stderr]) pipe.on('data', (text) => { said += text; });
  cleanup(t, async () => { started.kill('SIGTERM'); await exit; });
  await eventually(() => said.includes('Ctrl-C ends it'), `scripts/run to be ready; it said: ${said}`, 30_000);
  let count = 0;
  for (const block of blocks(english, 'sh')) {
    for (const command of commands(block)) {
      if (elsewhere[command]) {
        const [file, sight] = elsewhere[command];
        assert.match(fs.readFileSync(path.join(root, file), 'utf8'), sight, command);
        continue;
      }
      const done = spawnSync('bash', ['-o', 'pipefail', '-c', command.replaceAll('localhost:8000', `127.0.0.1:${port}`)],
        { cwd: folder, env, encoding: 'utf8', timeout: 60_000 });
      assert.equal(done.status, 0, `${command}\n${done.stdout}${done.stderr}`);
      // A gateway's own errors come with status 0 from curl.
      if (command.startsWith('curl')) assert.doesNotMatch(done.stdout, /"detail":/, command);
      count++;
    }
  }
  assert.ok(count >= 15, `${count} commands`);
});
