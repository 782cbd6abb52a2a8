/**
 * The messages of one conversation: those that the server has, in its order, and after them the
 * customer's own that it has not acknowledged yet.
 */

import { safeUrl } from './markdown.js';

const SPEAKERS = new Set(['customer', 'bot', 'agent', 'system']);

/** Files of a message, with addresses on the server at `origin`; those without one are left out. */
function parseFiles(raw, origin) {
  const files = Array.isArray(raw) ? raw : [];
  return files.flatMap(({ name, url, type, size }) => {
    const href = safeUrl(url, origin);
    return href ? [{ name: String(name), url: href, type: String(type), size: Number(size) }] : [];
  });
}

/** A message as the server sent it, in the shape we rely on; null when it is unusable. */
function parse(raw, origin) {
  if (!Number.isInteger(raw?.id)) return null;
  return {
    id: raw.id,
    speaker: SPEAKERS.has(raw.speaker) ? raw.speaker : 'system',
    text: String(raw.text ?? ''),
    time: raw.time ?? null,
    clientId: raw.client_id ?? null,
    agent: raw.agent ?? null,
    article: raw.article ?? null,
    buttons: Array.isArray(raw.buttons) ? raw.buttons : [],
    chosen: raw.chosen ?? null,
    files: parseFiles(raw.attachments, origin),
  };
}

export class Conversation {
  #messages = new Map();
  #pending;
  #choices = new Map();
  #outbox;
  #origin;

  /**
   * @param {{all: () => object[], put: (message: object) => void, drop: (id: string) => void}}
   *   outbox where pending messages are kept from page to page
   * @param {string} [origin] of the server, whose files have addresses without one
   */
  constructor(outbox, origin) {
    this.#origin = origin;
    this.#outbox = outbox;
    this.#pending = outbox.all();
  }

  /** The highest message id we have, 0 when none. */
  get lastId() {
    return Math.max(0, ...this.#messages.keys());
  }

  /** Adds messages of the server; ones that we have already are brought up to date. */
  add(messages) {
    for (const raw of messages) {
      const message = parse(raw, this.#origin);
      if (!message) continue;
      this.#messages.set(message.id, message);
      this.#settle(message.clientId);
    }
  }

  /** Forgets the server's messages and takes `messages` instead. Pending ones stay. */
  replace(messages) {
    this.#messages.clear();
    this.#choices.clear();
    this.add(messages);
  }

  /**
   * Queues a message of the customer.
   *
   * @param {{id: string, text: string, time: string, payload?: string, answers?: number,
   *   attachments?: object[]}} message `id` a fresh UUID; `answers` the id of the message whose
   *   button was chosen; `attachments` as the server answered to their upload
   */
  enqueue(message) {
    if (message.answers) this.#choices.set(message.answers, message.text);
    this.#pending.push(message);
    this.#outbox.put(message);
  }

  /** The next message to send: the oldest that has not failed, or null. */
  next() {
    return this.#pending.find((message) => !message.error) ?? null;
  }

  /** The server has taken the message `clientId` and calls it `id`. */
  acknowledge(clientId, id) {
    const message = this.#find(clientId);
    // its echo may have come first, with the server's own time
    if (!message) return;
    this.#settle(clientId);
    if (!this.#messages.has(id)) {
      const { text, time, attachments } = message;
      const said = { id, speaker: 'customer', text, time, client_id: clientId, attachments };
      this.#messages.set(id, parse(said, this.#origin));
    }
  }

  /** The server has refused the message, for the reason `error` (a text for the customer). */
  fail(clientId, error) {
    const message = this.#find(clientId);
    if (!message) return;
    message.error = error;
    this.#outbox.put(message);
  }

  /** A refused message shall be sent again. */
  retry(clientId) {
    const message = this.#find(clientId);
    if (!message) return;
    delete message.error;
    this.#outbox.put(message);
  }

  /** Gives up a refused message; the buttons that it answered can be chosen again. */
  remove(clientId) {
    const message = this.#find(clientId);
    if (!message) return;
    this.#choices.delete(message.answers);
    this.#settle(clientId);
  }

  /**
   * Everything to show, in order. Besides the message's own fields each has `key` (stays the same
   * when the server takes the message), `state` ('sent', 'sending' or 'failed'), `choice` (title of
   * the chosen button or null) and `closed` (its buttons can no longer be chosen).
   */
  items() {
    const sent = [...this.#messages.values()].sort((a, b) => a.id - b.id);
    const items = sent.map((message) => ({
      ...message,
      key: message.clientId ?? `id-${message.id}`,
      state: 'sent',
      error: null,
    }));
    for (const { id, text, time, error, attachments } of this.#pending) {
      const said = { id: 0, speaker: 'customer', text, time, client_id: id, attachments };
      items.push({
        ...parse(said, this.#origin),
        id: null,
        key: id,
        state: error ? 'failed' : 'sending',
        error: error ?? null,
      });
    }
    const last = items.findLastIndex((item) => item.speaker === 'customer' && !item.error);
    return items.map((item, index) => {
      const choice = this.#choice(item);
      return { ...item, choice, closed: choice !== null || index < last };
    });
  }

  #choice({ id, chosen, buttons }) {
    if (chosen === null) return this.#choices.get(id) ?? null;
    const button = buttons.find(({ title, payload }) => chosen === payload || chosen === title);
    return button?.title ?? chosen;
  }

  #find(clientId) {
    return this.#pending.find((message) => message.id === clientId);
  }

  #settle(clientId) {
    const index = this.#pending.findIndex((message) => message.id === clientId);
    if (index < 0) return;
    this.#pending.splice(index, 1);
    this.#outbox.drop(clientId);
  }
}
