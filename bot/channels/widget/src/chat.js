/**
 * The chat as the view sees it: the conversation, who is talking, and the connection to the server.
 *
 * Fires a `change` event whenever something to show has changed.
 */
import { io } from 'socket.io-client';

import { Attachments } from './attachments.js';
import { Conversation } from './conversation.js';
import { supported } from './language.js';
import { uuid } from './uuid.js';

/** How long the server may take to acknowledge a message, milliseconds. */
const ACK_TIMEOUT = 15_000;
/** Wait before a message is tried again, or a connection that the server closed, milliseconds. */
const RETRY_AFTER = 5_000;
/** A connection lost for less than this, milliseconds, is not worth a banner. */
const OFFLINE_AFTER = 1_500;
/** Connected but without a session for so long, milliseconds: start over. */
const SESSION_TIMEOUT = 30_000;
/** How long after connecting messages count as old ones, not to be read aloud, milliseconds. */
const LOADING_TIME = 300;
/** The dots go away when nothing has come after them for so long, milliseconds. */
const TYPING_TIMEOUT = 30_000;

export class Chat extends EventTarget {
  /** Handoff to a person: null or {status: 'requested'|'delivered'|'accepted', agent}. */
  handoff = null;
  /** Who is typing: null or {who: 'bot'|'agent', name}. */
  typing = null;
  /** True when the customer should know that there is no connection. */
  offline = false;
  /** True while the messages on the way in are old ones. */
  loading = true;

  #store;
  #conversation;
  #socket = null;
  #origin;
  #ready = false;
  #early = [];
  #sentAuth = { session: null, after: 0 };
  #inFlight = null;
  #sessionRenewed = false;
  #timers = {};

