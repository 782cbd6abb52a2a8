import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Suggestions, topic } from '../src/suggestions.js';

const ORIGIN = 'https://chat.example';
const article = (name, fields = {}) => ({
  id: `markdown:en/${name}`,
  title: name,
  url: `https://shop.example/help/en/${name}`,
  lang: 'en',
  ...fields,
});

let requests; // what the server was asked; each waits for its `answer` or `fail`
let suggestions;
let shown; // the titles after each change
let debug;

/** Lets what has been answered come in. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const write = (text, language = 'en') => suggestions.ask(text, language);
const pause = (milliseconds = 250) => mock.timers.tick(milliseconds);
const asked = () => requests.map(({ query }) => query);

async function answer(request, body, status = 200) {
  request.answer({ ok: status === 200, status, json: async () => body });
  await settle();
}

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  requests = [];
  mock.method(globalThis, 'fetch', (address, { signal, credentials }) => {
    const url = new URL(address);
    const request = { url, query: url.searchParams.get('q'), signal, credentials };
    requests.push(request);
    return new Promise((resolve, reject) => {
      Object.assign(request, { answer: resolve, fail: reject });
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  });
  debug = mock.method(console, 'debug', () => {});
  suggestions = new Suggestions(ORIGIN);
  shown = [];
  suggestions.addEventListener('change', () =>
    shown.push(suggestions.articles.map(({ title }) => title)),
  );
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

test('the server is asked once, a moment after the last keystroke', () => {
  for (const text of ['ret', 'retu', 'retur']) {
    write(text, 'sv');
    pause(249);
  }
  assert.deepEqual(asked(), []);
  pause(1);
  assert.deepEqual(asked(), ['retur']);
  assert.equal(requests[0].url.origin + requests[0].url.pathname, `${ORIGIN}/kb/v1/suggest`);
  assert.equal(requests[0].url.searchParams.get('lang'), 'sv');
  assert.equal(requests[0].credentials, 'omit');
});

test('less than three characters ask for nothing and take the list away', async () => {
  write('  re ');
  pause();
  assert.deepEqual(asked(), []);
  write('ret');
  pause();
  await answer(requests[0], [article('returns')]);
  write('re');
  assert.deepEqual(shown, [['returns'], []]);
});

test('the list stays while the next one is on its way', async () => {
  write('ret');
  pause();
  await answer(requests[0], [article('returns')]);
  write('return');
  pause();
  assert.deepEqual(shown, [['returns']]);
  await answer(requests[1], [article('returns')]);
  assert.deepEqual(shown, [['returns']], 'the same list is no change');
  write('return cost');
  pause();
  await answer(requests[2], [article('costs')]);
  assert.deepEqual(shown.at(-1), ['costs']);
});

test('an outdated request is aborted, and its answer is not shown', async () => {
  write('return');
  pause();
  write('refund');
  assert.equal(requests[0].signal.aborted, true);
  pause();
  await answer(requests[1], [article('refund')]);
  await answer(requests[0], [article('returns')]);
  assert.deepEqual(shown, [['refund']]);
  assert.equal(debug.mock.callCount(), 0);
});

test('spaces more or less are nothing new, another language is', () => {
  write('return');
  pause();
  write(' return  ');
  pause();
  assert.equal(requests.length, 1);
  assert.equal(requests[0].signal.aborted, false);
  write('return', 'da');
  pause();
  assert.equal(requests.length, 2);
});

test('a dismissed list comes back only for other words', async () => {
  write('return');
  pause();
  await answer(requests[0], [article('returns')]);
  suggestions.dismiss();
  write('return ');
  pause();
  assert.deepEqual(shown, [['returns'], []]);
  assert.equal(requests.length, 1);
  write('return it');
  pause();
  await answer(requests[1], [article('returns')]);
  assert.deepEqual(shown.at(-1), ['returns']);
});

test('what is dismissed while it is on its way does not appear', async () => {
  write('return');
  pause();
  suggestions.dismiss();
  await answer(requests[0], [article('returns')]);
  write('refund');
  suggestions.dismiss();
  pause();
  assert.deepEqual(shown, []);
  assert.equal(requests.length, 1);
});

for (const [name, body, status] of [
  ['an error', [], 500],
  ['too many requests', { error: 'refused' }, 429],
  ['no list', { articles: [] }, 200],
  ['a list of nothing', [null], 200],
]) {
  test(`${name} is told to developers only, and leaves no old list`, async () => {
    write('return');
    pause();
    await answer(requests[0], [article('returns')]);
    write('refund');
    pause();
    await answer(requests[1], body, status);
    assert.deepEqual(shown, [['returns'], []]);
    assert.equal(debug.mock.callCount(), 1);
  });
}

test('a server that cannot be reached is told to developers only', async () => {
  write('return');
  pause();
  requests[0].fail(new TypeError('Failed to fetch'));
  await settle();
  assert.deepEqual(shown, []);
  assert.equal(debug.mock.callCount(), 1);
});

test('an answer is not waited for without end', async () => {
  write('return');
  pause();
  pause(5000);
  await settle();
  assert.equal(requests[0].signal.aborted, true);
  assert.equal(debug.mock.callCount(), 1);
});

test('no more than three, and only what is safe to link to', async () => {
  write('return');
  pause();
  await answer(requests[0], [
    article('script', { url: 'javascript:alert(1)' }),
    article('mail', { url: 'mailto:a@b.example' }),
    article('relative', { url: '/help/en/relative' }),
    ...['one', 'two', 'three', 'four'].map((name) => article(name)),
  ]);
  assert.deepEqual(shown, [['one', 'two', 'three']]);
});

test('an opened article is told with the words that it was offered for', async (t) => {
  const beacon = t.mock.fn(() => true);
  Object.defineProperty(globalThis, 'navigator', {
    value: { sendBeacon: beacon },
    configurable: true,
  });
  write('return 4111 1111 1111 1111');
  pause();
  await answer(requests[0], [article('returns')]);
  suggestions.opened(suggestions.articles[0]);
  const [address, body] = beacon.mock.calls[0].arguments;
  assert.equal(address, `${ORIGIN}/kb/v1/opened`);
  assert.deepEqual(JSON.parse(body), {
    article_id: 'markdown:en/returns',
    q: 'return',
    lang: 'en',
  });
  assert.deepEqual(shown.at(-1), []);
});

for (const [text, about] of [
  ['  where is\n my   order ', 'where is my order'],
  ['order NL-104823 is late', 'order is late'],
  ['my card 4111 1111 1111 1111', 'my card'],
  ['call +46 (0)70-123 45 67 please', 'call please'],
  ['19850101-1234', ''],
  ['mail anna@shop.example now', 'mail now'],
  ['see https://shop.example/a?b=c', 'see'],
  ['costs 1299 kr in size 42', 'costs 1299 kr in size 42'],
  ['🧦'.repeat(300), '🧦'.repeat(200)],
]) {
  test(`${JSON.stringify(text.slice(0, 30))} is about ${JSON.stringify(about.slice(0, 30))}`, () =>
    assert.equal(topic(text), about));
}

test('hostile text is read in reasonable time', () => {
  const start = performance.now();
  for (const unit of ['1 ', 'a@', '1-', 'http://', 'abc-1', '((((1']) topic(unit.repeat(50_000));
  assert.ok(performance.now() - start < 1000);
});
