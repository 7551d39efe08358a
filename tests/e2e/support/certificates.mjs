// Certificates for tests, made by openssl in a folder.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const openssl = (folder, ...args) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });

// An authority: `ca.pem` and `ca.key` in `folder`.
export function makeAuthority(folder, name = 'ca') {
  fs.mkdirSync(folder, { recursive: true });
  openssl(folder, 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`,
    '-out', `${name}.pem`, '-days', '30', '-subj', `/CN=test ${name}`);
  return path.join(folder, `${name}.pem`);
}

// A certificate for `hosts`, signed by the authority of that folder: `NAME.pem` and `NAME.key`. With fewer than no
// days it ended before it began.
export function makeCertificate(folder, name, hosts, authority = 'ca', days = 30) {
  const names = hosts.map((host) => (/^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`)).join(',');
  openssl(folder, 'req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`,
    '-out', `${name}.csr`, '-subj', `/CN=${hosts[0]}`);
  fs.writeFileSync(path.join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
  openssl(folder, 'x509', '-req', '-in', `${name}.csr`, '-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial',
    '-out', `${name}.pem`, '-days', String(days), '-extfile', `${name}.ext`);
  return { certificate: path.join(folder, `${name}.pem`), private_key: path.join(folder, `${name}.key`) };
}
