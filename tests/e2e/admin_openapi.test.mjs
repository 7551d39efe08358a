// The OpenAPI document: a linter passes it, and every call answers what it says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Ajv from 'ajv/dist/2020.js';
import { startAdmin } from './support/admin.mjs';
import { eventually } from './support/gateway.mjs';
import { startHttpUpstream } from './support/upstream.mjs';

const timeout = 120_000;
const packages = path.resolve(path.dirname(fileURLToPath(import.meta.url)), 'node_modules');
const methods = ['get', 'post', 'put', 'delete'];

const operations = (document) => Object.entries(document.paths).flatMap(([pattern, item]) =>
  methods.filter((method) => item[method]).map((method) => ({ pattern, method, ...item[method] })));

test('a linter passes the document', { timeout }, async (t) => {
  const { admin, folder } = await startAdmin(t);
  const file = path.join(folder, 'openapi.json');
  fs.writeFileSync(file, (await admin.get('/openapi.json')).text);
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', CI: 'true' };
  const linted = await promisify(execFile)(process.execPath, [path.join(packages, '@redocly/cli/bin/cli.js'), 'lint', '--extends=recommended', '--format=json', file], { env, cwd: folder })
    .catch((error) => error);
  const { totals, problems } = JSON.parse(linted.stdout);
  assert.equal(totals.errors, 0, JSON.stringify(problems, null, 1));
});

// What is called for each operation; a function gets what was made before.
const samples = {
  showDashboard: {},
  openSession: { body: { token: 'x' } },
  showSession: {},
  closeSession: {},
  listTokens: {},
  listKeys: {},
  createKey: { body: { source_path: 'made' } },
  listKeySources: {},
  updateKeyByPost: { body: { description: 'a' } },
  showKey: {},
  updateKey: { body: { description: 'b' } },
  rotateKey: { body: { keep_old_for: 60 } },
  deleteKeyByPost: {},
  deleteKey: {},
  listRoutes: {},
  createRoute: { body: { route_name: 'made', match_path: '/made', auth: 'none', respond: { status: 200, body: { a: 1 } } } },
  updateRouteByPost: { body: { priority: 3, queue: { max_wait: '1.5s' } } },
  showRoute: {},
  updateRoute: { body: { retry_on: ['502'], retry_count: 1 } },
  toggleRoute: {},
  testRoute: {},
  explain: { body: { path: '/up' } },
  deleteRouteByPost: {},
  deleteRoute: {},
  showStatus: {},
  showConfig: {},
  validateConfig: { body: 'server: {}', type: 'application/yaml' },
  reload: {},
  listHistory: {},
  rollBack: { body: { id: 1 } },
  listLogs: {},
  exportLogs: {},
  showLog: {},
  showMetrics: {},
  showDailyMetrics: {},
  showHourlyMetrics: {},
  showMinutelyMetrics: {},
};
const order = Object.keys(samples);

test('every call answers as the document says', { timeout }, async (t) => {
  const upstream = await startHttpUpstream(t, (asked, answer) => answer.end('up'));
  const gateway = await startAdmin(t, {
    database: { enabled: true }, server: { workers: 2 },
    routes: [{ route_id: 'up', match_path: '/up', target_host: upstream.host, auth: 'none', add_headers: { Authorization: 'Bearer ${HOME}' } }],
  });
  const { json: document } = await gateway.admin.get('/openapi.json');
  const ajv = new Ajv({ strict: false });
  ajv.addSchema(document, 'api');
  const holds = (schema, value, what) => {
    const validate = ajv.compile({ $ref: `api${schema.$ref}` });
    assert.ok(validate(value), `${what}: ${JSON.stringify(validate.errors)} in ${JSON.stringify(value).slice(0, 600)}`);
  };
  assert.equal((await fetch(`${gateway.url}/up`)).status, 200);
  const known = operations(document);
  const made = { key_id: async () => (await gateway.admin.post('/keys', { source_path: 'a' })).json.key_id,
    route_id: async (operation) => (operation === 'testRoute' ? 'up' : (await gateway.admin.post('/routes', samples.createRoute.body)).json.route_id) };
  if (known.some(({ operationId }) => operationId === 'showLog')) {
    const { id } = await eventually(async () => (await gateway.admin.get('/logs?route_id=up')).json.items[0], 'the record of a request');
    made.log_id = async () => id;
  }
  for (const { operationId } of known) assert.ok(samples[operationId] || operationId === 'showOpenApi', `no sample for ${operationId}`);
  for (const { pattern, method, operationId, responses } of known.sort((a, b) => order.indexOf(a.operationId) - order.indexOf(b.operationId))) {
    if (operationId === 'showOpenApi') continue;
    const { body, type } = samples[operationId];
    let target = pattern;
    for (const [, name] of pattern.matchAll(/\{(\w+)\}/g)) target = target.replace(`{${name}}`, await made[name](operationId));
    const answer = await gateway.admin.call(method.toUpperCase(), target, body, type && { 'Content-Type': type });
    const declared = Object.entries(responses).find(([status]) => status === String(answer.status));
    assert.ok(declared, `${operationId}: ${answer.status} ${answer.text}`);
    const content = declared[1].content?.['application/json'];
    if (content) holds(content.schema, answer.json, operationId);
  }
  const refused = await gateway.admin.post('/routes', { match_path: 1 });
  holds({ $ref: '#/components/schemas/Error' }, refused.json, 'a refusal');
  holds({ $ref: '#/components/schemas/Error' }, (await gateway.admin.get('/nothing')).json, 'an unknown call');
});
