// Steady traffic for tests that do something to the gateway meanwhile: connections that ask again and again,
// and streams that run until told. What fails is collected, not thrown.
import { connect, get } from './raw_client.mjs';

const event = (number) => {
  const text = `data: ${number}\n\n`;
  return `${text.length.toString(16)}\r\n${text}\r\n`;
};

// A script for startUpstream: `/stream` sends numbered events every 20 ms until `streams.finish()`, any other
// path is answered at once.
export function loadUpstream() {
  const streams = { finished: false, finish() { this.finished = true; } };
  const script = async (connection) => {
    for (;;) {
      const asked = await connection.request();
      if (asked.target !== '/stream') {
        await connection.answer(asked.target);
        continue;
      }
      await connection.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let number = 0; !streams.finished && !connection.source.ending; number++) {
        await connection.write(event(number));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await connection.write('0\r\n\r\n');
    }
  };
  return { script, streams };
}

export class Load {
  constructor(t, port) {
    this.t = t;
    this.port = port;
    this.failures = [];
    this.targets = [];   // of all requests that were answered, without streams
    this.events = 0;
    this.stopping = false;
    this.running = [];
  }

  get answered() {
    return this.targets.length;
  }

  // `count` connections that ask one thing after the other. A connection that the gateway closes between two
  // requests, after saying so, is opened again.
  requests(count) {
    for (let number = 0; number < count; number++) this.start(() => this.askOn(number));
  }

  streams(count) {
    for (let number = 0; number < count; number++) this.start(() => this.stream());
  }

  start(run) {
    this.running.push(run().catch((error) => this.failures.push(error)));
  }

  async askOn(number) {
    let client = null;
    for (let round = 0; !this.stopping; round++) {
      client ??= await connect(this.t, this.port);
      const target = `/${number}/${round}`;
      const answer = await client.request(get(target));
      if (answer.status !== 200 || answer.text !== target) throw new Error(`${target}: ${answer.status} ${answer.text}`);
      this.targets.push(target);
      if (/close/i.test(answer.header('connection') ?? '')) {
        client.destroy();
        client = null;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    client?.destroy();
  }

  async stream() {
    const client = await connect(this.t, this.port);
    await client.write(get('/stream'));
    const answer = await client.head();
    let text = '';
    for await (const piece of client.pieces(answer)) {
      text += piece;
      this.events++;
    }
    const numbers = [...text.matchAll(/data: (\d+)\n\n/g)].map(([, number]) => Number(number));
    if (numbers.some((number, index) => number !== index)) throw new Error('a stream lost events');
    client.destroy();
  }

  // Ends the asking; streams end when their upstream does. Resolves when all is done.
  async finish() {
    this.stopping = true;
    await Promise.all(this.running);
  }
}
