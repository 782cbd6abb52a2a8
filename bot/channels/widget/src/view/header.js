/** The head of the panel: who is talking, the language switch, the way out; and below it the news. */
import { LANGUAGES } from '../language.js';
import { STRINGS } from '../strings.js';
import { h, icons, setAttribute, setText } from './dom.js';
import { initials } from './message.js';

export class Header {
  #avatarShown = '';

  /** @param {{close: Function, language: (code: string) => void}} actions */
  constructor(actions) {
    this.avatar = h('div', { class: 'avatar', 'aria-hidden': 'true' });
    this.title = h('h2', { id: 'title', class: 'title' });
    this.kind = h('span', { class: 'kind' });
    this.hint = h('span', { class: 'hint' });
    this.language = h(
      'select',
      {
        class: 'language',
        hook: 'language',
        on: { change: ({ target }) => actions.language(target.value) },
      },
      ...LANGUAGES.map(([code, name]) => h('option', { value: code, lang: code }, name)),
    );
    // the select itself lies invisible over this: its own text would take the room of a name
    this.languageCode = h('span');
    this.languageLabel = h(
      'span',
      { class: 'language-label', 'aria-hidden': 'true' },
      icons.globe(),
      this.languageCode,
    );
    this.close = h(
      'button',
      { class: 'icon-button', type: 'button', hook: 'close', on: { click: actions.close } },
      icons.close(),
    );
    this.status = h('div', { class: 'status', hook: 'status', role: 'status' });
    this.banner = h('div', { class: 'banner', hook: 'banner', role: 'status' });
    this.node = h(
      'header',
      { class: 'header' },
      this.avatar,
      h('div', { class: 'who' }, this.title, h('p', { class: 'what' }, this.kind, ' ', this.hint)),
      h('div', { class: 'language-box' }, this.language, this.languageLabel),
      this.close,
    );
  }

  /** Brings the head up to date with `chat`; `title` is the shop's name. */
  update(chat, title) {
    const strings = STRINGS[chat.language];
    const { handoff, offline } = chat;
    const person = handoff?.status === 'accepted';
    const name = person ? (handoff.agent?.name ?? null) : null;

    setText(this.title, person ? (name ?? strings.customerService) : title);
    setText(this.kind, person ? strings.person : strings.bot);
    setText(this.hint, person ? strings.customerService : strings.botHint);
    setAttribute(this.node, 'data-with', person ? 'person' : 'bot');
    const avatar = person ? (name ? initials(name) : 'person') : 'bot';
    if (avatar !== this.#avatarShown) {
      this.#avatarShown = avatar;
      this.avatar.replaceChildren(avatar in icons ? icons[avatar]() : avatar);
    }
    setAttribute(this.close, 'aria-label', strings.close);
    setAttribute(this.language, 'aria-label', strings.language);
    this.language.value = chat.language;
    setText(this.languageCode, chat.language === 'nb' ? 'NO' : chat.language.toUpperCase());

    const news = {
      requested: strings.requested,
      delivered: strings.delivered,
      accepted: name ? strings.accepted(name) : strings.acceptedUnnamed,
    };
    setAttribute(this.status, 'data-status', handoff?.status ?? null);
    setText(this.status, news[handoff?.status] ?? '');
    setText(this.banner, offline ? strings.offline : '');
  }
}
