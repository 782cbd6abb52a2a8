/**
 * The files that the customer has chosen and not sent yet (plain, no DOM).
 *
 * Each goes to the server at once, so that nothing is waited for when the message is sent. Fires a
 * `change` event whenever something to show has changed.
 */
import { uuid } from './uuid.js';

/** A file that takes longer than this, milliseconds, is given up. */
const UPLOAD_TIMEOUT = 180_000;
/** The server keeps no more of a name, characters. */
const NAME_LENGTH = 100;
/** Where the server takes files. */
const PATH = '/attachments/v1';

/** The last characters of a file's name, whole ones: half of one cannot be encoded. */
function ending(name) {
  return [...name]
    .filter((character) => !/^[\ud800-\udfff]$/.test(character))
    .slice(-NAME_LENGTH)
    .join('');
}

export class Attachments extends EventTarget {
  /** What the server takes: {maxBytes, perMessage, endings}; null while it takes no files. */
  limits = null;

  #origin;
  #session;
  #language;
  #items = [];

  /**
   * @param {{origin: string, session: () => string|null, language: () => string}} options `session`
   *   proves whose files they are; null while there is none
   */
  constructor({ origin, session, language }) {
    super();
    this.#origin = origin;
    this.#session = session;
    this.#language = language;
  }

  /**
   * The files, in the order they were chosen: {key, name, size, type, state, error, id, url}.
   *
   * `state` is 'waiting', 'uploading', 'ready' or 'failed'; `error` a text of the server's, or
   * 'large', 'many' or 'failed'; `url` is there once it is ready.
   */
  get items() {
    return this.#items.map(({ file, request, ...item }) => item);
  }

  /** True while a file is on its way. */
  get busy() {
    return this.#items.some(({ state }) => state === 'waiting' || state === 'uploading');
  }

  /** True when there is a file that can be sent. */
  get ready() {
    return this.#items.some(({ state }) => state === 'ready');
  }

  /** The server has said what it takes: {max_bytes, per_message, endings}, or nothing. */
  allow(limits) {
    this.limits = limits && {
      maxBytes: limits.max_bytes,
      perMessage: limits.per_message,
      endings: limits.endings ?? [],
    };
    this.#upload();
    this.#changed();
  }

  /** The customer has chosen `files`. */
  add(files) {
    if (!this.limits) return;
    for (const file of files) {
      const { name, size, type } = file;
      const good = this.#items.filter(({ state }) => state !== 'failed').length;
      let error = null;
      if (good >= this.limits.perMessage) error = 'many';
      else if (size > this.limits.maxBytes) error = 'large';
      const state = error ? 'failed' : 'waiting';
      this.#items.push({ key: uuid(), name, size, type, state, error, id: null, url: null, file });
    }
    this.#upload();
    this.#changed();
  }

  /** The customer does not want to send that one after all. */
  remove(key) {
    const item = this.#items.find((found) => found.key === key);
    if (!item) return;
    this.#items = this.#items.filter((found) => found !== item);
    item.request?.abort();
    if (item.id) this.#takeBack(item.id);
    this.#changed();
  }

  /** Those that are ready, to be sent now: {id, name, size, type, url}. All are forgotten here. */
  take() {
    const ready = this.#items.filter(({ state }) => state === 'ready');
    this.#items = [];
    this.#changed();
    return ready.map(({ id, name, size, type, url }) => ({ id, name, size, type, url }));
  }

  /** There is another conversation now: what came for the last one has to come again. */
  restart() {
    for (const item of this.#items) {
      if (item.state !== 'ready') continue;
      Object.assign(item, { state: 'waiting', id: null, url: null });
    }
    this.#upload();
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }

  #upload() {
    if (!this.limits || !this.#session()) return;
    for (const item of this.#items) {
      if (item.state === 'waiting') this.#send(item);
    }
  }

  async #send(item) {
    item.state = 'uploading';
    item.request = new AbortController();
    const late = setTimeout(() => item.request.abort(), UPLOAD_TIMEOUT);
    try {
      const response = await this.#ask('POST', '', {
        body: item.file,
        signal: item.request.signal,
        name: item.name,
      });
      const answer = await response.json();
      if (response.ok) {
        const { id, name, size, type, url } = answer;
        Object.assign(item, { state: 'ready', id, name, size, type, url });
      } else {
        Object.assign(item, { state: 'failed', error: String(answer.message || 'failed') });
      }
    } catch (error) {
      console.debug('Svara: a file was not taken:', error);
      Object.assign(item, { state: 'failed', error: 'failed' });
    } finally {
      clearTimeout(late);
    }
    if (this.#items.includes(item)) this.#changed();
    else if (item.id) this.#takeBack(item.id); // taken away meanwhile
  }

  async #takeBack(id) {
    try {
      await this.#ask('DELETE', `/${id}`);
    } catch (error) {
      console.debug('Svara: a file was not taken back; the server forgets it in a day:', error);
    }
  }

  #ask(method, path, { body, signal, name } = {}) {
    const headers = { Authorization: `Bearer ${this.#session()}` };
    if (body) headers['Content-Type'] = 'application/octet-stream';
    if (name) headers['X-File-Name'] = encodeURIComponent(ending(name));
    const query = new URLSearchParams({ lang: this.#language() });
    const address = `${this.#origin}${PATH}${path}?${query}`;
    return fetch(address, { method, headers, body, signal, credentials: 'omit' });
  }
}
