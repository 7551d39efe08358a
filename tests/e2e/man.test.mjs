// The man pages hold what the program has, no more and no less: its flags, and every field with its default.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { run, startGateway, tempFolder } from './support/gateway.mjs';
import { commandsOf, flagsOf } from './support/help.mjs';
import { get, send } from './support/raw_client.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, 'man');
const pages = fs.readdirSync(folder).filter((name) => /\.[578]$/.test(name));
const read = (name) => fs.readFileSync(path.join(folder, name), 'utf8');
const schema = JSON.parse(fs.readFileSync(path.join(root, 'conf/fastgate.schema.json'), 'utf8'));

test('mandoc has nothing to say', () => {
  const { stdout, stderr } = spawnSync('mandoc', ['-Tlint', ...pages.map((name) => path.join(folder, name))], { encoding: 'utf8' });
  // Whether other pages are installed depends on the machine; the next test looks at our own.
  assert.deepEqual(`${stdout}${stderr}`.split('\n').filter((line) => line && !/referenced manual not found|mandoc\.db/.test(line)), []);
});

test('pages refer to pages that are there', () => {
  for (const name of pages) {
    for (const [, page, section] of read(name).matchAll(/^\.Xr (fastgate\S*) (\d)/gm)) {
      assert.ok(pages.includes(`${page}.${section}`), `${name} refers to ${page}(${section})`);
    }
  }
});

test('the calls of fastgate-admin(7) are those of the program', { timeout: 20_000 }, async (t) => {
  const gateway = await startGateway(t, { admin: { token: 'a-token-for-tests' }, routes: [{ match_path: '/x', respond: { status: 200 } }] });
  const { status, text } = await send(t, gateway.port, get('/admin/openapi.json', { Authorization: 'Bearer a-token-for-tests' }));
  assert.equal(status, 200, text);
  const known = Object.entries(JSON.parse(text).paths).flatMap(([where, calls]) =>
    Object.keys(calls).filter((method) => /^(get|post|put|delete)$/.test(method)).map((method) => `${method.toUpperCase()} ${where}`));
  const page = read('fastgate-admin.7');
  const told = [...page.slice(page.indexOf('.Sh CALLS')).matchAll(/^\.It Li (\w+ \/\S*)$/gm)].map(([, call]) => call);
  assert.deepEqual(told.sort(), known.sort());
});

