// A port that nobody listens on, for whoever has to be told of one. From below those that the system hands out by itself,
// or a connection of another test may have it before it is used.
import fs from 'node:fs';
import net from 'node:net';

export async function freePort() {
  const first = Number(fs.readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)[0]);
  for (let tries = 0; tries < 100; ++tries) {
    const port = first - 1 - Math.floor(Math.random() * Math.min(10_000, first - 1025));
    const server = net.createServer();
    const listens = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!listens) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error('no port is free');
}
