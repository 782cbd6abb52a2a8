import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';

import { Attachments } from '../src/attachments.js';

const LIMITS = { max_bytes: 1000, per_message: 2, endings: ['.png'] };
const file = (name, size = 3) => new File([new Uint8Array(size)], name, { type: 'image/png' });

let server;
let asked;
let answer;
let session;
let attachments;

beforeEach(async () => {
  asked = [];
  session = 'token';
  answer = ({ name }) => [201, { id: `id-${name}`, name, size: 3, type: 'image/png', url: '/x' }];
  server = createServer((request, response) => {
    const name = decodeURIComponent(request.headers['x-file-name'] ?? '');
    asked.push(`${request.method} ${request.url} ${request.headers.authorization} ${name}`);
    request.resume().on('end', () => {
      const [status, body] = request.method === 'DELETE' ? [204] : answer({ name });
      response.writeHead(status).end(body && JSON.stringify(body));
    });
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  attachments = new Attachments({
    origin: `http://127.0.0.1:${server.address().port}`,
    session: () => session,
    language: () => 'sv',
  });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function settled() {
  while (attachments.busy) {
    await new Promise((changed) =>
      attachments.addEventListener('change', changed, { once: true }),
    );
  }
  return attachments.items.map(({ state, error }) => error ?? state);
}

test('nothing is taken where the server takes nothing', () => {
  attachments.add([file('a.png')]);
  attachments.allow(null);
  attachments.add([file('a.png')]);
  assert.deepEqual(attachments.items, []);
});

test('a file goes to the server at once and is taken with the message', async () => {
  attachments.allow(LIMITS);
  attachments.add([file('mugg å.png')]);
  assert.equal(attachments.busy, true);
  assert.deepEqual(await settled(), ['ready']);
  assert.deepEqual(asked, ['POST /attachments/v1?lang=sv Bearer token mugg å.png']);
  assert.deepEqual(attachments.take(), [
    { id: 'id-mugg å.png', name: 'mugg å.png', size: 3, type: 'image/png', url: '/x' },
  ]);
  assert.deepEqual(attachments.items, []);
});

test('it waits for the session', async () => {
  session = null;
  attachments.allow(LIMITS);
  attachments.add([file('a.png')]);
  assert.deepEqual(asked, []);
  assert.equal(attachments.busy, true);
  session = 'later';
  attachments.allow(LIMITS);
  assert.deepEqual(await settled(), ['ready']);
  assert.match(asked[0], /Bearer later/);
});

test('what is too large or too much never leaves the browser', async () => {
  attachments.allow(LIMITS);
  attachments.add([file('large.png', 1001), file('a.png'), file('b.png'), file('c.png')]);
  assert.deepEqual(await settled(), ['large', 'ready', 'ready', 'many']);
  assert.equal(asked.length, 2);
});

test('a refusal is shown in the words of the server', async () => {
  attachments.allow(LIMITS);
  answer = () => [415, { error: 'attachment_type', message: 'Den filtypen kan jag inte ta emot.' }];
  attachments.add([file('a.exe')]);
  assert.deepEqual(await settled(), ['Den filtypen kan jag inte ta emot.']);
  assert.equal(attachments.ready, false);
});

test('a server that is not there, or speaks otherwise, is a failure', async () => {
  attachments.allow(LIMITS);
  answer = () => [502, 'proxy'];
  attachments.add([file('a.png')]);
  assert.deepEqual(await settled(), ['failed']);
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  attachments.add([file('b.png')]);
  assert.deepEqual(await settled(), ['failed', 'failed']);
});

test('what is taken away is taken back', async () => {
  attachments.allow(LIMITS);
  attachments.add([file('a.png')]);
  await settled();
  attachments.remove(attachments.items[0].key);
  assert.deepEqual(attachments.items, []);
  while (asked.length < 2) await new Promise((soon) => setTimeout(soon, 5));
  assert.match(asked[1], /^DELETE \/attachments\/v1\/id-a.png/);
});

test('another conversation gets the files anew', async () => {
  attachments.allow(LIMITS);
  attachments.add([file('a.png')]);
  await settled();
  session = 'another';
  attachments.restart();
  assert.deepEqual(await settled(), ['ready']);
  assert.match(asked[1], /Bearer another/);
});

test('a long name with half a character is sent all the same', async () => {
  attachments.allow(LIMITS);
  attachments.add([file(`\ud83d${'å'.repeat(300)}.png`)]);
  assert.deepEqual(await settled(), ['ready']);
});
