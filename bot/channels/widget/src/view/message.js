/** One message in the log. */
import { renderMarkdown, safeUrl } from '../markdown.js';
import { STRINGS } from '../strings.js';
import { h, hidden, icons, setAttribute, setText } from './dom.js';
import { fileCard } from './files.js';
import { clock } from './time.js';

/** The first letters of a person's first and last name. */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters
    .map((word) => [...word][0] ?? '')
    .join('')
    .toLocaleUpperCase();
}

function speakerName({ speaker, agent }, strings) {
  if (speaker === 'customer') return strings.you;
  if (speaker === 'agent') return agent?.name ?? strings.customerService;
  return speaker === 'bot' ? strings.assistant : strings.notice;
}

function avatar({ speaker, agent }) {
  const node = h('div', { class: 'avatar', 'aria-hidden': 'true' });
  if (speaker === 'agent' && agent?.name) node.append(initials(agent.name));
  else node.append(speaker === 'agent' ? icons.person() : icons.bot());
  return node;
}

function articleCard({ title, url }, strings) {
  const href = safeUrl(url);
  const web = href && /^https?:/.test(href);
  const text = h(
    'span',
    { class: 'card-text' },
    h('span', { class: 'card-label' }, strings.source),
    h('span', { class: 'card-title', dir: 'auto' }, String(title ?? url)),
  );
  const tile = h('span', { class: 'card-tile' }, icons.article());
  if (!web) return h('div', { class: 'card' }, tile, text);
  text.append(hidden(` (${strings.newTab})`));
  return h(
    'a',
    { class: 'card', hook: 'article-link', href, target: '_blank', rel: 'noopener' },
    tile,
    text,
    icons.external(),
  );
}

export class MessageView {
  #shown = '';
  #buttons = [];
  #choice = null;
  #state = null;

  /** @param {{choose: Function, retry: Function, remove: Function}} actions */
  constructor(actions) {
    this.actions = actions;
    this.day = h('div', { class: 'day' });
    this.message = h('div', { hook: 'message' });
    this.node = h('div', { class: 'row' }, this.day, this.message);
  }

  /**
   * Shows `item` (see Conversation.items).
   *
   * @param {object} item
   * @param {{language: string, first: boolean, day: string|null}} place `first` of a run of
   *   messages by one speaker; `day` to write above it
   */
  update(item, { language, first, day }) {
    const strings = STRINGS[language];
    const date = item.time ? new Date(item.time) : null;
    const time = date && !Number.isNaN(date.getTime()) ? clock(date, language) : null;
    const { speaker, text, agent, article, buttons, files } = item;

    setText(this.day, day ?? '');
    this.day.hidden = !day;
    setAttribute(this.message, 'class', `message ${speaker}${first ? ' first' : ''}`);
    setAttribute(this.message, 'data-speaker', speaker);
    setAttribute(this.message, 'data-id', item.id);

    // nodes are made anew only when what they say has changed: the log is a live region
    const said = [speaker, text, agent, article, buttons, files];
    const shown = JSON.stringify([...said, time, language, first]);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#build(item, { strings, language, first, time });
    }
    this.#updateButtons(item, strings);
    this.#updateState(item, strings);
  }

  #build(item, { strings, language, first, time }) {
    const { speaker, text, agent, article, buttons, files } = item;
    const name = speakerName(item, strings);
    const body = h('div', { class: 'body' });
    const when = time && h('time', { datetime: item.time }, time);

    const visible = first && speaker !== 'system';
    const meta = h('div', { class: visible ? 'meta' : 'sr' });
    meta.append(speaker === 'customer' && visible ? hidden(`${name}, `) : h('b', {}, name));
    if (speaker === 'agent') meta.append(' ', h('span', { class: 'tag' }, strings.person));
    if (when) meta.append(' ', when);
    body.append(meta);

    if (text) {
      const bubble = h('div', { class: 'bubble', dir: 'auto' });
      // the customer's own words are shown as typed
      bubble.append(speaker === 'customer' ? text : renderMarkdown(text, document));
      body.append(bubble);
    }
    body.append(...files.map((file) => fileCard(file, language)));
    if (article) body.append(articleCard(article, strings));
    this.#choice = h('span', { class: 'sr' });
    this.#buttons = buttons.map((button) => this.#button(item, button));
    if (buttons.length) {
      const group = { class: 'buttons', role: 'group', 'aria-label': strings.options };
      body.append(h('div', group, ...this.#buttons.map(({ node }) => node), this.#choice));
    }
    this.#state = h('div', { class: 'state' });
    body.append(this.#state);

    const withAvatar = speaker === 'bot' || speaker === 'agent';
    this.message.replaceChildren(...(withAvatar && first ? [avatar(item)] : []), body);
  }

  #button(item, button) {
    const title = String(button.title ?? '');
    const href = safeUrl(button.payload);
    if (href) {
      const link = { class: 'choice', hook: 'button', href, target: '_blank', rel: 'noopener' };
      return { node: h('a', link, title, icons.external()) };
    }
    const click = ({ currentTarget }) => {
      if (currentTarget.getAttribute('aria-disabled') === 'true') return;
      this.actions.choose(title, { payload: button.payload, answers: item.id });
    };
    const node = h('button', { class: 'choice', hook: 'button', type: 'button', on: { click } });
    node.append(title);
    return { node, title };
  }

  #updateButtons({ closed, choice }, strings) {
    for (const { node, title } of this.#buttons) {
      if (title === undefined) continue; // a link stays one
      setAttribute(node, 'aria-disabled', closed ? 'true' : null);
      const chosen = choice === title;
      if (node.classList.toggle('chosen', chosen) && !node.querySelector('svg')) {
        node.prepend(icons.check());
      } else if (!chosen) {
        node.querySelector('svg')?.remove();
      }
    }
    const closedText = choice === null ? strings.optionsClosed : strings.chosen(choice);
    setText(this.#choice, closed ? closedText : '');
  }

  #updateState({ state, error, key }, strings) {
    if (this.#state.dataset.state === state) return;
    this.#state.dataset.state = state;
    this.#state.replaceChildren();
    if (state === 'sending') this.#state.append(strings.sending);
    if (state !== 'failed') return;
    const action = (name, text) =>
      h(
        'button',
        { type: 'button', class: 'text-button', on: { click: () => this.actions[name](key) } },
        text,
      );
    this.#state.append(
      icons.alert(),
      h('span', {}, error || strings.notSent),
      action('retry', strings.retry),
      action('remove', strings.remove),
    );
  }
}
