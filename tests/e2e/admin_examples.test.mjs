// The published examples of the older gateway, command for command: only ports and targets are a test's own.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';
import { startAdmin } from './support/admin.mjs';
import { bearer, sha256 } from './support/keys.mjs';
import { startHttpUpstream } from './support/upstream.mjs';

const timeout = 60_000;
const shell = promisify(execFile);

// Runs a command as a user types it.
async function curl(gateway, command) {
  const text = command.replaceAll('http://localhost:8000', `http://localhost:${gateway.port}`)
    .replaceAll('http://localhost:8514', `http://localhost:${gateway.port}`).replace('curl ', 'curl -sS ');
  const { stdout } = await shell('bash', ['-c', text], { cwd: gateway.folder });
  return stdout;
}

// An upstream that says who it is and what it got.
const telling = (t, name) => startHttpUpstream(t, (asked, answer) => {
  let body = '';
  asked.on('data', (piece) => { body += piece; }).on('end', () => {
    if (JSON.parse(body || '{}').stream) {
      answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
      answer.end('data: {"one":1}\n\ndata: [DONE]\n\n');
      return;
    }
    answer.writeHead(200, { 'Content-Type': 'application/json' });
    answer.end(JSON.stringify({ name, url: asked.url, authorization: asked.headers.authorization, source: asked.headers['x-proxy-source'] }));
  });
});

const chat = (gateway, path, body, key) => fetch(`${gateway.url}${path}`, {
  method: 'POST', headers: { 'Content-Type': 'application/json', ...(key ? bearer(key) : {}) }, body: JSON.stringify(body),
});

test('case 1: a key, a route with the secret added, a client', { timeout }, async (t) => {
  const upstream = await telling(t, 'openai');
  const gateway = await startAdmin(t);
  const key = JSON.parse(await curl(gateway, `curl -X POST http://localhost:8000/admin/keys \
  -H "Content-Type: application/json" \
  -d '{
    "source_path": "openai-chat",
    "permissions": ["chat"],
    "rate_limit": 1000
  }'`));
  assert.match(key.key_value, /^fg_/);
  const route = JSON.parse(await curl(gateway, `curl -X POST http://localhost:8000/admin/routes \
  -H "Content-Type: application/json" \
  -d '{
    "route_name": "OpenAI Chat Proxy",
    "match_path": "/v1/chat/*",
    "match_method": "POST",
    "target_host": "${upstream.host}",
    "target_path": "/v1/chat/completions",
    "target_protocol": "http",
    "add_headers": {
      "Authorization": "Bearer sk-your-real-openai-key"
    },
    "timeout": 60
  }'`));
  assert.equal(route.route_id, 'openai-chat-proxy');
  assert.equal((await chat(gateway, '/v1/chat/completions', { model: 'm' })).status, 401);
  const answer = await (await chat(gateway, '/v1/chat/completions', { model: 'gpt-3.5-turbo', messages: [] }, key.key_value)).json();
  assert.deepEqual(answer, { name: 'openai', url: '/v1/chat/completions', authorization: 'Bearer sk-your-real-openai-key' });
  const stream = await chat(gateway, '/v1/chat/completions', { model: 'm', stream: true }, key.key_value);
  assert.match(await stream.text(), /data: \[DONE\]/);
});

test('case 2: the backup takes over where the primary is gone', { timeout }, async (t) => {
  const [primary, backup] = [await telling(t, 'primary'), await telling(t, 'backup')];
  const gateway = await startAdmin(t);
  for (const [name, { host }, priority] of [['Primary AI Service', primary, 50], ['Backup AI Service', backup, 100]]) {
    // Without a Content-Type curl says it is a form.
    const route = JSON.parse(await curl(gateway, `curl -X POST http://localhost:8000/admin/routes \
  -d '{
    "route_name": "${name}",
    "match_path": "/v1/chat/*",
    "target_host": "${host}",
    "target_path": "/v1/chat/completions",
    "priority": ${priority}
  }'`));
    assert.equal(route.priority, priority);
  }
  const { json: key } = await gateway.admin.post('/keys', { source_path: 'a' });
  const ask = async () => (await (await chat(gateway, '/v1/chat/x', {}, key.key_value)).json()).name;
  assert.equal(await ask(), 'primary');
  primary.server.closeAllConnections();
  await new Promise((resolve) => primary.server.close(resolve));
  assert.equal(await ask(), 'backup');
});

