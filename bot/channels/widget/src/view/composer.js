/** Where the customer writes. */
import { STRINGS } from '../strings.js';
import { h, icons, setAttribute, setText } from './dom.js';
import { ChosenFiles } from './files.js';
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
  #attachments;
  /** True when the customer has sent it, and it goes as soon as its files are there. */
  #waiting = false;

  /**
   * @param {{send: (text: string) => void, draft: (text: string) => void}} actions
   * @param {Attachments} attachments
   * @param {string} origin of the server
   * @param {Suggestions|null} suggestions null to offer none
   */
  constructor(actions, attachments, origin, suggestions) {
    this.#actions = actions;
    this.#attachments = attachments;
    this.#suggestions = suggestions;
    this.input = h('textarea', {
      class: 'input',
      hook: 'input',
      rows: '1',
      enterkeyhint: 'send',
      'aria-describedby': 'keys counter',
      dir: 'auto',
      on: {
        input: () => this.#onInput(),
        keydown: (event) => this.#onKey(event),
        paste: (event) => this.#onPaste(event),
      },
    });
    this.files = new ChosenFiles(attachments, origin, () => this.input.focus());
    const choose = () => {
      attachments.add(this.chooser.files);
      this.chooser.value = ''; // the same file may be chosen again
      this.input.focus();
    };
    this.chooser = h('input', {
      type: 'file',
      multiple: '',
      hidden: '',
      hook: 'chooser',
      on: { change: choose },
    });
    this.attach = h(
      'button',
      { class: 'attach', hook: 'attach', type: 'button', on: { click: () => this.chooser.click() } },
      icons.attach(),
    );
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
      this.files.node,
      h('div', { class: 'field' }, this.attach, this.chooser, this.input, this.send),
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
    setAttribute(this.attach, 'aria-label', this.#strings.attach);
    const { limits } = this.#attachments;
    this.attach.hidden = limits === null;
    setAttribute(this.chooser, 'accept', limits?.endings.join(',') || null);
    this.files.update(language);
    this.#count();
    this.#goOn();
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

  #onPaste(event) {
    const { files, types } = event.clipboardData;
    // from a word processor come the words and a picture of them
    if (!files.length || types.includes('text/plain')) return;
    event.preventDefault();
    this.#attachments.add(files);
  }

  /** Sends what waited for its files, unless one of them has failed. */
  #goOn() {
    if (!this.#waiting || this.#attachments.busy) return;
    this.#waiting = false;
    if (!this.#attachments.items.some(({ state }) => state === 'failed')) this.#submit();
  }

  #sendable(text) {
    const something = text || this.#attachments.ready;
    return something && [...text].length <= MAX_LENGTH && !this.#attachments.busy;
  }

  #submit() {
    const text = this.input.value.trim();
    this.#waiting = this.#attachments.busy;
    if (!this.#sendable(text)) {
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
    setAttribute(this.send, 'aria-disabled', this.#sendable(text) ? null : 'true');
    setAttribute(this.input, 'aria-invalid', over > 0 ? 'true' : null);
    setAttribute(this.counter, 'role', length > COUNTER_FROM ? 'status' : null);
    const counter = over > 0 ? this.#strings.over(over) : this.#strings.left(-over);
    setText(this.counter, length > COUNTER_FROM ? counter : '');
    this.counter.classList.toggle('over', over > 0);
  }
}
