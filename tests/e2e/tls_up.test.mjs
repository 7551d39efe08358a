// TLS towards upstreams: verified by default, own authority, SNI, client certificates.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { makeAuthority, makeCertificate } from './support/certificates.mjs';
import { route, run, startGateway, tempFolder } from './support/gateway.mjs';
import { get, post, send } from './support/raw_client.mjs';
import { startHttpUpstream } from './support/upstream.mjs';

const timeout = 20_000;

// An https upstream with a certificate for `hosts`; `facts` collects what it saw.
async function secureUpstream(t, hosts, options = {}) {
  const folder = tempFolder(t);
  const ca = makeAuthority(folder);
  const { certificate, private_key: key } = makeCertificate(folder, 'server', hosts);
  const facts = [];
  const upstream = await startHttpUpstream(t, (asked, answer) => {
    facts.push({ sni: asked.socket.servername, reused: asked.socket.isSessionReused(), client: asked.socket.getPeerCertificate()?.subject?.CN, host: asked.headers.host });
    asked.resume().on('end', () => answer.end('secret ok'));
  }, { cert: fs.readFileSync(certificate), key: fs.readFileSync(key), ca: fs.readFileSync(ca), ...options });
  return { ...upstream, ca, facts, folder };
}

const through = (t, upstream, target_tls, fields = {}) => startGateway(t, {
  routes: [route(upstream.host, { target_protocol: 'https', target_tls, ...fields })],
});

test('an upstream of an own authority is verified by `ca`', { timeout }, async (t) => {
  const upstream = await secureUpstream(t, ['127.0.0.1']);
  const gateway = await through(t, upstream, { ca: upstream.ca });
  assert.equal((await send(t, gateway.port, get('/'))).text, 'secret ok');
  assert.equal((await send(t, gateway.port, post('/', 'x'.repeat(200_000)))).text, 'secret ok');
});

test('502: a certificate that the system does not trust', { timeout }, async (t) => {
  const upstream = await secureUpstream(t, ['127.0.0.1']);
  const gateway = await through(t, upstream, undefined);
  const answer = await send(t, gateway.port, get('/'));
  assert.equal(answer.status, 502);
  assert.equal(upstream.facts.length, 0);
  assert.match(answer.json.error.message, /certificate|verif|TLS/i);
});

test('502: a certificate of another name', { timeout }, async (t) => {
  const upstream = await secureUpstream(t, ['other.test']);
  const gateway = await through(t, upstream, { ca: upstream.ca });
  assert.equal((await send(t, gateway.port, get('/'))).status, 502);
  assert.equal(upstream.facts.length, 0);
});

test('`server_name` is sent as SNI and verified', { timeout }, async (t) => {
  const upstream = await secureUpstream(t, ['inner.test']);
  const gateway = await through(t, upstream, { ca: upstream.ca, server_name: 'inner.test' });
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  assert.equal(upstream.facts[0].sni, 'inner.test');
});

test('`verify: false` takes any certificate', { timeout }, async (t) => {
  const upstream = await secureUpstream(t, ['other.test']);
  const gateway = await through(t, upstream, { verify: false });
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
});

test('a client certificate is shown', { timeout }, async (t) => {
  const upstream = await secureUpstream(t, ['127.0.0.1'], { requestCert: true, rejectUnauthorized: true });
  const client = makeCertificate(upstream.folder, 'client', ['gateway.test']);
  const gateway = await through(t, upstream, { ca: upstream.ca, client_certificate: client.certificate, client_key: client.private_key });
  assert.equal((await send(t, gateway.port, get('/'))).status, 200);
  assert.equal(upstream.facts[0].client, 'gateway.test');
  const without = await through(t, upstream, { ca: upstream.ca });
  assert.equal((await send(t, without.port, get('/'))).status, 502);
});

test('-t: the file of `target_tls` that cannot be used has its own place', { timeout }, (t) => {
  const folder = tempFolder(t);
  makeAuthority(folder);
  const client = makeCertificate(folder, 'client', ['gateway.test']);
  const other = makeCertificate(folder, 'other', ['other.test']);
  const place = (...lines) => {
    const text = ['routes:', '  - match_path: /*', '    target_host: 127.0.0.1:9', '    target_protocol: https', '    target_tls:', ...lines];
    fs.writeFileSync(`${folder}/fastgate.yaml`, text.join('\n'));
    const { output } = run(['-t', '-c', `${folder}/fastgate.yaml`, '-p', folder]);
    return /fastgate\.yaml:(\d+:\d+): (cannot read|private key)/.exec(output)?.[1] ?? output;
  };
  const pair = (certificate, key) => [`      client_certificate: ${certificate}`, `      client_key: ${key}`];
  assert.equal(place('      ca: no.pem'), '6:11');
  assert.equal(place(...pair('no.pem', client.private_key)), '6:27');
  assert.equal(place(...pair(client.certificate, other.private_key)), '7:19');
});

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`a ${version} session is used again for the next connection`, { timeout }, async (t) => {
    const upstream = await secureUpstream(t, ['127.0.0.1'], { minVersion: version, maxVersion: version });
    upstream.server.keepAliveTimeout = 1;
    upstream.server.prependListener('request', (asked, answer) => answer.setHeader('Connection', 'close'));
    const gateway = await through(t, upstream, { ca: upstream.ca });
    for (let round = 0; round < 3; round++) assert.equal((await send(t, gateway.port, get('/'))).status, 200);
    assert.deepEqual(upstream.facts.map(({ reused }) => reused), [false, true, true]);
  });
}

test('502: plain HTTP where TLS is expected', { timeout }, async (t) => {
  const upstream = await startHttpUpstream(t, (asked, answer) => answer.end('plain'));
  const gateway = await through(t, upstream, { verify: false });
  assert.equal((await send(t, gateway.port, post('/', 'x'))).status, 502);
});
