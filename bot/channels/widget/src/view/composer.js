/** Where the customer writes. */
import { STRINGS } from '../strings.js';
import { h, icons, setAttribute, setText } from './dom.js';
import { SuggestionsView } from './suggestions.js';

/** Longest message that the server takes, characters. */
export const MAX_LENGTH = 2000;
/** So near to it, characters, the counter appears. */
const COUNTER_FROM = MAX_LENGTH - 200;
/** The box grows up to so many CSS pixels. */
const MAX_HEIGHT = 132;

export class Composer {
  #strings = STRINGS.en;
  #language = 'en';
  #actions;
  #suggestions;
  #suggesting = false;

  /**
   * @param {{send: (text: string) => void, draft: (text: string) => void}} actions
   * @param {Suggestions|null} suggestions null to offer none
   */
  constructor(actions, suggestions) {
    this.#actions = actions;
    this.#suggestions = suggestions;
    this.input = h('textarea', {
      class: 'input',
      hook: 'input',
      rows: '1',
      enterkeyhint: 'send',
      'aria-describedby': 'keys counter',
      dir: 'auto',
      on: { input: () => this.#onInput(), keydown: (event) => this.#onKey(event) },
    });
    this.keys = h('span', { id: 'keys', class: 'sr' });
    this.counter = h('span', { id: 'counter', class: 'counter', hook: 'counter' });
    this.send = h('button', { class: 'send', hook: 'send', type: 'submit' }, icons.send());
    const submit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    this.node = h(
      'form',
      { class: 'composer', on: { submit } },
      h('div', { class: 'field' }, this.input, this.send),
      this.keys,
      this.counter,
    );
    /** What is offered, to be put above; null when nothing ever is. */
    this.offered = suggestions && new SuggestionsView(suggestions, this.input);
  }

  /**
   * Writes the texts in `language`.
   *
   * @param {string} language
   * @param {boolean} suggesting whether articles may be offered now
   */
  update(language, suggesting) {
    const anew = language !== this.#language || !suggesting;
    this.#language = language;
    this.#suggesting = suggesting;
    this.#strings = STRINGS[language];
    this.offered?.update(language);
    if (anew) this.#suggestions?.ask('', language);
    setAttribute(this.input, 'aria-label', this.#strings.message);
    setAttribute(this.input, 'placeholder', this.#strings.placeholder);
    setText(this.keys, this.#strings.keys);
    setAttribute(this.send, 'aria-label', this.#strings.send);
    this.#count();
  }

  /** What is written and not sent. */
  set draft(text) {
    this.input.value = text;
    this.#count();
  }

  /** Fits the box to its text; needed once it has become visible. */
  fit() {
    this.input.style.height = 'auto';
    const { scrollHeight } = this.input;
    if (scrollHeight) this.input.style.height = `${Math.min(scrollHeight, MAX_HEIGHT)}px`;
  }

  #onInput() {
    this.fit();
    this.#count();
    this.#actions.draft(this.input.value);
    this.offered?.leave();
    this.#suggestions?.ask(this.#suggesting ? this.input.value : '', this.#language);
  }

  #onKey(event) {
    if (this.offered?.onKey(event)) return;
    // while an input method is open, Enter picks a suggestion
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text || [...text].length > MAX_LENGTH) {
      this.input.focus();
      return;
    }
    this.input.value = '';
    this.#onInput();
    this.#actions.send(text);
  }

  #count() {
    const text = this.input.value.trim();
    const length = [...text].length; // as the server counts: an emoji is one
    const over = length - MAX_LENGTH;
    setAttribute(this.send, 'aria-disabled', !text || over > 0 ? 'true' : null);
    setAttribute(this.input, 'aria-invalid', over > 0 ? 'true' : null);
    setAttribute(this.counter, 'role', length > COUNTER_FROM ? 'status' : null);
    const counter = over > 0 ? this.#strings.over(over) : this.#strings.left(-over);
    setText(this.counter, length > COUNTER_FROM ? counter : '');
    this.counter.classList.toggle('over', over > 0);
  }
}
