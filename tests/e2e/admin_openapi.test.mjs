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

const isOfType = (type, value) => ({
  object: value !== null && typeof value === 'object' && !Array.isArray(value), array: Array.isArray(value),
  null: value === null, integer: Number.isInteger(value),
})[type] ?? typeof value === type;

// Members of a value that its schema does not name, as paths. Objects without named members hold any.
function undescribed(document, schema, value, at = '') {
  if (schema.$ref) return undescribed(document, document.components.schemas[schema.$ref.split('/').at(-1)], value, at);
  if (schema.anyOf) return schema.anyOf.map((one) => undescribed(document, one, value, at)).sort((a, b) => a.length - b.length)[0];
  if (isOfType('array', value)) return value.flatMap((item) => undescribed(document, schema.items ?? {}, item, `${at}[]`));
  if (!isOfType('object', value) || !schema.properties) return [];
  return Object.entries(value).flatMap(([name, member]) => (schema.properties[name]
    ? undescribed(document, schema.properties[name], member, `${at}.${name}`) : [`${at}.${name}`]));
}

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
    const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')));
    assert.ok(validate(value), `${what}: ${JSON.stringify(validate.errors)} in ${JSON.stringify(value).slice(0, 600)}`);
    assert.deepEqual(undescribed(document, schema, value), [], what);
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
    if (content && answer.json) holds(content.schema, answer.json, operationId);
    assert.equal('ETag' in (declared[1].headers ?? {}), method === 'get' && 'etag' in answer.headers, `the ETag of ${operationId}`);
  }
  const refused = await gateway.admin.post('/routes', { match_path: 1 });
  holds({ $ref: '#/components/schemas/Error' }, refused.json, 'a refusal');
  holds({ $ref: '#/components/schemas/Error' }, (await gateway.admin.get('/nothing')).json, 'an unknown call');
});

test('a parameter that the document has not is refused, and nothing is done', { timeout }, async (t) => {
  const gateway = await startAdmin(t, { database: { enabled: true }, routes: [{ route_id: 'up', match_path: '/up', respond: { status: 200 } }] });
  const { json: document } = await gateway.admin.get('/openapi.json');
  const before = [gateway.read('fastgate.yaml'), gateway.read('conf.d/admin.yaml')];
  for (const { pattern, method, operationId, security } of operations(document)) {
    const asked = await gateway.admin.call(method.toUpperCase(), `${pattern.replace(/\{\w+\}/g, 'up')}?dryrun=true&token=x`, samples[operationId].body, samples[operationId].type && { 'Content-Type': samples[operationId].type });
    if (security) continue;
    assert.equal(asked.status, 400, `${operationId}: ${asked.text}`);
    assert.match(asked.json.detail, /^no parameter is called dryrun/, operationId);
  }
  assert.match((await gateway.admin.delete('/routes/up?dryrun=true')).json.detail, /did you mean dry_run\?$/);
  assert.deepEqual([gateway.read('fastgate.yaml'), gateway.read('conf.d/admin.yaml')], before);
});

test('what a call answers instead is in the document: trials, other forms, what is known, what is rejected', { timeout }, async (t) => {
  const gateway = await startAdmin(t, {
    database: { enabled: true },
    routes: [{ route_id: 'fixed', match_path: '/fixed', auth: 'none', audit: { headers: true }, respond: { status: 200 } }, { route_id: 'far', match_path: '/far', target_host: '127.0.0.1:1', failover_preamble: { bytes: 1024, time: '1s' } }],
  }, { files: { 'conf.d/wrong.yaml': 'routes: []\n' } });
  const { admin } = gateway;
  const { json: document } = await admin.get('/openapi.json');
  const ajv = new Ajv({ strict: false });
  const declared = (path, method, status) => {
    const { responses } = document.paths[path][method];
    return responses[status] ?? responses[`${String(status)[0]}XX`];
  };
  const holds = (path, method, answer) => {
    const said = declared(path, method, answer.status);
    assert.ok(said, `${method} ${path}: ${answer.status} ${answer.text}`);
    const type = answer.headers['content-type']?.split(';')[0];
    assert.deepEqual([type], type ? Object.keys(said.content).filter((name) => name === type) : [undefined], `${method} ${path}`);
    if (!answer.json) return;
    const { schema } = said.content[type];
    const validate = ajv.compile({ ...schema, components: document.components });
    assert.ok(validate(answer.json), `${method} ${path}: ${JSON.stringify(validate.errors)} in ${answer.text}`);
    assert.deepEqual(undescribed(document, schema, answer.json), [], `${method} ${path}`);
  };
  holds('/keys', 'post', await admin.post('/keys?dry_run=true', { source_path: 'a' }));
  holds('/routes/{route_id}', 'put', await admin.put('/routes/fixed?dry_run=true', { priority: 1 }));
  holds('/routes/{route_id}', 'delete', await admin.delete('/routes/fixed?dry_run=true'));
  holds('/routes/{route_id}', 'get', await admin.get('/routes/fixed?format=yaml'));
  const { headers: { etag } } = await admin.get('/routes');
  const known = await admin.get('/routes', { 'If-None-Match': etag });
  assert.equal(known.status, 304);
  assert.ok(declared('/routes', 'get', 304));
  for (const path of ['/fixed', '/far', '/health']) holds('/explain', 'post', await admin.post('/explain', { path }));
  await fetch(`${gateway.url}/fixed`);
  const { id } = await eventually(async () => (await admin.get('/logs?route_id=fixed')).json.items[0], 'the record of a request');
  holds('/logs/{log_id}', 'get', await admin.get(`/logs/${id}`));
  holds('/logs', 'get', await admin.get('/logs?kind=all'));
  for (const format of ['csv', 'json', 'ndjson']) holds('/logs/export', 'get', await admin.get(`/logs/export?format=${format}`));
  fs.writeFileSync(gateway.file('conf.d/wrong.yaml'), 'routes: [{}]\n');
  const rejected = await admin.post('/reload');
  assert.equal(rejected.status, 422);
  assert.equal(rejected.json.ok, false);
  holds('/reload', 'post', rejected);
  holds('/status', 'get', await admin.get('/status'));

  const typed = (path, method, name) => document.paths[path][method].parameters.find((parameter) => parameter.name === name);
  assert.equal(typed('/routes/{route_id}', 'put', 'If-Match').in, 'header');
  assert.equal(typed('/keys', 'get', 'is_active').schema.type, 'boolean');
  assert.equal(typed('/keys', 'get', 'limit').schema.type, 'integer');
  assert.deepEqual(typed('/logs/export', 'get', 'format').schema.enum, ['csv', 'json', 'ndjson']);
});
