// Uploads that are refused: clients that look for an answer only behind the last byte get it all the same.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';
import OpenAI, { toFile } from 'openai';
import { route, startGateway } from './support/gateway.mjs';
import { newKey } from './support/keys.mjs';
import { startHttpUpstream } from './support/upstream.mjs';

const timeout = 60_000;
const mebibyte = 1 << 20;

async function start(t) {
  const upstream = await startHttpUpstream(t, (asked, answer) => { asked.resume().on('end', () => answer.end('{}')); });
  const key = newKey();
  const gateway = await startGateway(t, {
    server: { max_body_size: '24MiB' }, routes: [route(upstream.host, { match_path: '/v1/*', auth: 'required' })], keys: [key.entry],
  });
  return { gateway, key };
}

const cases = {
  'beyond max_body_size': { size: 32, status: 413, base: '/v1' },
  'with a wrong key': { size: 16, status: 401, base: '/v1', apiKey: 'sk-wrong' },
  'to no route': { size: 16, status: 404, base: '/none' },
};

for (const [name, { size, status, base, apiKey }] of Object.entries(cases)) {
  test(`an upload ${name}: the openai package and Python's own client are told`, { timeout }, async (t) => {
    const { gateway, key } = await start(t);
    const client = new OpenAI({ apiKey: apiKey ?? key.value, baseURL: gateway.url + base, maxRetries: 0 });
    const file = await toFile(Buffer.alloc(size * mebibyte, 'x'), 'upload.jsonl');
    await assert.rejects(client.files.create({ file, purpose: 'batch' }), (error) => {
      assert.equal(error.status, status, error.message);
      assert.match(error.message, /^\d+ \S/);
      return true;
    });
    const program = `
import sys, urllib.request, urllib.error
url, key, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
request = urllib.request.Request(url, data=b"x" * size, headers={"Authorization": "Bearer " + key})
try:
    print(urllib.request.urlopen(request).status)
except urllib.error.HTTPError as error:
    print(error.code)
`;
    const { stdout } = await promisify(execFile)('python3', ['-c', program, `${gateway.url}${base}/files`, apiKey ?? key.value, String(size * mebibyte)]);
    assert.equal(Number(stdout), status);
  });
}
