// Runs the corpora against other proxies, for information: how many cases each fails. Called by scripts/corpus.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { readCorpus } from './corpus.mjs';
import { listen, runAnswers, runRequests, startMisbehaving, startRecorder } from './corpus_run.mjs';
import { binary, configOf, route } from './gateway.mjs';
import { mutatedCases } from './mutations.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fastgate-corpus-'));
const children = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  fs.rmSync(folder, { recursive: true, force: true });
});

const write = (name, text) => {
  fs.writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
};

const proxies = {
  fastgate: (port, upstream) => [binary, '-p', folder, '-c', write('fastgate.yaml', JSON.stringify(configOf({
    server: { listen: [`127.0.0.1:${port}`], client_header_timeout: '1500ms', client_body_timeout: '1500ms' },
    routes: [route(`127.0.0.1:${upstream}`, { timeout: '1500ms' })],
  })))],
  nginx: (port, upstream) => ['nginx', '-p', folder, '-e', 'stderr', '-c', write('nginx.conf', `
daemon off; master_process off; pid ${folder}/nginx.pid; error_log /dev/null;
events { worker_connections 4096; }
http {
  access_log off; client_header_timeout 1500ms; client_body_timeout 1500ms;
  client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream up { server 127.0.0.1:${upstream}; keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://up; proxy_http_version 1.1; proxy_read_timeout 1500ms;
      proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}`)],
  haproxy: (port, upstream) => ['haproxy', '-db', '-f', write('haproxy.cfg', `
global
  maxconn 4096
defaults
  mode http
  timeout connect 2s
  timeout client 1500ms
  timeout server 1500ms
  timeout http-request 1500ms
  timeout http-keep-alive 1500ms
  option forwardfor
frontend in
  bind 127.0.0.1:${port}
  default_backend up
backend up
  server one 127.0.0.1:${upstream}
`)],
};

async function freePort() {
  const server = await listen(() => {});
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const reach = (port) => new Promise((resolve) => {
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.on('connect', () => { socket.destroy(); resolve(true); });
  socket.on('error', () => resolve(false));
});

async function start(name, upstream) {
  const port = await freePort();
  const [program, ...args] = proxies[name](port, upstream);
  const child = spawn(program, args, { stdio: 'ignore' });
  children.push(child);
  for (let tries = 0; tries < 1000; tries++) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    if (await reach(port)) return { port, child };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${name} does not listen`);
}

// For others than FastGate a refusal that our table does not expect is no failure: only what goes wrong counts.
const isHarm = (problem) => !/^(forwarded|the connection hung|\d+ of|not whole|answered|the corpus calls)/.test(problem);

// As many cases changed by chance as FASTGATE_MUTATIONS says, or those of the corpus.
function casesOf(kind) {
  const count = Number(process.env.FASTGATE_MUTATIONS ?? 0);
  return count ? mutatedCases(kind, { seed: Number(process.env.FASTGATE_SEED ?? 1), count }) : readCorpus(kind);
}

async function run(name) {
  const show = process.env.FASTGATE_CORPUS_SHOW === 'yes';
  for (const [kind, prepare, drive] of [
    ['requests', () => startRecorder(), (port, upstream, cases) => runRequests(port, upstream, cases)],
    ['answers', (cases) => startMisbehaving(cases), (port, _, cases) => runAnswers(port, cases)],
  ]) {
    const cases = casesOf(kind);
    const upstream = await prepare(cases);
    const { port, child } = await start(name, upstream.port);
    const began = Date.now();
    const { results } = await drive(port, upstream, cases);
    const failed = results.filter(({ problems }) => problems.some((problem) => name === 'fastgate' || isHarm(problem)));
    console.log(`${name.padEnd(9)} ${kind.padEnd(9)} ${String(cases.length).padStart(4)} cases ${String(failed.length).padStart(4)} failed  ${((Date.now() - began) / 1000).toFixed(1)} s`);
    if (show) for (const { one, problems } of failed) console.log(`    ${one.place} ${one.name}: ${problems.join('; ').slice(0, 200)}`);
    child.kill('SIGKILL');
    upstream.server.close();
    upstream.server.closeAllConnections?.();
  }
}

for (const name of process.argv.slice(2)) {
  if (spawnSync('sh', ['-c', `command -v ${proxies[name]?.(0, 0)[0] ?? 'none'}`]).status !== 0) console.log(`${name.padEnd(9)} is not there`);
  else await run(name);
}
process.exit(0);
