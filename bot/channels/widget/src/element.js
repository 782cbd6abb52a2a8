/** `<svara-chat>`: the launcher and the panel in a shadow root, wired to a Chat. */
import { Chat } from './chat.js';
import { firstSupported } from './language.js';
import { openStore } from './store.js';
import { STRINGS } from './strings.js';
import { Suggestions } from './suggestions.js';
import { css } from './style/index.js';
import { Composer } from './view/composer.js';
import { h, icons, setAttribute, setText } from './view/dom.js';
import { takeDropped } from './view/files.js';
import { Header } from './view/header.js';
import { Log } from './view/log.js';

/** Below this width the panel covers the page; style/media.css has the same number. */
const PHONE = '(max-width: 479.98px)';
const FOCUSABLE = 'button:not([hidden]), select, textarea, a[href], [tabindex="0"]';

/**
 * The chat. Attributes, read when it is put into the page: `data-server` (origin of the server; of
 * the script when left out), `data-lang` (else the page's language, then the browser's),
 * `data-title` (the shop's name), `data-open` (open it at the first visit) and `data-suggest` (`off`
 * to offer no articles while the customer writes).
 */
export class SvaraChat extends HTMLElement {
  #open = false;
  #phone = matchMedia(PHONE);
  #wasOffline = false;
  #title;
  #store;
  #chat;
  #header;
  #log;
  #composer;
  #launcher;
  #badge;
  #panel;
  #drop;
  #root;
  #live;

