// TLS towards clients: certificates by SNI, versions, resumption, renewal on HUP.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import test from 'node:test';
import tls from 'node:tls';
import { makeAuthority, makeCertificate } from './support/certificates.mjs';
import { eventually, gatewayTo, run, tempFolder } from './support/gateway.mjs';
import { ByteSource, readBody, readResponseHead } from './support/http1.mjs';
import { connect, get, request } from './support/raw_client.mjs';
import { answering, startUpstream } from './support/upstream.mjs';

const timeout = 20_000;

async function secured(t, names = [['one', ['one.test']], ['two', ['two.test', '*.two.test']]], script) {
  const folder = tempFolder(t);
  const ca = makeAuthority(folder);
  const certificates = names.map(([name, hosts]) => makeCertificate(folder, name, hosts));
  const upstream = await startUpstream(t, script);
  const gateway = await gatewayTo(t, upstream, {
    server: { listen: ['127.0.0.1:0 tls', '127.0.0.1:0'], tls: certificates.length === 1 ? certificates[0] : certificates },
    logging: { access_format: '$ssl_protocol $ssl_server_name $ssl_session_reused $ssl_cipher' },
  });
  return { gateway, upstream, folder, ca: fs.readFileSync(ca), caFile: ca };
}

function handshake(port, options) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'one.test', ...options }, () => resolve(socket));
    socket.on('error', reject);
  });
}

async function ask(port, options, text = get('/')) {
  const socket = await handshake(port, options);
  const source = new ByteSource(socket);
  socket.write(text);
  const answer = await readBody(source, await readResponseHead(source));
  const peer = socket.getPeerCertificate().subject?.CN;
  const facts = { status: answer.status, text: answer.text, peer, protocol: socket.getProtocol(), alpn: socket.alpnProtocol, reused: socket.isSessionReused() };
  socket.destroy();
  return facts;
}

test('a request over TLS, and one without on the other listener', { timeout }, async (t) => {
  const { gateway, upstream, ca } = await secured(t, [['one', ['one.test']]]);
  const facts = await ask(gateway.ports[0], { ca });
  assert.deepEqual([facts.status, facts.text, facts.peer], [200, 'ok', 'one.test']);
  assert.equal(upstream.requests[0].header('x-forwarded-proto'), 'https');
  const plain = await fetch(`http://127.0.0.1:${gateway.ports[1]}/`);
  assert.equal(await plain.text(), 'ok');
  assert.match(await gateway.accessLine(0), /^TLSv1\.3 one\.test \. TLS_/);
  assert.equal(await gateway.accessLine(1), '- - - -');
});

test('the certificate is chosen by SNI; the first is for unknown names', { timeout }, async (t) => {
  const { gateway, ca } = await secured(t);
  const peers = [];
  for (const servername of ['one.test', 'two.test', 'x.two.test', 'other.test']) {
    peers.push((await ask(gateway.port, { ca, servername, checkServerIdentity: () => undefined })).peer);
  }
  assert.deepEqual(peers, ['one.test', 'two.test', 'two.test', 'one.test']);
});

for (const [version, expected] of [['TLSv1.2', 'TLSv1.2'], ['TLSv1.3', 'TLSv1.3']]) {
  test(`${version} is spoken`, { timeout }, async (t) => {
    const { gateway, ca } = await secured(t);
    assert.equal((await ask(gateway.port, { ca, minVersion: version, maxVersion: version })).protocol, expected);
  });
}

test('TLS 1.1 is refused', { timeout }, async (t) => {
  const { gateway, ca } = await secured(t);
  await assert.rejects(handshake(gateway.port, { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }));
});