// The text of each `.Ss` section by its title.
function sectionsOf(text) {
  const parts = text.split(/^\.S[sh] /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')).replace(/"/g, ''), part]));
}

test('the flags of fastgate(8) are those of -h', () => {
  const sections = sectionsOf(read('fastgate.8'));
  for (const command of commandsOf()) {
    const title = command.length ? `fastgate ${command.join(' ')}` : 'DESCRIPTION';
    const section = sections.get(title);
    if (command.join() === 'key') continue;   // has no flags of its own
    assert.ok(section, `fastgate(8) has no section "${title}"`);
    const told = [...section.matchAll(/^\.It (Fl .*)$/gm)].flatMap(([, line]) => [...line.matchAll(/Fl (-?)([\w-]+)/g)])
      .map(([, dash, name]) => `-${dash}${name}`);
    const known = flagsOf(command).filter((flag) => !command.length || !/^(-h|--help)$/.test(flag));
    assert.deepEqual(told.sort(), known.sort(), title);
  }
  const signals = [...sections.get('SIGNALS').matchAll(/Fl s Cm (\w+)/g)].map(([, name]) => name).sort();
  const { stdout } = run(['-h']);
  assert.deepEqual(signals, /\{([\w,]+)\}/.exec(stdout)[1].split(',').sort());
});

// Title of a page's section, and the schema's name for what it tells of.
const told = {
  'fastgate.yaml.5': { 'The top level': null, server: 'server', 'server.tls': 'certificate', 'server.client_tls': 'client_tls', admin: 'admin',
    'admin.tokens': 'admin_token', database: 'database', audit: 'audit_store', proxy: 'proxy', 'proxy.failover_preamble': 'preamble', rate_limiting: 'rate_limiting',
    logging: 'logging', upstreams: 'upstream', 'upstreams.servers': 'upstream_server',
    'upstreams.health_check': 'health_check', keys: 'key' },
  'fastgate-routes.5': { routes: 'route', target_tls: 'target_tls', respond: 'respond', queue: 'queue', audit: 'audit',
    tests: 'test', 'tests.request': 'test_request', 'tests.expect': 'test_expect' },
};

// Fields of a section: name to { text, default, example }.
function fieldsOf(section) {
  const unquote = (text) => text.replace(/^"(.*)"$/, '$1').replaceAll('\\(dq', '"').replaceAll('\\e', '\\');
  return new Map(section.split(/^\.It Va /m).slice(1).map((part) => [part.slice(0, part.indexOf('\n')), {
    kind: /^An? (duration|size|number|flag|text|path|list|mapping|word|address), /m.exec(part)?.[1],
    default: (/, default\n\.Ql (.*) \.$/m.exec(part) ?? [])[1]?.replace(/^.*$/, unquote),
    example: unquote(/^Example:\n\.Dl (.*)$/m.exec(part)?.[1] ?? ''),
  }]));
}

test('every field is explained with kind, default and example, and no other', () => {
  const seen = new Set();
  for (const [page, titles] of Object.entries(told)) {
    const sections = sectionsOf(read(page));
    for (const [title, name] of Object.entries(titles)) {
      const { properties } = name ? schema.$defs[name] : schema;
      seen.add(name);
      const fields = fieldsOf(sections.get(title) ?? '');
      assert.deepEqual([...fields.keys()].sort(), Object.keys(properties).sort(), `${page}, ${title}`);
      for (const [field, entry] of fields) {
        const fallback = properties[field].default;
        const text = fallback === undefined || typeof fallback === 'string' ? fallback : JSON.stringify(fallback).replaceAll('","', '", "');
        assert.equal(entry.default, text, `the default of ${title}: ${field}`);
        assert.ok(entry.kind, `the kind of ${title}: ${field}`);
        assert.ok(entry.example.startsWith(`${field}: `), `the example of ${title}: ${field}`);
      }
    }
  }
  // Nothing of the schema is told nowhere.
  const objects = Object.entries(schema.$defs).filter(([, entry]) => entry.properties).map(([name]) => name);
  assert.deepEqual(objects.filter((name) => !seen.has(name)), []);
});

test('the default configuration names every field', () => {
  const words = new Set(fs.readFileSync(path.join(root, 'conf/fastgate.yaml'), 'utf8').match(/\w+/g));
  const objects = [schema, ...Object.values(schema.$defs)];
  const fields = objects.flatMap(({ properties = {} }) => Object.keys(properties));
  assert.deepEqual(fields.filter((field) => !words.has(field)), []);
});

const route = 'routes:\n  - match_path: /v1/*\n    target_host: 127.0.0.1:9001\n';
const digest = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

const bare = 'routes:\n  - match_path: "*"\n';
const target = '    target_host: 127.0.0.1:9001\n';
const line = (depth, text) => `${' '.repeat(depth)}${text}\n`;
const flow = (...members) => `{${members.filter(Boolean).join(', ')}}`;

// What an example of these fields needs beside it.
const besideInRoute = {
  upstream: '', target_host: '', respond: '', match_path: target, queue: `${target}    max_concurrency: 1\n`,
  target_tls: `${target}    target_protocol: https\n`, burst: `${target}    rate_limit: 600\n`, client_burst: `${target}    client_rate_limit: 600\n`,
};
const besideInKey = {
  burst: 'rate_limit: 60', expires_days: 'created_at: 2026-01-31T12:00:00Z', previous_sha256: 'previous_expires_at: 2030-12-31T23:59:59Z',
  previous_expires_at: 'previous_sha256: 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752',
};
// What the route of a test does, so that it holds.
const besideInExpect = {
  status: '    auth: required\n', headers: '    auth: none\n    add_headers: {Authorization: Bearer x}\n',
  body: '    auth: none\n    add_body_fields: {model: gpt-4o}\n',
};

function aroundTest(title, field, example) {
  const isExpected = title === 'tests.expect';
  let request = isExpected ? 'path: /v1/models' : 'path: /';
  if (isExpected && field === 'body') request += ', method: POST, body: {}';
  let expect = 'expect: {}';
  if (title === 'tests.request') request = flow(field === 'body' && 'method: POST', example).slice(1, -1);
  if (isExpected) expect = `expect: {${example}}`;
  if (title === 'tests' && field === 'expect') expect = example;
  const asked = title === 'tests' && field === 'request' ? example : `request: {${request}}`;
  return `keys: [{key_id: fg_0123456789ab, key_sha256: ${digest}}]\n${bare}    route_id: chat\n${target}`
    + `${(isExpected && besideInExpect[field]) || '    auth: none\n'}    tests:\n      - ${asked}\n        ${expect}\n`;
}

// A whole configuration around an example of a section. Null: it names certificates.
function around(page, title, field, example) {
  if (/^(tls|certificate|private_key|client_certificate|client_key|client_tls|ca):/.test(example) || title === 'server.client_tls') return null;
  if (title.startsWith('tests')) return aroundTest(title, field, example);
  switch (page === 'fastgate.yaml.5' && title === 'audit' ? 'the store' : title) {
    case 'routes': {
      const groups = field === 'upstream' ? 'upstreams: [{name: chat, servers: ["127.0.0.1:9001"]}]\n' : '';
      const start = field === 'match_path' ? 'routes:\n  - auth: none\n' : bare;
      return groups + start + (besideInRoute[field] ?? target) + line(4, example);
    }
    case 'respond': return `${bare}    respond:\n${line(6, example)}`;
    case 'queue': return `${bare}${target}    max_concurrency: 1\n    queue:\n${line(6, example)}`;
    case 'target_tls': return `${bare}${target}    target_protocol: https\n    target_tls:\n${line(6, example)}`;
    case 'audit': return `${bare}${target}    audit:\n${line(6, example)}`;
    case 'The top level': return `${example}\n${field === 'routes' ? '' : route}`;
    case 'admin.tokens':
      return `admin:\n  tokens:\n    - ${flow(field !== 'name' && 'name: bob', !field.startsWith('token') && `token_sha256: ${digest}`, example)}\n`;
    case 'upstreams':
      return `upstreams:\n  - ${flow(field !== 'name' && 'name: b', field !== 'servers' && 'servers: ["127.0.0.1:1"]', field === 'hash_by' && 'balance: hash', example)}\n`;
    case 'upstreams.servers':
      return `upstreams:\n  - name: b\n    servers:\n      - "127.0.0.1:1"\n      - ${flow(field !== 'host' && 'host: "127.0.0.1:2"', example.replace(/^host: (.*)$/, 'host: "$1"'))}\n`;
    case 'upstreams.health_check': return `upstreams:\n  - name: b\n    servers: ["127.0.0.1:1"]\n    health_check:\n${line(6, example)}`;
    case 'proxy.failover_preamble': return `proxy:\n  failover_preamble: {${example}}\n`;
    case 'keys':
      return `keys:\n  - ${flow(field !== 'key_sha256' && `key_sha256: ${digest}`, besideInKey[field], example)}\n${bare}${target}    route_id: chat\n`;
    default: return `${title}:\n${line(2, example)}`;
  }
}

test('every example is accepted by the program', (t) => {
  const place = tempFolder(t);
  const file = path.join(place, 'fastgate.yaml');
  const env = { ...process.env, FASTGATE_ADMIN_TOKEN: 'secret-one', ALICE_TOKEN: 'secret-two' };
  const wrong = [];
  for (const [page, titles] of Object.entries(told)) {
    const sections = sectionsOf(read(page));
    for (const title of Object.keys(titles)) {
      for (const [field, { example }] of fieldsOf(sections.get(title))) {
        const config = around(page, title, field, example);
        if (config === null) continue;
        fs.writeFileSync(file, config);
        const { code, stderr } = run(['-t', '-q', '-c', file, '-p', place], { env });
        if (code !== 0) wrong.push(`${page}, ${title}: ${example}\n${config}${stderr}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});
