// Certificates of clients (`server.client_tls`): who gets in, who does not, and what is said of them.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import test from 'node:test';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { makeAuthority, makeCertificate } from './support/certificates.mjs';
import { eventually, gatewayTo, run, sanitized, tempFolder } from './support/gateway.mjs';
import { ByteSource, readBody, readResponseHead } from './support/http1.mjs';
import { movableClock } from './support/moved_clock.mjs';
import { get } from './support/raw_client.mjs';
import { startUpstream } from './support/upstream.mjs';

const timeout = 20_000;
const versions = ['TLSv1.2', 'TLSv1.3'];
const format = '$ssl_session_reused $ssl_client_verify "$ssl_client_s_dn" "$ssl_client_i_dn" $ssl_client_serial $ssl_client_fingerprint';

const pairOf = (made) => ({ cert: fs.readFileSync(made.certificate), key: fs.readFileSync(made.private_key) });

// Two authorities of clients, `clients` and `others`, beside the one of the gateway's own certificates.
async function guarded(t, client_tls = {}, more = {}, options = {}) {
  const folder = tempFolder(t);
  const ca = fs.readFileSync(makeAuthority(folder));
  for (const name of ['clients', 'others']) makeAuthority(folder, name);
  const certificates = ['one', 'two'].map((name) => makeCertificate(folder, name, [`${name}.test`]));
  const issue = (name, authority = 'clients', days = 30) => pairOf(makeCertificate(folder, name, [`${name}.client`], authority, days));
  const upstream = await startUpstream(t);
  const gateway = await gatewayTo(t, upstream, {
    server: { listen: ['127.0.0.1:0 tls', '127.0.0.1:0'], tls: certificates, client_tls: { ca: `${folder}/clients.pem`, ...client_tls } },
    logging: { level: 'debug', access_format: format }, ...more,
  }, options);
  return { folder, ca, issue, upstream, gateway };
}

// One request; what came of it, and the session for another.
function ask(port, options) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'one.test', ...options }, async () => {
      try {
        let session = socket.getProtocol() === 'TLSv1.2' ? socket.getSession() : undefined;
        socket.on('session', (fresh) => { session = fresh; });
        const source = new ByteSource(socket);
        socket.write(get('/', options.fields));
        const { status } = await readBody(source, await readResponseHead(source));
        resolve({ status, reused: socket.isSessionReused(), session });
      } catch (error) {
        reject(failed ?? error);
      } finally {
        socket.destroy();
      }
    });
    let failed;
    socket.on('error', (error) => { failed = error; reject(error); });
  });
}

// A handshake that fails for what the alert says.
async function refused(port, options, alert) {
  await assert.rejects(ask(port, options), (error) => {
    assert.match(String(error.code ?? error), alert);
    return true;
  });
}

const sign = (folder, ...args) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });

// What `openssl ca` needs to act for an authority.
function bookOf(folder, authority) {
  fs.writeFileSync(`${folder}/ca.cnf`, ['[ca]', 'default_ca=one', '[one]', 'database=index.txt', 'serial=serial', 'crlnumber=serial', 'new_certs_dir=.',
    'default_md=sha256', 'default_crl_days=30', 'policy=any', '[any]', 'commonName=supplied', ''].join('\n'));
  if (!fs.existsSync(`${folder}/index.txt`)) fs.writeFileSync(`${folder}/index.txt`, '');
  if (!fs.existsSync(`${folder}/serial`)) fs.writeFileSync(`${folder}/serial`, '01\n');
  return ['ca', '-batch', '-config', 'ca.cnf', '-cert', `${authority}.pem`, '-keyfile', `${authority}.key`];
}

// The revocation list of the authority, with the certificates of these names in it.
function revoke(folder, authority, names) {
  const from = bookOf(folder, authority);
  for (const name of names) sign(folder, ...from, '-revoke', `${name}.pem`);
  sign(folder, ...from, '-gencrl', '-out', 'crl.pem');
  return `${folder}/crl.pem`;
}

