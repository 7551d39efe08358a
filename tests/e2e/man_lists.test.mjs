// The lists of the man pages that no schema holds: metrics, fields of records, variables of the access log.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { run, startGateway, tempFolder } from './support/gateway.mjs';
import { get, send } from './support/raw_client.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const timeout = 20_000;

// The text of a section of a page.
function section(page, title) {
  const text = fs.readFileSync(path.join(root, 'man', page), 'utf8');
  const [, part] = new RegExp(`^\\.Sh ${title}\\n([^]*?)^\\.Sh `, 'm').exec(text) ?? [];
  assert.ok(part, `${page} has a section ${title}`);
  return part;
}

// The names that stand in the lines of a macro, in the order of their letters.
const namesIn = (text, macro) => [...text.matchAll(new RegExp(`^\\.${macro} (.*)$`, 'gm'))]
  .flatMap(([, line]) => line.split(/[ ,]+/)).filter((word) => /^\w+$/.test(word)).sort();

test('metrics, fields of records and of the access log', { timeout }, async (t) => {
  const gateway = await startGateway(t, {
    admin: { token: 'a-token-for-tests' }, database: { enabled: true }, logging: { access_format: 'json' },
    routes: [{ match_path: '/x', target_host: '127.0.0.1:1', auth: 'none' }],
  });
  const ask = async (where) => (await send(t, gateway.port, get(where, { Authorization: 'Bearer a-token-for-tests' }))).text;

  const families = [...(await ask('/metrics')).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name).sort();
  assert.ok(families.length > 30, `${families.length} metrics`);
  assert.deepEqual(namesIn(section('fastgate-admin.7', 'METRICS'), 'It Li'), families);

  const [columns] = (await ask('/admin/logs/export?format=csv')).split('\n');
  assert.deepEqual(namesIn(section('fastgate-admin.7', 'FIELDS OF A RECORD'), 'It Li'), columns.trim().split(',').sort());

  const log = section('fastgate.yaml.5', 'ACCESS LOG').split(/^\.Pp$/m)[0];
  assert.deepEqual(namesIn(log, 'Va'), Object.keys(JSON.parse(await gateway.accessLine(0))).sort());
});

test('variables of the access log', (t) => {
  const source = fs.readFileSync(path.join(root, 'src/record/access_variable.cpp'), 'utf8');
  const [, table] = /kEntries\[\] = \{\n([^]*?)\n\};/.exec(source);
  const known = [...table.matchAll(/^ {4}\{"(\w+)"/gm)].map(([, name]) => name).sort();
  assert.ok(known.length > 40, `${known.length} variables`);
  const told = namesIn(section('fastgate.yaml.5', 'ACCESS LOG'), 'It Va');
  assert.deepEqual(told.filter((name) => !name.endsWith('_NAME')), known);

  const folder = tempFolder(t);
  const file = path.join(folder, 'fastgate.yaml');
  const access_format = told.map((name) => `$${name.replace('_NAME', '_user_agent')}`).join(' ');
  fs.writeFileSync(file, JSON.stringify({ logging: { access_format }, routes: [{ match_path: '/x', respond: { status: 200 } }] }));
  assert.deepEqual(run(['-t', '-q', '-c', file, '-p', folder]), { code: 0, stdout: '', stderr: '', output: '' });
});
