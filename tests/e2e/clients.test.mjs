// Real programs on both sides: curl, fetch, the openai package; Node and nginx as upstreams.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { cleanup } from './support/cleanup.mjs';
import { eventually, gatewayTo, tempFolder } from './support/gateway.mjs';
import { get, send } from './support/raw_client.mjs';
import { deadPort, gate, startHttpUpstream } from './support/upstream.mjs';

const timeout = 30_000;
const curl = async (...args) => (await promisify(execFile)('curl', ['-sS', '--max-time', '20', ...args], { encoding: 'utf8', maxBuffer: 64 << 20 })).stdout;

// A chat API; `state` tells of streams that were left, and lets a test hold them.
async function chatApi(t) {
  const state = { left: 0, hold: gate(), seen: [] };
  const upstream = await startHttpUpstream(t, async (asked, answer) => {
    const pieces = [];
    for await (const piece of asked) pieces.push(piece);
    const body = pieces.length ? JSON.parse(Buffer.concat(pieces)) : {};
    state.seen.push({ headers: asked.headers, body });
    const json = (status, value) => answer.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
    if (body.model === 'limited') return json(429, { error: { message: 'slow down', type: 'rate_limit_error', code: 'rate_limited' } });
    if (body.model === 'wrong') return json(400, { error: { message: 'bad model', type: 'invalid_request_error', code: null } });
    if (body.model === 'denied') return json(401, { error: { message: 'no', type: 'authentication_error', code: 'invalid_api_key' } });
    const base = { id: 'c1', created: 1, model: body.model };
    if (!body.stream) {
      return json(200, { ...base, object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' }] });
    }
    answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
    answer.on('close', () => { if (!answer.writableEnded) state.left++; });
    for (const word of ['Hello', ' ', 'there']) {
      answer.write(`data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: word } }] })}\n\n`);
      if (body.model === 'held') await state.hold.opened;
    }
    return answer.end('data: [DONE]\n\n');
  });
  const gateway = await gatewayTo(t, upstream);
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  return { state, gateway, client };
}

const chat = (model, fields = {}) => ({ model, messages: [{ role: 'user', content: 'Hi' }], ...fields });

test('openai: a completion', { timeout }, async (t) => {
  const { client, state } = await chatApi(t);
  const answer = await client.chat.completions.create(chat('plain'));
  assert.equal(answer.choices[0].message.content, 'Hello there');
  assert.equal(state.seen[0].headers.authorization, 'Bearer sk-test');
});

test('openai: a streamed completion, word by word', { timeout }, async (t) => {
  const { client } = await chatApi(t);
  const words = [];
  for await (const part of await client.chat.completions.create(chat('plain', { stream: true }))) words.push(part.choices[0].delta.content);
  assert.deepEqual(words, ['Hello', ' ', 'there']);
});

test('openai: leaving a stream frees the upstream', { timeout }, async (t) => {
  const { client, state } = await chatApi(t);
  const stream = await client.chat.completions.create(chat('held', { stream: true }));
  for await (const part of stream) {
    assert.equal(part.choices[0].delta.content, 'Hello');
    break;
  }
  stream.controller.abort();
  await eventually(() => state.left === 1, 'the upstream to see that the client left');
});

test('openai: error statuses become its error classes', { timeout }, async (t) => {
  const { client } = await chatApi(t);
  await assert.rejects(client.chat.completions.create(chat('limited')), OpenAI.RateLimitError);
  await assert.rejects(client.chat.completions.create(chat('wrong')), OpenAI.BadRequestError);
  await assert.rejects(client.chat.completions.create(chat('denied')), OpenAI.AuthenticationError);
});

test('openai: the gateway\'s own errors are readable', { timeout }, async (t) => {
  const gateway = await gatewayTo(t, { host: `127.0.0.1:${await deadPort()}` }, { route: { match_path: '/v1/*' } });
  const client = new OpenAI({ apiKey: 'x', baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  await assert.rejects(client.chat.completions.create(chat('m')), (error) => {
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.equal(error.status, 502);
    assert.equal(typeof error.code, 'string');
    assert.ok(error.message.length > 10);
    return true;
  });
  const lost = new OpenAI({ apiKey: 'x', baseURL: `${gateway.url}/none`, maxRetries: 0 });
  await assert.rejects(lost.models.list(), OpenAI.NotFoundError);
});

test('curl: GET, POST, upload by PUT, HEAD, HTTP/1.0, many on one connection', { timeout }, async (t) => {
  const upstream = await startHttpUpstream(t, async (asked, answer) => {
    let length = 0;
    for await (const piece of asked) length += piece.length;
    answer.end(`${asked.method} ${asked.url} ${length}`);
  });
  const { url } = await gatewayTo(t, upstream);
  const folder = tempFolder(t);
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, 'x'.repeat(3 << 20));
  assert.equal(await curl(`${url}/a`), 'GET /a 0');
  assert.equal(await curl('-d', 'abc', `${url}/b`), 'POST /b 3');
  assert.equal(await curl('-T', file, `${url}/c`), `PUT /c ${3 << 20}`);
  assert.equal(await curl('-T', file, '-H', 'Transfer-Encoding: chunked', `${url}/d`), `PUT /d ${3 << 20}`);
  assert.match(await curl('-I', `${url}/e`), /^HTTP\/1\.1 200 OK\r\n/);
  assert.equal(await curl('-0', `${url}/f`), 'GET /f 0');
  assert.equal(await curl(`${url}/[1-20]`), Array.from({ length: 20 }, (_, n) => `GET /${n + 1} 0`).join(''));
  assert.equal(await curl('-F', `up=@${file}`, '-o', '/dev/null', '-w', '%{http_code} %{num_connects}', `${url}/g`), '200 1');
});

test('fetch keeps its connections and gets every answer', { timeout }, async (t) => {
  const upstream = await startHttpUpstream(t, (asked, answer) => answer.end(asked.url));
  const { url } = await gatewayTo(t, upstream);
  const answers = await Promise.all(Array.from({ length: 200 }, async (_, number) => (await fetch(`${url}/${number}`)).text()));
  assert.deepEqual(answers, Array.from({ length: 200 }, (_, number) => `/${number}`));
});

test('nginx as upstream: files, ranges, keep-alive', { timeout }, async (t) => {
  const folder = tempFolder(t);
  const port = await deadPort();
  fs.mkdirSync(path.join(folder, 'html'));
  fs.chmodSync(folder, 0o755);
  fs.writeFileSync(path.join(folder, 'html/big.bin'), Buffer.alloc(5 << 20, '0123456789'));
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  fs.writeFileSync(path.join(folder, 'nginx.conf'), `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
    ${process.getuid() === 0 ? 'user root;' : ''} events {}
    http { access_log off; ${temp} server { listen 127.0.0.1:${port}; root ${folder}/html; keepalive_requests 5; } }`);
  const child = spawn('/usr/sbin/nginx', ['-c', `${folder}/nginx.conf`, '-e', `${folder}/error.log`], { stdio: 'ignore' });
  cleanup(t, () => new Promise((resolve) => { child.on('exit', resolve); child.kill('SIGTERM'); }));
  await eventually(() => fetch(`http://127.0.0.1:${port}/big.bin`, { method: 'HEAD' }).then((answer) => answer.ok, () => false), 'nginx');
  const gateway = await gatewayTo(t, { host: `127.0.0.1:${port}` });
  const whole = Buffer.from(await (await fetch(`${gateway.url}/big.bin`)).arrayBuffer());
  assert.ok(whole.equals(fs.readFileSync(`${folder}/html/big.bin`)));
  const part = await fetch(`${gateway.url}/big.bin`, { headers: { Range: 'bytes=10-19' } });
  assert.deepEqual([part.status, await part.text()], [206, '0123456789']);
  for (let round = 0; round < 30; round++) assert.equal((await send(t, gateway.port, get('/none'))).status, 404);
});