for (const version of versions) {
  const only = { minVersion: version, maxVersion: version };

  test(`${version}, required: a certificate of the authority gets in, no other and none`, { timeout }, async (t) => {
    const { gateway, upstream, ca, issue } = await guarded(t);
    const options = { ca, ...only };
    assert.equal((await ask(gateway.port, { ...options, ...issue('alice') })).status, 200);
    const none = version === 'TLSv1.2' ? /HANDSHAKE_FAILURE/ : /CERTIFICATE_REQUIRED/;
    await refused(gateway.port, options, none);
    // Whatever host it names, and whatever certificate the gateway shows.
    await refused(gateway.port, { ...options, servername: 'two.test', checkServerIdentity: () => undefined }, none);
    await refused(gateway.port, { ...options, servername: 'no.test', checkServerIdentity: () => undefined }, none);
    await refused(gateway.port, { ...options, ...issue('mallory', 'others') }, /UNKNOWN_CA/);
    await refused(gateway.port, { ...options, ...issue('late', 'clients', -1) }, /CERTIFICATE_EXPIRED/);
    assert.equal(upstream.requests.length, 1);
    for (const reason of ['peer did not return a certificate', 'unable to get local issuer certificate', 'certificate has expired']) {
      assert.match(await gateway.logLine(reason), /client's TLS handshake failed: .* ip_address=127\.0\.0\.1/);
    }
    assert.equal((await fetch(`http://127.0.0.1:${gateway.ports[1]}/`)).status, 200);
  });

  test(`${version}, optional: none gets in too, one that is not valid does not`, { timeout }, async (t) => {
    const { gateway, ca, issue } = await guarded(t, { verify: 'optional' });
    const options = { ca, ...only };
    assert.equal((await ask(gateway.port, options)).status, 200);
    assert.equal((await ask(gateway.port, { ...options, ...issue('alice') })).status, 200);
    await refused(gateway.port, { ...options, ...issue('mallory', 'others') }, /UNKNOWN_CA/);
    assert.equal(await gateway.accessLine(0), '. NONE "-" "-" - -');
    assert.match(await gateway.accessLine(1), /^\. SUCCESS "CN=alice\.client" /);
  });

  test(`${version}: a revoked certificate does not get in, nor by a session from before`, { timeout }, async (t) => {
    const folder = tempFolder(t);
    makeAuthority(folder, 'clients');
    const alice = pairOf(makeCertificate(folder, 'alice', ['alice.client'], 'clients'));
    const bob = pairOf(makeCertificate(folder, 'bob', ['bob.client'], 'clients'));
    const crl = revoke(folder, 'clients', []);
    const { gateway, ca } = await guarded(t, { ca: `${folder}/clients.pem`, crl });
    const options = { ca, ...only };
    const { session } = await ask(gateway.port, { ...options, ...alice });
    assert.equal((await ask(gateway.port, { ...options, ...alice, session })).reused, true);
    revoke(folder, 'clients', ['alice']);
    assert.match(await gateway.reload(), /configuration reloaded/);
    await refused(gateway.port, { ...options, ...alice, session }, /CERTIFICATE_REVOKED/);
    await refused(gateway.port, { ...options, ...alice }, /CERTIFICATE_REVOKED/);
    assert.equal((await ask(gateway.port, { ...options, ...bob })).status, 200);
  });

  test(`${version}: sessions outlast a reload, and not another authority`, { timeout }, async (t) => {
    const { gateway, folder, ca, issue } = await guarded(t);
    const options = { ca, ...only, ...issue('alice') };
    let { session } = await ask(gateway.port, options);
    assert.match(await gateway.reload(), /configuration reloaded/);
    const again = await ask(gateway.port, { ...options, session });
    assert.deepEqual([again.status, again.reused], [200, true]);
    assert.match(await gateway.accessLine(1), /^r SUCCESS "CN=alice\.client" /);
    session = again.session ?? session;
    fs.copyFileSync(`${folder}/others.pem`, `${folder}/clients.pem`);
    assert.match(await gateway.reload(), /configuration reloaded/);
    await refused(gateway.port, { ...options, session }, /UNKNOWN_CA/);
    // A session without its certificate is none either.
    await refused(gateway.port, { ca, ...only, session }, version === 'TLSv1.2' ? /HANDSHAKE_FAILURE/ : /CERTIFICATE_REQUIRED/);
    const bob = await ask(gateway.port, { ca, ...only, ...issue('bob', 'others'), session });
    assert.deepEqual([bob.status, bob.reused], [200, false]);
  });

  test(`${version}: a session that began without a certificate ends where one is required`, { timeout }, async (t) => {
    const { gateway, ca } = await guarded(t, { verify: 'optional' });
    const options = { ca, ...only };
    const { session } = await ask(gateway.port, options);
    assert.equal((await ask(gateway.port, { ...options, session })).reused, true);
    assert.match(await gateway.reload(gateway.read('fastgate.yaml').replace('"optional"', '"required"')), /configuration reloaded/);
    await refused(gateway.port, { ...options, session }, version === 'TLSv1.2' ? /HANDSHAKE_FAILURE/ : /CERTIFICATE_REQUIRED/);
  });
}

test('a session ends with its certificate', { timeout }, async (t) => {
  const { gateway, folder, ca, issue } = await guarded(t);
  issue('alice');
  const stamp = (time) => `${new Date(time).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  sign(folder, ...bookOf(folder, 'clients'), '-in', 'alice.csr', '-out', 'alice.pem', '-notext', '-startdate', '20200101000000Z', '-enddate', stamp(Date.now() + 4_000));
  const options = { ca, cert: fs.readFileSync(`${folder}/alice.pem`), key: fs.readFileSync(`${folder}/alice.key`) };
  let { session } = await ask(gateway.port, options);
  const end = await eventually(async () => {
    try {
      const again = await ask(gateway.port, { ...options, session });
      assert.equal(again.reused, true);
      session = again.session ?? session;
      return false;
    } catch (error) {
      return error.code;
    }
  }, 'the end of the session');
  assert.match(end, /CERTIFICATE_EXPIRED/);
});

test('two hours after its certificate was verified a session ends, however new its ticket', { timeout, skip: sanitized }, async (t) => {
  const clock = movableClock(t);
  const { gateway, ca, issue } = await guarded(t, {}, {}, { env: clock.env });
  const options = { ca, ...issue('alice'), minVersion: 'TLSv1.3' };
  let { session } = await ask(gateway.port, options);
  for (const [minutes, wanted] of [[60, true], [118, true], [121, false], [180, true], [242, false]]) {
    clock.set(minutes * 60);
    const again = await ask(gateway.port, { ...options, session });
    assert.deepEqual([again.status, again.reused], [200, wanted], `after ${minutes} minutes`);
    session = again.session;
  }
});

test('depth counts the authorities between', { timeout }, async (t) => {
  for (const [depth, gets] of [[0, false], [1, true]]) {
    const { gateway, folder, ca, issue } = await guarded(t, { depth });
    makeCertificate(folder, 'middle', ['middle'], 'clients');
    fs.writeFileSync(`${folder}/middle.ext`, 'basicConstraints=CA:TRUE\n');
    sign(folder, 'x509', '-req', '-in', 'middle.csr', '-CA', 'clients.pem', '-CAkey', 'clients.key', '-CAcreateserial', '-out', 'middle.pem', '-extfile', 'middle.ext');
    const leaf = issue('leaf', 'middle');
    const options = { ca, key: leaf.key, cert: Buffer.concat([leaf.cert, fs.readFileSync(`${folder}/middle.pem`)]) };
    if (gets) assert.equal((await ask(gateway.port, options)).status, 200);
    else await refused(gateway.port, options, /UNKNOWN_CA|ERR_SSL/);
  }
});

test('the access log names the certificate as openssl does', { timeout }, async (t) => {
  const { gateway, folder, ca, issue } = await guarded(t);
  await ask(gateway.port, { ca, ...issue('alice') });
  const told = (...args) => String(execFileSync('openssl', ['x509', '-in', 'alice.pem', '-noout', ...args], { cwd: folder })).trim().split('=')[1];
  const fingerprint = told('-fingerprint', '-sha1').replaceAll(':', '').toLowerCase();
  assert.equal(await gateway.accessLine(0), `. SUCCESS "CN=alice.client" "CN=test clients" ${told('-serial')} ${fingerprint}`);
  await fetch(`http://127.0.0.1:${gateway.ports[1]}/`);
  assert.equal(await gateway.accessLine(1), '- - "-" "-" - -');
});

test('the upstream is told of the certificate, and believes no client who says it himself', { timeout }, async (t) => {
  const { gateway, upstream, ca, issue } = await guarded(t, { verify: 'optional' }, {
    route: { add_headers: { 'X-Subject': '{client_certificate_subject}', 'X-Verify': '{client_certificate_verify}' } } });
  const fields = { 'X-Subject': 'CN=admin', 'x-verify': 'SUCCESS' };
  await ask(gateway.port, { ca, fields, ...issue('alice') });
  await ask(gateway.port, { ca, fields });
  await fetch(`http://127.0.0.1:${gateway.ports[1]}/`, { headers: fields });
  const told = upstream.requests.map((asked) => [...asked.headers('x-subject'), ...asked.headers('x-verify')]);
  assert.deepEqual(told, [['CN=alice.client', 'SUCCESS'], ['', 'NONE'], ['', '']]);
});

test('curl gets in with its certificate', { timeout }, async (t) => {
  const { gateway, folder, issue } = await guarded(t);
  issue('alice');
  const curl = (...args) => promisify(execFile)('curl', ['-sS', '--cacert', `${folder}/ca.pem`, '--noproxy', '*',
    '--resolve', `one.test:${gateway.port}:127.0.0.1`, ...args, `https://one.test:${gateway.port}/`]);
  assert.equal((await curl('--cert', `${folder}/alice.pem`, '--key', `${folder}/alice.key`)).stdout, 'ok');
  await assert.rejects(curl(), /certificate required/);
});

test('-t: a file of `client_tls` that cannot be used has its own place; a reload changes nothing', { timeout }, async (t) => {
  const { gateway, folder, ca, issue } = await guarded(t);
  const alice = issue('alice');
  fs.writeFileSync(`${folder}/text.pem`, 'no certificate');
  const errors = (...lines) => {
    const file = `${folder}/fastgate.yaml`;
    fs.writeFileSync(file, ['server:', '  listen: ["127.0.0.1:0 tls"]', '  tls: {certificate: one.pem, private_key: one.key}', '  client_tls:', ...lines.map((line) => `    ${line}`)].join('\n'));
    return run(['-t', '-c', file, '-p', folder]).output.split('\n').slice(0, -2).map((line) => line.slice(`${file}:`.length));
  };
  assert.match(errors('ca: no.pem').join('\n'), /^5:9: cannot read certificate authorities .*no\.pem: No such file or directory$/);
  assert.match(errors('ca: text.pem').join('\n'), /^5:9: cannot read certificate authorities .*text\.pem: .*/);
  assert.match(errors('ca: clients.pem', 'crl: clients.pem').join('\n'), /^6:10: cannot read certificate revocation list .*clients\.pem: .*/);
  assert.match(errors('ca: clients.pem', 'crl: no.pem').join('\n'), /^6:10: cannot read certificate revocation list .*no\.pem: No such file or directory$/);
  fs.writeFileSync(`${folder}/clients.pem`, 'no certificate');
  assert.match(await gateway.reload(), /configuration rejected/);
  assert.equal((await ask(gateway.port, { ca, ...alice })).status, 200);
  await refused(gateway.port, { ca }, /CERTIFICATE_REQUIRED/);
});
