// What stands behind the gateway in a soak: a server whose answers follow the path's kind, and one that is a process
// of its own and is stopped again and again.
import http from 'node:http';
import { startBackend } from './backend.mjs';
import { cleanup } from './cleanup.mjs';
import { pause, random } from './soak_tools.mjs';

async function sendEvents(answer, count) {
  answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
  for (let number = 0; number < count && !answer.destroyed; number++) {
    answer.write(`data: ${number}\n\n`);
    await pause(5);
  }
  answer.end('data: [DONE]\n\n');
}

const kinds = {
  // Never answered: `waiting` tells that the request is here.
  abort(asked, answer, waiting) { waiting.get(asked.url)?.(); },
  stream(asked, answer) { return sendEvents(answer, 10); },
  cut(asked, answer) { return sendEvents(answer, 400); },
  // Half an answer, chunked or of known length, and a reset.
  broken(asked, answer) {
    answer.writeHead(200, random(2) ? { 'Content-Length': 1000 } : {});
    answer.write('x'.repeat(1 + random(900)), () => asked.socket.resetAndDestroy());
  },
};

// `resets`: the part of the requests that are answered by a reset.
export async function startServer(t, { resets = 0 } = {}) {
  const waiting = new Map();
  const server = http.createServer((asked, answer) => {
    if (resets && Math.random() < resets) return asked.socket.resetAndDestroy();
    asked.on('error', () => {});
    let size = 0;
    asked.on('data', (bytes) => { size += bytes.length; });
    asked.on('end', () => {
      const kind = /^\/([a-z]+)\./.exec(asked.url)?.[1];
      if (kinds[kind]) return kinds[kind](asked, answer, waiting);
      answer.end(`${asked.method} ${asked.url} ${size}`);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup(t, () => { server.closeAllConnections(); server.close(); });
  return { host: `127.0.0.1:${server.address().port}`, waiting };
}

// A server that is stopped for a second, again and again, while `goesOn()`.
export async function startStopped(t, goesOn) {
  const backend = await startBackend(t, 'stopped');
  const run = async () => {
    while (goesOn()) {
      await pause(4_000);
      backend.child.kill('SIGSTOP');
      await pause(1_000);
      backend.child.kill('SIGCONT');
      backend.taken.length = 0;
    }
  };
  return { host: backend.host, run };
}
