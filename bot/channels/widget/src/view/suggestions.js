/**
 * The articles offered above the box that the customer writes in.
 *
 * The focus stays in the box, whose arrow keys walk through the list: `aria-activedescendant` tells
 * screen readers where they are. A box of several lines may not be a `combobox`; what it has of one
 * is allowed for a text box as well.
 */
import { STRINGS } from '../strings.js';
import { h, hidden, icons, setAttribute, setText } from './dom.js';

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

export class SuggestionsView {
  #suggestions;
  #input;
  #language = 'en';
  #options = [];
  /** Place of the option that the arrow keys are at; -1 in the box itself. */
  #active = -1;

  /**
   * @param {Suggestions} suggestions
   * @param {HTMLTextAreaElement} input the box
   */
  constructor(suggestions, input) {
    this.#suggestions = suggestions;
    this.#input = input;
    this.label = h('div', { id: 'suggested', class: 'suggested' });
    this.list = h('div', { id: 'suggestions', role: 'listbox', 'aria-labelledby': 'suggested' });
    this.status = h('div', { class: 'sr', hook: 'suggestion-count', role: 'status' });
    this.box = h('div', { class: 'suggestions', hook: 'suggestions', hidden: '' });
    this.box.append(this.label, this.list);
    // what is read aloud lies outside of what is hidden
    this.node = h('div', { class: 'suggestions-place' }, this.box, this.status);
    setAttribute(input, 'aria-autocomplete', 'list');
    setAttribute(input, 'aria-haspopup', 'listbox');
    setAttribute(input, 'aria-controls', 'suggestions');
    suggestions.addEventListener('change', () => this.#show());
  }

  /** Writes the texts in `language`. */
  update(language) {
    this.#language = language;
    setText(this.label, STRINGS[language].suggestions);
  }

  /** The customer writes on: the arrow keys begin anew. */
  leave() {
    this.#go(-1);
  }

  /** What a key pressed in the box does here; false when it is none of ours. */
  onKey(event) {
    if (this.box.hidden || event.isComposing) return false;
    if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return false;
    if (event.key in STEPS) {
      const places = this.#options.length + 1; // those of the list, and the box
      this.#go(((this.#active + 1 + STEPS[event.key] + places) % places) - 1);
    } else if (event.key === 'Escape') {
      this.#suggestions.dismiss();
    } else if (event.key === 'Enter' && this.#active >= 0) {
      this.#options[this.#active].click();
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #show() {
    const { articles } = this.#suggestions;
    const strings = STRINGS[this.#language];
    this.#go(-1);
    this.box.hidden = articles.length === 0;
    const count = `${strings.suggestions}: ${articles.length}. ${strings.suggestionKeys}.`;
    setText(this.status, articles.length ? count : '');
    if (!articles.length) return; // a link that is being followed stays in the page
    this.#options = articles.map((article, place) => this.#option(article, place, strings));
    this.list.replaceChildren(...this.#options);
  }

  #option(article, place, strings) {
    const foreign = article.lang !== this.#language;
    const opened = () => this.#suggestions.opened(article);
    const on = {
      mousedown: (event) => event.preventDefault(), // keeps the focus in the box
      click: opened,
      auxclick: ({ button }) => button === 1 && opened(),
    };
    return h(
      'a',
      {
        id: `suggestion-${place}`,
        class: 'suggestion',
        hook: 'suggestion',
        role: 'option',
        'aria-selected': 'false',
        href: article.url,
        target: '_blank',
        rel: 'noopener',
        tabindex: '-1',
        on,
      },
      icons.article(),
      h(
        'span',
        { class: 'suggestion-title', dir: 'auto', lang: foreign ? article.lang : null },
        article.title,
      ),
      hidden(` (${strings.newTab})`),
      icons.external(),
    );
  }

  #go(place) {
    this.#active = place;
    this.#options.forEach((option, each) =>
      setAttribute(option, 'aria-selected', String(each === place)),
    );
    const option = this.#options[place];
    setAttribute(this.#input, 'aria-activedescendant', option?.id);
    option?.scrollIntoView({ block: 'nearest' });
  }
}