test('case 4: by model, with the token in the query', { timeout }, async (t) => {
  const [qwen, fallback] = [await telling(t, 'qwen'), await telling(t, 'fallback')];
  const gateway = await startAdmin(t, { admin: { token_sha256: sha256('admin_secret_token_dev') } });
  gateway.admin.headers = bearer('admin_secret_token_dev');
  await curl(gateway, `curl -X POST "http://localhost:8514/admin/routes?token=admin_secret_token_dev" \
  -H "Content-Type: application/json" \
  -d '{
    "route_name": "V2 Qwen3-30B Proxy",
    "description": "V2 代理路由 - 根据model值路由到Qwen3-30B服务",
    "match_path": "/v2*",
    "match_method": "POST",
    "match_body_schema": {"model": "mckj/Qwen3-30B-A3B"},
    "target_host": "${qwen.host}",
    "target_path": "/v1/chat/completions",
    "target_protocol": "http",
    "add_headers": {
      "Authorization": "Bearer your-backend-api-key",
      "X-Proxy-Source": "M-FastGate-v0.2.0"
    },
    "priority": 40,
    "is_active": true
  }'`);
  await curl(gateway, `curl -X POST "http://localhost:8514/admin/routes?token=admin_secret_token_dev" \
  -H "Content-Type: application/json" \
  -d '{
    "route_name": "V2 Fallback Proxy",
    "description": "V2 fallback路由 - 处理其他model值的请求",
    "match_path": "/v2*",
    "match_method": "POST",
    "target_host": "${fallback.host}",
    "target_path": "/v1/chat/completions",
    "priority": 80,
    "is_active": true
  }'`);
  assert.equal((await gateway.admin.get('/routes')).json.items[0].description, 'V2 代理路由 - 根据model值路由到Qwen3-30B服务');
  const { json: key } = await gateway.admin.post('/keys', { source_path: 'a' });
  const ask = async (model) => (await chat(gateway, '/v2/chat/completions', { model, max_tokens: 100 }, key.key_value)).json();
  assert.deepEqual(await ask('mckj/Qwen3-30B-A3B'), { name: 'qwen', url: '/v1/chat/completions', authorization: 'Bearer your-backend-api-key', source: 'M-FastGate-v0.2.0' });
  assert.equal((await ask('other-model')).name, 'fallback');
  await gateway.stop();
  assert.ok(!(gateway.read('logs/access.log') + gateway.read('logs/fastgate.log')).includes('admin_secret_token_dev'));
});

test('case 5: streams alone, and both health checks', { timeout }, async (t) => {
  const upstream = await telling(t, 'stream');
  const gateway = await startAdmin(t);
  await curl(gateway, `curl -X POST http://localhost:8000/admin/routes \
  -d '{
    "route_name": "Streaming Chat API",
    "match_path": "/stream/*",
    "match_body_schema": {"properties": {"stream": {"const": true}}},
    "target_host": "${upstream.host}",
    "target_path": "/v1/chat/completions",
    "timeout": 300
  }'`);
  const { json: key } = await gateway.admin.post('/keys', { source_path: 'a' });
  const stream = await chat(gateway, '/stream/chat', { model: 'gpt-4', stream: true }, key.key_value);
  assert.match(await stream.text(), /data: \[DONE\]/);
  assert.equal((await chat(gateway, '/stream/chat', { model: 'gpt-4', stream: false }, key.key_value)).status, 404);
  assert.match(await curl(gateway, 'curl http://localhost:8000/health'), /"status":"ok"/);
  assert.match(await curl(gateway, 'curl http://localhost:8000/metrics'), /fastgate_requests_total/);
});