test('-t: the certificate or key that cannot be used has its own place', { timeout }, (t) => {
  const folder = tempFolder(t);
  makeAuthority(folder);
  const [one, two] = ['one', 'two'].map((name) => makeCertificate(folder, name, [`${name}.test`]));
  const errors = (first, second) => {
    const entry = (pair) => `    - certificate: ${pair.certificate}\n      private_key: ${pair.private_key}\n`;
    fs.writeFileSync(`${folder}/fastgate.yaml`, `server:\n  listen: ["127.0.0.1:0 tls"]\n  tls:\n${entry(first)}${entry(second)}`);
    const lines = run(['-t', '-c', `${folder}/fastgate.yaml`, '-p', folder]).output.split('\n');
    return lines.slice(0, -2).map((line) => line.slice(`${folder}/fastgate.yaml:`.length));
  };
  const check = (first, second) => {
    const found = errors(first, second);
    assert.equal(found.length, 1, found.join('\n'));
    return found[0];
  };
  assert.match(check(one, { ...two, certificate: 'no.pem' }), /^6:20: cannot read certificate .*no\.pem: No such file/);
  assert.match(check(one, { ...two, private_key: one.private_key }), /^7:20: private key .* does not fit/);
  fs.writeFileSync(`${folder}/text.pem`, 'no key');
  assert.match(check({ ...one, private_key: 'text.pem' }, two), /^5:20: cannot read private key .*text\.pem: .*not what PEM files hold/);
  spawnSync('openssl', ['pkey', '-aes256', '-passout', 'pass:secret', '-in', one.private_key, '-out', `${folder}/sealed.pem`]);
  assert.match(check({ ...one, private_key: 'sealed.pem' }, two), /^5:20: cannot read private key .*sealed\.pem: .*it has a pass phrase/);
  const both = errors({ ...one, certificate: 'no.pem' }, { ...two, private_key: one.private_key });
  assert.equal(both.length, 2, both.join('\n'));
  assert.match(both[0], /^4:20: cannot read certificate .*no\.pem: No such file/);
  assert.match(both[1], /^7:20: private key .* does not fit/);
});

test('ALPN agrees on http/1.1', { timeout }, async (t) => {
  const { gateway, ca } = await secured(t);
  assert.equal((await ask(gateway.port, { ca, ALPNProtocols: ['h2', 'http/1.1'] })).alpn, 'http/1.1');
});

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`a ${version} session is resumed`, { timeout }, async (t) => {
    const { gateway, ca } = await secured(t);
    const options = { ca, minVersion: version, maxVersion: version };
    const first = await handshake(gateway.port, options);
    // TLS 1.3 hands its tickets out after the handshake.
    const session = version === 'TLSv1.2' ? first.getSession() : new Promise((resolve) => first.once('session', resolve));
    first.write(get('/', { Connection: 'close' }));
    first.resume();
    const facts = await ask(gateway.port, { ...options, session: await session });
    assert.equal(facts.reused, true);
    assert.equal(facts.status, 200);
    first.destroy();
    assert.match(await gateway.accessLine(0), new RegExp(`^${version} one\\.test \\. [A-Z0-9_-]+$`));
    assert.match(await gateway.accessLine(1), new RegExp(`^${version} one\\.test r [A-Z0-9_-]+$`));
  });
}

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`a ${version} session is resumed across reloads`, { timeout }, async (t) => {
    const { gateway, ca } = await secured(t);
    const options = { ca, minVersion: version, maxVersion: version };
    const first = await handshake(gateway.port, options);
    const session = version === 'TLSv1.2' ? first.getSession() : new Promise((resolve) => first.once('session', resolve));
    first.write(get('/', { Connection: 'close' }));
    first.resume();
    const ticket = await session;
    first.destroy();
    for (let round = 0; round < 3; round++) {
      assert.match(await gateway.reload(), /configuration reloaded/);
      const facts = await ask(gateway.port, { ...options, session: ticket });
      assert.deepEqual([facts.reused, facts.status], [true, 200], `reload ${round}`);
    }
  });
}

test('openssl s_client is served', { timeout }, async (t) => {
  const { gateway, caFile } = await secured(t);
  const child = spawn('openssl', ['s_client', '-quiet', '-connect', `127.0.0.1:${gateway.port}`, '-servername', 'two.test',
    '-CAfile', caFile, '-verify_return_error', '-verify_hostname', 'two.test']);
  child.stdin.write('GET / HTTP/1.1\r\nHost: two.test\r\nConnection: close\r\n\r\n');
  let output = '';
  for await (const text of child.stdout) output += text;   // ends with the connection
  child.kill();
  assert.match(output, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nok$/);
});

test('a renewed certificate is in force after HUP; the old connection goes on', { timeout }, async (t) => {
  const { gateway, folder, ca } = await secured(t, [['one', ['one.test']]]);
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca, servername: 'one.test' });
  t.after(() => agent.destroy());
  const serial = () => new Promise((resolve, reject) => {
    https.get({ port: gateway.port, host: '127.0.0.1', agent }, (answer) => {
      const { serialNumber } = answer.socket.getPeerCertificate();
      answer.resume().on('end', () => resolve(serialNumber));
    }).on('error', reject);
  });
  const before = await serial();
  makeCertificate(folder, 'one', ['one.test']);
  assert.match(await gateway.reload(), /configuration reloaded/);
  assert.equal(await serial(), before);
  const socket = await handshake(gateway.port, { ca });
  assert.notEqual(socket.getPeerCertificate().serialNumber, before);
  socket.destroy();
});

