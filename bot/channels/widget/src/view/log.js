/** The list of messages, kept at its end while the customer reads there. */
import { STRINGS } from '../strings.js';
import { h, hidden, icons, setAttribute, setText } from './dom.js';
import { MessageView } from './message.js';
import { day } from './time.js';

/** Nearer to the end than this, CSS pixels, counts as being there. */
const AT_END = 60;
/** A pause longer than this, milliseconds, begins a new run of messages. */
const RUN_PAUSE = 5 * 60 * 1000;

export class Log {
  #views = new Map();
  #actions;
  #missed = 0;
  #lastIds = new Set();
  #greetingShown = '';
  /** True while the end is in sight, and shall stay so. */
  #stuck = true;

  /** @param {{choose: Function, retry: Function, remove: Function, start: Function}} actions */
  constructor(actions) {
    this.#actions = actions;
    this.greeting = h('div', { class: 'greeting', hook: 'greeting' });
    this.list = h('div', { class: 'list', role: 'log', 'aria-live': 'polite' });
    this.typing = h('div', { class: 'typing', hook: 'typing', role: 'status' });
    this.scroller = h(
      'div',
      { class: 'scroller', tabindex: '0', role: 'group', on: { scroll: () => this.#onScroll() } },
      this.greeting,
      this.list,
      this.typing,
    );
    this.more = h('button', {
      class: 'more',
      type: 'button',
      hook: 'new-messages',
      hidden: '',
      on: { click: () => this.#showMissed() },
    });
    this.node = h('div', { class: 'log' }, this.scroller, this.more);
    // a banner above or a long draft below takes room
    new ResizeObserver(() => this.#stuck && this.toEnd()).observe(this.scroller);
  }

  /** Brings the list up to date with `chat`. */
  update(chat, title) {
    const { language } = chat;
    const strings = STRINGS[language];
    const items = chat.items;

    setAttribute(this.scroller, 'aria-label', strings.conversation);
    setAttribute(this.list, 'aria-label', strings.conversation);
    setAttribute(this.list, 'aria-live', chat.loading ? 'off' : 'polite');
    this.#updateGreeting(strings, title, items.length === 0);
    this.#updateList(items, language);
    this.#updateTyping(chat.typing, strings);

    const fresh = items.filter(({ key }) => !this.#lastIds.has(key));
    this.#lastIds = new Set(items.map(({ key }) => key));
    if (chat.loading || this.#stuck || fresh.some(({ speaker }) => speaker === 'customer')) {
      this.#follow(fresh, chat.loading);
    } else {
      this.#missed += fresh.length;
    }
    this.more.hidden = this.#missed === 0;
    if (this.#missed) this.more.replaceChildren(strings.newMessages(this.#missed), icons.down());
  }

  /** Scrolls to the newest message at once. */
  toEnd() {
    this.#stuck = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #updateGreeting(strings, title, empty) {
    const shown = JSON.stringify([strings.greeting, title, empty]);
    if (shown === this.#greetingShown) return;
    this.#greetingShown = shown;
    this.greeting.replaceChildren(
      h('div', { class: 'avatar', 'aria-hidden': 'true' }, icons.bot()),
      h('p', { class: 'greeting-title' }, strings.greeting),
      h('p', { class: 'greeting-text' }, strings.introduction(title)),
    );
    if (!empty) return;
    const start = (text) =>
      h(
        'button',
        {
          class: 'starter',
          hook: 'starter',
          type: 'button',
          on: { click: () => this.#actions.start(text) },
        },
        h('span', {}, text),
        icons.forward(),
      );
    const group = { class: 'starters', role: 'group', 'aria-label': strings.options };
    this.greeting.append(h('div', group, ...strings.starters.map(start)));
  }

  #updateList(items, language) {
    let before = null;
    const keys = new Set();
    items.forEach((item, index) => {
      keys.add(item.key);
      let view = this.#views.get(item.key);
      if (!view) {
        view = new MessageView(this.#actions);
        this.#views.set(item.key, view);
      }
      const place = { language, ...this.#place(item, before, language) };
      view.update(item, place);
      const there = this.list.children[index];
      if (there !== view.node) this.list.insertBefore(view.node, there ?? null);
      before = item;
    });
    for (const [key, view] of this.#views) {
      if (keys.has(key)) continue;
      view.node.remove();
      this.#views.delete(key);
    }
  }

  #place(item, before, language) {
    const date = new Date(item.time ?? Date.now());
    const dateBefore = before && new Date(before.time ?? Date.now());
    const today = day(date, language);
    const newDay = dateBefore
      ? day(dateBefore, language) !== today
      : date < new Date().setHours(0, 0, 0, 0);
    const sameRun =
      before?.speaker === item.speaker &&
      before.agent?.name === item.agent?.name &&
      date - dateBefore < RUN_PAUSE;
    return { first: !sameRun || newDay, day: newDay ? today : null };
  }

  #updateTyping(typing, strings) {
    const name = typing?.name ?? strings.customerService;
    const text =
      typing && (typing.who === 'agent' ? strings.personTyping(name) : strings.botTyping);
    if (!text) {
      this.typing.replaceChildren();
    } else if (this.typing.textContent !== text) {
      const dot = () => h('span', { class: 'dot' });
      const dots = h('span', { class: 'dots', 'aria-hidden': 'true' }, dot(), dot(), dot());
      const label =
        typing.who === 'agent' ? h('span', { class: 'typing-name' }, text) : hidden(text);
      this.typing.replaceChildren(dots, label);
    }
  }

  #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < AT_END;
  }

  #onScroll() {
    this.#stuck = this.#atEnd();
    if (!this.#missed || !this.#stuck) return;
    this.#missed = 0;
    this.more.hidden = true;
  }

  #showMissed() {
    this.toEnd();
    this.#missed = 0;
    this.more.hidden = true;
    this.scroller.focus(); // the button that had it is gone
  }

  /** Shows the end, or the beginning of what is new when it is higher than the view. */
  #follow(fresh, loading) {
    this.toEnd();
    const first = fresh.find(({ speaker }) => speaker !== 'customer');
    if (loading || !first) return;
    const { node } = this.#views.get(first.key);
    const top = node.offsetTop - 12;
    if (this.scroller.scrollTop > top) this.scroller.scrollTop = top;
  }
}
