// Answers of an upstream that are malformed or ambiguous: 502 where the head shows it, visibly broken where
// only the body does; and a connection with such an answer is never used again.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gatewayTo } from './support/gateway.mjs';
import { connect, post } from './support/raw_client.mjs';
import { startUpstream } from './support/upstream.mjs';

const timeout = 15_000;
const ok = 'HTTP/1.1 200 OK\r\n';

const heads = {
  'no answer at all': '',
  'noise': '\x00\x01\x02\xff\r\n\r\n',
  'another protocol': 'SSH-2.0-OpenSSH_9.2\r\n\r\n',
  'HTTP/0.9': '<html>hello</html>',
  'HTTP/2.0': 'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'a version of 1.7': 'HTTP/1.7 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'a lower-case version': 'http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'a status of two digits': 'HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok',
  'a status of four digits': 'HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok',
  'a status of letters': 'HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\nok',
  'a status of 099': 'HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nok',
  'a status of 600': 'HTTP/1.1 600 OK\r\nContent-Length: 2\r\n\r\nok',
  'a status with a sign': 'HTTP/1.1 +200 OK\r\nContent-Length: 2\r\n\r\nok',
  'two spaces before the status': 'HTTP/1.1  200 OK\r\nContent-Length: 2\r\n\r\nok',
  'a control character in the reason': 'HTTP/1.1 200 O\x01K\r\nContent-Length: 2\r\n\r\nok',
  'a bare CR in the reason': 'HTTP/1.1 200 O\rK\r\nContent-Length: 2\r\n\r\nok',
  'two lengths': `${ok}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!`,
  'a list of two lengths': `${ok}Content-Length: 2, 3\r\n\r\nok!`,
  'a negative length': `${ok}Content-Length: -2\r\n\r\nok`,
  'a length with a plus': `${ok}Content-Length: +2\r\n\r\nok`,
  'a length of words': `${ok}Content-Length: two\r\n\r\nok`,
  'an empty length': `${ok}Content-Length: \r\n\r\nok`,
  'a length beyond 64 bits': `${ok}Content-Length: 18446744073709551618\r\n\r\nok`,
  'both framings': `${ok}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  'chunked twice': `${ok}Transfer-Encoding: chunked, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  'chunked not last': `${ok}Transfer-Encoding: chunked, gzip\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  'an unknown coding': `${ok}Transfer-Encoding: rot13\r\n\r\nok`,
  'chunked on HTTP/1.0': 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  'white space before a colon': `${ok}X-A : b\r\nContent-Length: 2\r\n\r\nok`,
  'a field without a colon': `${ok}X-A\r\nContent-Length: 2\r\n\r\nok`,
  'a field without a name': `${ok}: b\r\nContent-Length: 2\r\n\r\nok`,
  'NUL in a value': `${ok}X-A: b\0c\r\nContent-Length: 2\r\n\r\nok`,
  'a bare CR in a value': `${ok}X-A: b\rc\r\nContent-Length: 2\r\n\r\nok`,
  'a bare LF in the head': `${ok}X-A: b\nX-B: c\r\nContent-Length: 2\r\n\r\nok`,
  'a folded field': `${ok}X-A: b\r\n c\r\nContent-Length: 2\r\n\r\nok`,
  'a head cut off': `${ok}Content-Le`,
  'a head without an end': `${ok}X-Endless: ${'x'.repeat(200_000)}`,
  '101 without being asked': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
};

const cutBodies = {
  'a chunk size that is no number': `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\nxyz\r\n`,
  'a chunk longer than its size': `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n`,
  'a chunk size ended by LF': `${ok}Transfer-Encoding: chunked\r\n\r\n2\nok\r\n0\r\n\r\n`,
  'a chunk size beyond 64 bits': `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n10000000000000002\r\nok`,
  'a malformed trailer': `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nno colon\r\n\r\n`,
  'no last chunk': `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`,
  'half a chunk': `${ok}Transfer-Encoding: chunked\r\n\r\n20\r\nok`,
  'half a body': `${ok}Content-Length: 20\r\n\r\nok`,
};

// `bytes` for an answer to a POST, which nobody may send again.
async function answeredWith(t, bytes) {
  const upstream = await startUpstream(t, async (connection) => {
    await connection.request();
    await connection.write(bytes);
    connection.end();
  });
  const gateway = await gatewayTo(t, upstream);
  const client = await connect(t, gateway.port);
  await client.write(post('/', 'x'));
  return { client, upstream, gateway };
}

for (const [name, bytes] of Object.entries(heads)) {
  test(`${name}: 502`, { timeout }, async (t) => {
    const { client, upstream } = await answeredWith(t, bytes);
    const answer = await client.response();
    assert.equal(answer.status, 502);
    assert.match(answer.json.error.message, /\w/);
    assert.equal(answer.header('x-request-id'), answer.json.request_id);
    await upstream.connections[0].closed();
    assert.equal(upstream.connections.length, 1);
  });
}

for (const [name, bytes] of Object.entries(cutBodies)) {
  test(`${name}: 502 or a visibly broken answer`, { timeout }, async (t) => {
    const { client, upstream } = await answeredWith(t, bytes);
    let outcome;
    try {
      outcome = (await client.response()).status;
    } catch (error) {
      outcome = error.constructor.name;
    }
    assert.ok([502, 'ConnectionLost'].includes(outcome), `the client took it for ${outcome}`);
    await upstream.connections[0].closed();
  });
}

const surplus = {
  'bytes behind a body of known length': `${ok}Content-Length: 2\r\n\r\nok${ok}Content-Length: 8\r\n\r\nstranger`,
  'bytes behind the last chunk': `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n${ok}Content-Length: 8\r\n\r\nstranger`,
  'a body behind 204': `HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n${ok}Content-Length: 8\r\n\r\nstranger`,
  'a body behind 304': `HTTP/1.1 304 Not Modified\r\n\r\n${ok}Content-Length: 8\r\n\r\nstranger`,
};
for (const [name, bytes] of Object.entries(surplus)) {
  test(`${name} never become another request's answer`, { timeout }, async (t) => {
    const upstream = await startUpstream(t, async (connection) => {
      const first = connection.number === 0;
      for (;;) {
        await connection.request();
        await (first ? connection.write(bytes) : connection.answer('own'));
      }
    });
    const gateway = await gatewayTo(t, upstream);
    const client = await connect(t, gateway.port);
    const answers = [await client.request(post('/', 'x')), await client.request(post('/', 'y')).catch(() => ({ status: 'closed' }))];
    assert.ok([200, 204, 304].includes(answers[0].status));
    assert.doesNotMatch(answers[0].text, /stranger/);
    assert.notEqual(answers[1].text, 'stranger');
    assert.equal(answers[1].text, 'own');
  });
}