test('a certificate that cannot be read rejects the reload', { timeout }, async (t) => {
  const { gateway, folder, ca } = await secured(t, [['one', ['one.test']]]);
  fs.writeFileSync(`${folder}/one.pem`, 'no certificate');
  assert.match(await gateway.reload(), /configuration rejected/);
  assert.equal((await ask(gateway.port, { ca })).status, 200);
});

test('plain HTTP on a TLS listener is told so in clear, and its connection ends', { timeout }, async (t) => {
  const { gateway, upstream, ca } = await secured(t);
  for (const text of [get('/'), request('POST', '/', {}, 'x'.repeat(200_000))]) {
    const client = await connect(t, gateway.port);
    const answer = await client.request(text);
    assert.equal(answer.status, 400);
    assert.equal(answer.header('connection'), 'close');
    const { detail, error, request_id } = JSON.parse(answer.text);
    assert.equal(detail, 'the plain HTTP request was sent to an HTTPS port');
    assert.equal(error.message, detail);
    assert.equal(request_id, answer.header('x-request-id'));
    client.end();
    assert.equal(await client.closed(), 'end');
  }
  assert.equal(upstream.requests.length, 0);
  assert.equal((await ask(gateway.port, { ca })).status, 200);
  await eventually(() => gateway.accessLog().length > 0, 'the line of the request by TLS');
  assert.equal(gateway.accessLog().length, 1);
});

test('plain HTTP on a TLS listener, and noise, end the connection and nothing else', { timeout }, async (t) => {
  const { gateway, ca } = await secured(t);
  for (const bytes of ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', '\x16\x03\x01\xff\xff\x01', '\0'.repeat(600)]) {
    await new Promise((resolve) => {
      const socket = net.connect(gateway.port, '127.0.0.1', () => socket.end(bytes, 'latin1'));
      socket.on('error', () => {}).on('close', resolve).resume();
    });
  }
  assert.equal((await ask(gateway.port, { ca })).status, 200);
});

test('a handshake that stops is closed after client_header_timeout', { timeout }, async (t) => {
  const folder = tempFolder(t);
  makeAuthority(folder);
  const gateway = await gatewayTo(t, await startUpstream(t), {
    server: { listen: ['127.0.0.1:0 tls'], tls: makeCertificate(folder, 'one', ['one.test']), client_header_timeout: '300ms' },
  });
  await new Promise((resolve) => {
    const socket = net.connect(gateway.port, '127.0.0.1', () => socket.write('\x16\x03\x01', 'latin1'));
    socket.on('error', () => {}).on('close', resolve).resume();
  });
});

test('4 MiB over TLS, both ways', { timeout }, async (t) => {
  const { gateway, ca } = await secured(t, undefined, answering((asked, connection) => connection.write(Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${asked.body.length}\r\n\r\n`), asked.body]))));
  const body = Buffer.alloc(4 << 20, 'abcdefg');
  const back = await new Promise((resolve, reject) => {
    const asked = https.request({ port: gateway.port, host: '127.0.0.1', servername: 'one.test', ca, method: 'POST' }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece)).on('end', () => resolve(Buffer.concat(pieces))).on('error', reject);
    }).on('error', reject);
    asked.end(body);
  });
  assert.ok(back.equals(body));
});

test('beyond max_connections, clients that never shake hands wait for nothing', { timeout }, async (t) => {
  const folder = tempFolder(t);
  makeAuthority(folder);
  const gateway = await gatewayTo(t, await startUpstream(t), {
    server: { listen: ['127.0.0.1:0 tls'], tls: makeCertificate(folder, 'one', ['one.test']), max_connections: 1 },
  });
  // One is served, and so many may wait for their refusal (kLingeringBeyond of server/worker.cpp).
  const waiting = 1 + 1024;
  const sockets = [];
  t.after(() => { for (const socket of sockets) socket.destroy(); });
  let ended = 0;
  for (let number = 0; number < waiting + 100; number++) {
    const socket = net.connect({ port: gateway.port, host: '127.0.0.1' });
    sockets.push(socket.resume().on('error', () => {}).on('close', () => { ended += 1; }));
    await new Promise((resolve) => socket.once('connect', resolve));
  }
  // Long before the time that those within the number are given.
  await eventually(() => ended >= 100, 'the end of those for whom there is no room', 4_000);
});
