/**
 * Articles to offer while the customer writes: when to ask the server, and what it answered (plain,
 * no DOM).
 *
 * Fires a `change` event whenever other articles are to be offered. A server that does not answer
 * is no trouble of the customer's: they get no suggestions.
 */
import { safeUrl } from './markdown.js';

/** Wait after the last keystroke, milliseconds. */
const PAUSE = 250;
/** An answer later than this, milliseconds, is not waited for. */
const TIMEOUT = 5_000;
/** Shorter than this, characters, says nothing yet. */
const MIN_LENGTH = 3;
/** The server looks no further, characters. */
const MAX_LENGTH = 200;
const MAX_ARTICLES = 3;
/** E-mail and web addresses, numbers of orders, telephones, cards and persons. */
const PRIVATE =
  /\S+@\S+|https?:\/\/\S+|(?<![^\W_])[a-z]{1,3}-?\d{4,}|\+?\d(?:[\s().\/-]{0,2}\d){4,}/gi;

/** What `text` is about. The rest says nothing of that, and stays with the customer until sent. */
export function topic(text) {
  const begin = text.slice(0, 5 * MAX_LENGTH); // whole books can be pasted
  const words = begin.replace(PRIVATE, ' ').trim().replace(/\s+/g, ' ');
  return [...words].slice(0, MAX_LENGTH).join('').trim();
}

function usable(found) {
  if (!Array.isArray(found)) throw new Error('the answer is no list');
  return found
    .map(({ id, title, url, lang }) => ({ id, title: String(title), url: safeUrl(url), lang }))
    .filter(({ url }) => url && /^https?:/.test(url))
    .slice(0, MAX_ARTICLES);
}

export class Suggestions extends EventTarget {
  /** Articles to offer now: {id, title, url, lang}, the likeliest first. */
  articles = [];

  #origin;
  #asked = { query: '', language: null };
  #timer = null;
  #request = null;

  /** @param {string} origin of the server */
  constructor(origin) {
    super();
    this.#origin = origin;
  }

  /** The customer has written `text` so far; the same again changes nothing. */
  ask(text, language) {
    const query = topic(text);
    if (query === this.#asked.query && language === this.#asked.language) return;
    this.#stop();
    this.#asked = { query, language };
    if ([...query].length < MIN_LENGTH) this.#offer([]);
    else this.#timer = setTimeout(() => this.#find(), PAUSE);
  }

  /** Offers nothing until something else is written. */
  dismiss() {
    this.#stop();
    this.#offer([]);
  }

  /** The customer has opened `article`; the server is told for what words. */
  opened({ id }) {
    const { query, language } = this.#asked;
    // outlives this page, and asks for no permission first
    navigator.sendBeacon(
      `${this.#origin}/kb/v1/opened`,
      JSON.stringify({ article_id: id, q: query, lang: language }),
    );
    this.dismiss();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#request = null;
  }

  #offer(articles) {
    const same = JSON.stringify(articles) === JSON.stringify(this.articles);
    this.articles = articles;
    if (!same) this.dispatchEvent(new Event('change'));
  }

  async #find() {
    const { query, language } = this.#asked;
    const request = new AbortController();
    this.#request = request;
    const late = setTimeout(() => request.abort(), TIMEOUT);
    const address = `${this.#origin}/kb/v1/suggest?${new URLSearchParams({ q: query, lang: language })}`;
    let articles = [];
    try {
      const response = await fetch(address, { signal: request.signal, credentials: 'omit' });
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      articles = usable(await response.json());
    } catch (error) {
      if (this.#request === request) console.debug('Svara: no suggestions:', error);
    } finally {
      clearTimeout(late);
    }
    // something else may have been written meanwhile
    if (this.#request === request) this.#offer(articles);
  }
}