  /**
   * @param {{origin: string, store: object, language: string}} options `origin` of the server;
   *   `store` from openStore; `language` of the page, used until the customer chooses one
   */
  constructor({ origin, store, language }) {
    super();
    this.#origin = origin;
    this.#store = store;
    this.#conversation = new Conversation(store.outbox, origin);
    this.language = supported(store.visitor.read().language) ?? language;
    /** Files that the customer has chosen. */
    this.attachments = new Attachments({
      origin,
      session: () => (this.#ready ? this.#store.visitor.read().session : null),
      language: () => this.language,
    });
    this.attachments.addEventListener('change', () => this.#changed());
  }

  /** Messages to show, in order; see Conversation.items. */
  get items() {
    return this.#conversation.items();
  }

  /** True when the visitor has talked with this server before. */
  get begun() {
    return this.#store.visitor.read().session !== null || this.#store.outbox.all().length > 0;
  }

  /** True while connected and in a session. */
  get online() {
    return this.#ready;
  }

  /** True while the customer may write and nobody is to answer yet: neither the bot nor a person. */
  get idle() {
    const last = this.items.at(-1);
    const waiting = last?.speaker === 'customer' && last.state !== 'failed';
    return !waiting && this.typing === null && this.handoff === null;
  }

  /** How many messages of the other side the customer has not seen. */
  get unread() {
    const { seen } = this.#store.visitor.read();
    return this.items.filter(({ id, speaker }) => speaker !== 'customer' && id > seen).length;
  }

  /** Connects; harmless when connected already. */
  connect() {
    if (this.#socket) return;
    this.#socket = io(this.#origin, {
      path: '/chat/socket.io',
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnectionDelayMax: 10_000,
      auth: (send) => {
        const { session } = this.#store.visitor.read();
        this.#sentAuth = { session, after: this.#conversation.lastId };
        send({ ...this.#sentAuth, language: this.language });
      },
    });
    this.#socket
      .on('session', (session) => this.#onSession(session))
      .on('messages', (messages) => this.#onMessages(messages))
      .on('typing', (typing) => this.#onTyping(typing))
      .on('status', ({ handoff }) => this.#set({ handoff: handoff ?? null }))
      .on('language', ({ language }) => this.#onLanguage(language))
      .on('disconnect', (reason) => this.#onDisconnect(reason))
      .on('connect_error', (error) => this.#onConnectError(error));
    this.#expectConnection();
  }

  /**
   * Sends `text` (at most 2000 characters) and the files that are ready, as soon as possible.
   *
   * @param {string} text
   * @param {{payload?: string, answers?: number}} [choice] what a chosen button stands for, and the
   *   id of the message that it belongs to
   */
  send(text, { payload, answers } = {}) {
    const time = new Date().toISOString();
    const files = payload === undefined ? this.attachments.take() : [];
    const attachments = files.length ? files : undefined;
    this.#conversation.enqueue({ id: uuid(), text, time, payload, answers, attachments });
    this.connect();
    this.#changed();
    this.#flush();
  }

  /** Tries a refused message again. */
  retry(clientId) {
    this.#conversation.retry(clientId);
    this.#changed();
    this.#flush();
  }

  /** Gives up a refused message. */
  remove(clientId) {
    this.#conversation.remove(clientId);
    this.#changed();
  }

  /** The customer has chosen `language`. */
  chooseLanguage(language) {
    this.#store.visitor.write({ language });
    this.#set({ language });
    if (this.#ready) this.#socket.emit('language', { language });
  }

  /** The customer has seen everything that is there. */
  markSeen() {
    const { lastId } = this.#conversation;
    if (lastId > this.#store.visitor.read().seen) {
      this.#store.visitor.write({ seen: lastId });
      this.#changed();
    }
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }

  #set(changes) {
    Object.assign(this, changes);
    this.#changed();
  }

  #timer(name, run, after) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = run && setTimeout(run, after);
  }

  #onSession({ session, language, handoff, history, attachments }) {
    const sent = this.#sentAuth;
    this.#store.visitor.write({ session });
    if (sent.session !== session && sent.after > 0) {
      // another conversation than ours, whose messages we have not asked for: ask for all of them
      this.#conversation.replace([]);
      this.#store.visitor.write({ seen: 0 });
      this.#reconnect(0);
      return;
    }
    const arrived = [...(history ?? []), ...this.#early];
    this.#early = [];
    if (sent.after > 0) this.#conversation.add(arrived);
    else this.#conversation.replace(arrived);
    this.#ready = true;
    this.attachments.allow(attachments ?? null);
    if (sent.session !== null && sent.session !== session) this.attachments.restart();
    this.#timer('offline');
    this.#timer('session');
    const chosen = supported(this.#store.visitor.read().language);
    this.#set({
      language: chosen ?? supported(language) ?? this.language,
      handoff: handoff ?? null,
      offline: false,
    });
    this.#timer('loaded', () => this.#set({ loading: false }), LOADING_TIME);
    this.#flush();
  }

  #onMessages(messages) {
    if (!Array.isArray(messages)) return;
    if (!this.#ready) {
      // what came before them is still to come, with the session
      this.#early.push(...messages);
      return;
    }
    this.#conversation.add(messages);
    if (messages.some(({ speaker }) => speaker === this.typing?.who)) this.#onTyping({ on: false });
    this.#changed();
  }

  #onTyping({ on, who, name }) {
    this.#timer('typing', on && (() => this.#onTyping({ on: false })), TYPING_TIMEOUT);
    this.#set({ typing: on ? { who, name: name ?? null } : null });
  }

  #onLanguage(language) {
    const code = supported(language);
    if (!code) return;
    this.#store.visitor.write({ language: code });
    this.#set({ language: code });
  }

  #onDisconnect(reason) {
    this.#ready = false;
    this.#early = [];
    this.#onTyping({ on: false });
    this.#expectConnection();
    // after this one the client does not try again by itself
    if (reason === 'io server disconnect') this.#reconnect(RETRY_AFTER);
  }

  #onConnectError(error) {
    this.#expectConnection();
    if (this.#socket.active) return; // the client tries again by itself
    if (error.message === 'bad_session') this.#renewSession();
    else this.#reconnect(RETRY_AFTER);
  }

  /** Says that there is no connection unless there is one soon, and sees to it that there will be. */
  #expectConnection() {
    if (!this.#timers.session) {
      this.#timer(
        'session',
        () => {
          this.#timers.session = null;
          this.#expectConnection();
          this.#reconnect(0);
        },
        SESSION_TIMEOUT,
      );
    }
    if (this.offline || this.#timers.offline) return;
    this.#timer('offline', () => this.#set({ offline: true }), OFFLINE_AFTER);
  }

  #reconnect(after) {
    this.#timer('connect', () => this.#socket.disconnect().connect(), after);
  }

  /** The server no longer knows our session: starts another; pending messages go there. */
  #renewSession() {
    this.#ready = false;
    this.#store.visitor.write({ session: null, seen: 0 });
    this.#conversation.replace([]);
    this.#reconnect(this.#sessionRenewed ? RETRY_AFTER : 0);
    this.#sessionRenewed = true;
  }

  /** Sends what is pending, one message at a time so that they arrive in order. */
  #flush() {
    const message = this.#conversation.next();
    if (!message || !this.#ready || this.#inFlight) return;
    this.#inFlight = message.id;
    const { id, text, payload } = message;
    const attachments = message.attachments?.map((file) => file.id);
    const said = { id, text, payload, attachments };
    this.#socket.timeout(ACK_TIMEOUT).emit('message', said, (late, answer) => {
      this.#inFlight = null;
      if (late || typeof answer?.ok !== 'boolean') {
        // no answer: the server knows the id, so asking again does no harm
        this.#timer('flush', () => this.#flush(), RETRY_AFTER);
        return;
      }
      if (answer.ok) {
        this.#sessionRenewed = false;
        this.#conversation.acknowledge(id, answer.id);
      } else if (answer.error === 'bad_session' && !this.#sessionRenewed) {
        this.#renewSession();
        return;
      } else {
        this.#conversation.fail(id, answer.message || answer.error);
      }
      this.#changed();
      this.#flush();
    });
  }
}
