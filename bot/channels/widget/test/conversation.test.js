import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Conversation } from '../src/conversation.js';
import { openStore } from '../src/store.js';

const TIME = '2026-11-21T14:03:00Z';
const bot = (id, fields = {}) => ({ id, speaker: 'bot', text: `b${id}`, time: TIME, ...fields });
const echo = (id, client_id) => ({ id, speaker: 'customer', text: 'c', time: TIME, client_id });
const mine = (id, fields = {}) => ({ id, text: id, time: TIME, ...fields });

let outbox;
let conversation;
const texts = () => conversation.items().map(({ text }) => text);
const item = (key) => conversation.items().find((found) => found.key === key);

beforeEach(() => {
  outbox = openStore(`http://${Math.random()}.example`).outbox;
  conversation = new Conversation(outbox);
});

test('messages are in the order of their ids, whatever order they came in', () => {
  conversation.add([bot(3), bot(1)]);
  conversation.add([bot(2)]);
  assert.deepEqual(texts(), ['b1', 'b2', 'b3']);
  assert.equal(conversation.lastId, 3);
});

test('a message that comes twice is there once', () => {
  conversation.add([bot(1), bot(1)]);
  conversation.add([bot(1, { text: 'mended' })]);
  assert.deepEqual(texts(), ['mended']);
});

test('what is no message is left out', () => {
  conversation.add([null, {}, { id: 'x' }, bot(1, { speaker: 'root' })]);
  assert.deepEqual(
    conversation.items().map(({ speaker }) => speaker),
    ['system'],
  );
});

test('pending messages come last and in the order they were written', () => {
  conversation.enqueue(mine('first'));
  conversation.enqueue(mine('second'));
  conversation.add([bot(9)]);
  assert.deepEqual(texts(), ['b9', 'first', 'second']);
  assert.equal(item('first').state, 'sending');
});

test('the echo of an own message takes the place of the pending one', () => {
  conversation.enqueue(mine('a'));
  conversation.add([echo(1, 'a'), bot(2)]);
  assert.deepEqual(
    conversation.items().map(({ key }) => key),
    ['a', 'id-2'],
  );
  assert.equal(item('a').state, 'sent');
  assert.deepEqual(outbox.all(), []);
});

for (const order of [
  ['acknowledge', 'echo'],
  ['echo', 'acknowledge'],
]) {
  test(`${order.join(' and then ')} leave one message`, () => {
    conversation.enqueue(mine('a'));
    for (const step of order) {
      if (step === 'echo') conversation.add([echo(7, 'a')]);
      else conversation.acknowledge('a', 7);
    }
    assert.equal(conversation.items().length, 1);
    assert.equal(item('a').id, 7);
    assert.equal(conversation.next(), null);
  });
}

test('pending messages outlive the page with their ids', () => {
  conversation.enqueue(mine('a', { payload: '/yes' }));
  conversation = new Conversation(outbox);
  assert.deepEqual(conversation.next(), mine('a', { payload: '/yes' }));
});

test('two tabs keep their pending messages side by side', () => {
  const other = new Conversation(outbox);
  conversation.enqueue(mine('a'));
  other.enqueue(mine('b'));
  conversation.acknowledge('a', 1);
  assert.deepEqual(
    outbox.all().map(({ id }) => id),
    ['b'],
  );
});

test('a refused message waits for the customer and does not hold up the next', () => {
  conversation.enqueue(mine('a'));
  conversation.enqueue(mine('b'));
  conversation.fail('a', 'Too fast');
  assert.equal(item('a').state, 'failed');
  assert.equal(item('a').error, 'Too fast');
  assert.equal(conversation.next().id, 'b');
  conversation.retry('a');
  assert.equal(conversation.next().id, 'a');
  assert.equal(item('a').state, 'sending');
});

test('a removed message is gone for good', () => {
  conversation.enqueue(mine('a'));
  conversation.fail('a', 'No');
  conversation.remove('a');
  assert.deepEqual(conversation.items(), []);
  assert.deepEqual(new Conversation(outbox).items(), []);
});

const buttons = [
  { title: 'Yes', payload: '/affirm' },
  { title: 'No', payload: '/deny' },
];

test('choosing a button closes its group and names the choice', () => {
  conversation.add([bot(1, { buttons })]);
  assert.equal(item('id-1').closed, false);
  conversation.enqueue(mine('a', { text: 'Yes', payload: '/affirm', answers: 1 }));
  assert.equal(item('id-1').closed, true);
  assert.equal(item('id-1').choice, 'Yes');
});

test("the server's choice is named by the button's title", () => {
  conversation.add([bot(1, { buttons, chosen: '/deny' }), bot(2, { buttons, chosen: 'Yes' })]);
  assert.equal(item('id-1').choice, 'No');
  assert.equal(item('id-2').choice, 'Yes');
});

test('an answer in own words closes the buttons before it, not those after it', () => {
  conversation.add([bot(1, { buttons }), echo(2, 'x'), bot(3, { buttons })]);
  assert.equal(item('id-1').closed, true);
  assert.equal(item('id-1').choice, null);
  assert.equal(item('id-3').closed, false);
});

test('a refused choice can be made again', () => {
  conversation.add([bot(1, { buttons })]);
  conversation.enqueue(mine('a', { text: 'Yes', payload: '/affirm', answers: 1 }));
  conversation.fail('a', 'No');
  conversation.remove('a');
  assert.equal(item('id-1').closed, false);
});

test('another conversation takes the place of the old one and keeps what is pending', () => {
  conversation.add([bot(5)]);
  conversation.enqueue(mine('a'));
  conversation.replace([bot(2)]);
  assert.deepEqual(texts(), ['b2', 'a']);
  assert.equal(conversation.lastId, 2);
});

test('files have addresses on the server, and stay when the server takes the message', () => {
  conversation = new Conversation(outbox, 'https://chat.example');
  const attachments = [{ id: 'x', name: 'a.png', url: '/attachments/v1/t', type: 'image/png', size: 3 }];
  const shown = [
    { name: 'a.png', url: 'https://chat.example/attachments/v1/t', type: 'image/png', size: 3 },
  ];
  conversation.enqueue(mine('a', { attachments }));
  assert.deepEqual(item('a').files, shown);
  conversation.acknowledge('a', 7);
  assert.deepEqual(item('a').files, shown);
  conversation.add([bot(8, { attachments: [{ name: 'x', url: 'javascript:alert(1)' }] })]);
  assert.deepEqual(item('id-8').files, []);
});