  connectedCallback() {
    if (this.shadowRoot) return; // moved within the page: everything is there
    const { server, lang, title, open, suggest } = this.dataset;
    const origin = new URL(server || location.href, location.href).origin;
    const pageLanguage = document.documentElement.lang;
    this.#title = title || 'Nordlys';
    this.#store = openStore(origin);
    this.#chat = new Chat({
      origin,
      store: this.#store,
      language: firstSupported([lang, pageLanguage, ...navigator.languages]),
    });
    this.#build(origin, suggest === 'off' ? null : new Suggestions(origin));
    this.#listen();
    const tab = this.#store.tab.read();
    this.#composer.draft = tab.draft;
    this.#update();
    if (tab.open ?? open !== undefined) this.open({ focus: false });
    else if (this.#chat.begun) this.#chat.connect(); // an answer may be waiting
  }

  #build(origin, suggestions) {
    const focusAfter = () => {
      // the keyboard of a phone would cover the answer
      const target = matchMedia('(pointer: coarse)').matches
        ? this.#log.scroller
        : this.#composer.input;
      target.focus();
    };
    this.#header = new Header({
      close: () => this.close(),
      language: (code) => this.#chat.chooseLanguage(code),
    });
    this.#log = new Log({
      choose: (text, choice) => this.#chat.send(text, choice),
      retry: (key) => this.#chat.retry(key),
      remove: (key) => {
        this.#chat.remove(key);
        focusAfter();
      },
      start: (text) => {
        this.#chat.send(text);
        focusAfter();
      },
    });
    this.#composer = new Composer(
      {
        send: (text) => this.#chat.send(text),
        draft: (draft) => this.#store.tab.write({ draft }),
      },
      this.#chat.attachments,
      origin,
      suggestions,
    );
    this.#drop = h('div', { class: 'drop', 'aria-hidden': 'true' }, icons.attach(), h('span'));
    this.#panel = h(
      'div',
      {
        class: 'panel',
        id: 'panel',
        hook: 'panel',
        role: 'dialog',
        'aria-labelledby': 'title',
        hidden: '',
      },
      this.#header.node,
      this.#header.status,
      this.#header.banner,
      this.#log.node,
      this.#composer.offered?.node ?? null,
      this.#composer.node,
      this.#drop,
    );
    const { attachments } = this.#chat;
    takeDropped(
      this.#panel,
      () => attachments.limits !== null,
      (files) => {
        attachments.add(files);
        this.#composer.input.focus();
      },
    );
    this.#badge = h('span', { class: 'badge', hook: 'unread', 'aria-hidden': 'true', hidden: '' });
    this.#launcher = h(
      'button',
      {
        class: 'launcher',
        hook: 'launcher',
        type: 'button',
        'aria-haspopup': 'dialog',
        on: { click: () => this.open() },
      },
      icons.chat(),
      this.#badge,
    );
    this.#live = h('div', { class: 'sr', role: 'status' });
    this.#root = h('section', { class: 'root' }, this.#panel, this.#launcher, this.#live);

    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    const shadow = this.attachShadow({ mode: 'open' });
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.#root);
  }

  #listen() {
    this.#chat.addEventListener('change', () => this.#update());
    this.#panel.addEventListener('keydown', (event) => this.#onKey(event));
    this.#phone.addEventListener('change', () => this.#fitPhone());
    globalThis.visualViewport?.addEventListener('resize', () => this.#fitPhone());
    document.addEventListener('visibilitychange', () => this.#update());
    // another tab has shown the messages
    addEventListener('storage', ({ key }) => key === this.#store.visitor.key && this.#update());
  }

  /** Opens the panel and, unless `focus` is false, goes to the input. */
  open({ focus = true } = {}) {
    if (this.#open) return;
    this.#setOpen(true);
    this.#chat.connect();
    this.#composer.fit();
    this.#log.toEnd();
    if (focus) this.#composer.input.focus();
  }

  /** Closes the panel and goes back to the launcher. */
  close() {
    if (!this.#open) return;
    this.#setOpen(false);
    this.#launcher.focus();
  }

  #setOpen(open) {
    this.#open = open;
    this.#panel.hidden = !open;
    this.#launcher.hidden = open;
    this.#store.tab.write({ open });
    this.#fitPhone();
    this.#update();
  }

  #update() {
    const chat = this.#chat;
    const strings = STRINGS[chat.language];
    setAttribute(this.#root, 'lang', chat.language);
    setAttribute(this.#panel, 'data-online', String(chat.online));
    setAttribute(this.#root, 'aria-label', strings.chatWith(this.#title));
    this.#header.update(chat, this.#title);
    this.#log.update(chat, this.#title);
    this.#composer.update(chat.language, chat.idle);
    setText(this.#drop.lastChild, strings.dropHere);
    if (chat.offline !== this.#wasOffline) {
      this.#wasOffline = chat.offline;
      setText(this.#live, chat.offline ? '' : strings.online);
    }
    this.#updateLauncher(strings);
    if (this.#open && document.visibilityState === 'visible') this.#chat.markSeen();
  }

  #updateLauncher(strings) {
    const unread = this.#open ? 0 : this.#chat.unread;
    const name = unread ? `${strings.open}, ${strings.unread(unread)}` : strings.open;
    setAttribute(this.#launcher, 'aria-label', name);
    this.#badge.hidden = unread === 0;
    setText(this.#badge, unread > 9 ? '9+' : String(unread));
  }

  #onKey(event) {
    if (event.key === 'Escape' && !event.isComposing) {
      event.stopPropagation();
      this.close();
    } else if (event.key === 'Tab' && this.#phone.matches) {
      // the panel covers the page: what is behind it cannot be seen, so it is not for the keyboard
      const stops = [...this.#panel.querySelectorAll(FOCUSABLE)].filter(
        (node) => node.offsetParent,
      );
      const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
      if (this.shadowRoot.activeElement !== from) return;
      event.preventDefault();
      to.focus();
    }
  }

  /** Keeps the panel above a phone's keyboard, which does not change the page's own height. */
  #fitPhone() {
    const modal = this.#open && this.#phone.matches;
    setAttribute(this.#panel, 'aria-modal', modal ? 'true' : null);
    const viewport = globalThis.visualViewport;
    const covered = modal && viewport && viewport.scale === 1 && viewport.height < innerHeight - 1;
    this.#panel.style.height = covered ? `${viewport.height}px` : '';
    this.#panel.style.insetBlockStart = covered ? `${viewport.offsetTop}px` : '';
    if (covered) this.#log.toEnd();
  }
}
