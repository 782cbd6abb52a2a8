/** Files as they are shown: chosen ones above the box, and those of a message. */
import { STRINGS } from '../strings.js';
import { h, icons, setAttribute, setText } from './dom.js';

/** What every browser shows. */
const PICTURES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
const MEGABYTE = 1024 * 1024;

/** A size in `bytes` as people say it. */
export function sizeText(bytes, language) {
  const large = bytes >= MEGABYTE / 10;
  const shown = large ? bytes / MEGABYTE : Math.max(bytes / 1024, 1);
  const digits = large ? 1 : 0;
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: large ? 'megabyte' : 'kilobyte',
    maximumFractionDigits: digits,
  }).format(shown);
}

/** A file of a message: a small picture, or its name and size. Either is a link to it. */
export function fileCard({ name, url, type, size }, language) {
  const link = { hook: 'file', href: url, target: '_blank', rel: 'noopener', download: name };
  if (PICTURES.has(type)) {
    const picture = h('img', { src: url, alt: name, width: '200', height: '150', loading: 'lazy' });
    return h('a', { ...link, class: 'picture' }, picture);
  }
  const text = h(
    'span',
    { class: 'card-text' },
    h('span', { class: 'card-title', dir: 'auto' }, name),
    h('span', { class: 'card-label' }, sizeText(size, language)),
  );
  return h(
    'a',
    { ...link, class: 'card' },
    h('span', { class: 'card-tile' }, icons.file()),
    text,
    icons.down(),
  );
}

/** The files that the customer has chosen, above the box. */
export class ChosenFiles {
  #attachments;
  #origin;
  #shown = '';
  #done;

  /**
   * @param {Attachments} attachments
   * @param {string} origin of the server
   * @param {() => void} done called when the customer has taken one away
   */
  constructor(attachments, origin, done) {
    this.#attachments = attachments;
    this.#origin = origin;
    this.#done = done;
    this.list = h('ul', { class: 'chosen-files', hidden: '' });
    this.status = h('div', { class: 'sr', role: 'status' });
    this.node = h('div', {}, this.list, this.status);
  }

  /** Shows them in `language`. */
  update(language) {
    const strings = STRINGS[language];
    const { items } = this.#attachments;
    const shown = JSON.stringify([items, language]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    setAttribute(this.list, 'aria-label', strings.files);
    this.list.hidden = items.length === 0;
    this.list.replaceChildren(...items.map((item) => this.#item(item, language)));
    const told = items.map((item) => `${item.name}: ${this.#state(item, language)}`);
    setText(this.status, told.join('. '));
  }

  #state({ state, error, size }, language) {
    const strings = STRINGS[language];
    const { limits } = this.#attachments;
    if (state === 'ready') return sizeText(size, language);
    if (state !== 'failed') return strings.uploading;
    if (error === 'large') return strings.fileTooLarge(Math.floor(limits.maxBytes / MEGABYTE));
    if (error === 'many') return strings.tooManyFiles(limits.perMessage);
    return error === 'failed' ? strings.fileFailed : error;
  }

  #item(item, language) {
    const { key, name, type, state, url } = item;
    const picture = state === 'ready' && PICTURES.has(type);
    const click = () => {
      this.#attachments.remove(key);
      this.#done();
    };
    const remove = {
      type: 'button',
      class: 'icon-button',
      hook: 'file-remove',
      'aria-label': STRINGS[language].removeFile(name),
      on: { click },
    };
    return h(
      'li',
      { class: 'chosen-file', hook: 'chosen-file', 'data-state': state },
      picture
        ? h('img', { src: new URL(url, this.#origin).href, alt: '', width: '40', height: '40' })
        : h('span', { class: 'card-tile' }, state === 'failed' ? icons.alert() : icons.file()),
      h(
        'span',
        { class: 'card-text' },
        h('span', { class: 'file-name', dir: 'auto' }, name),
        h('span', { class: 'card-label' }, this.#state(item, language)),
      ),
      h('button', remove, icons.close()),
    );
  }
}

/**
 * Takes files that are dropped on `node`.
 *
 * @param {HTMLElement} node
 * @param {() => boolean} open whether files are taken now
 * @param {(files: File[]) => void} take
 */
export function takeDropped(node, open, take) {
  let depth = 0; // how many of the nodes within one another the pointer is in
  const show = () => node.classList.toggle('dropping', depth > 0);
  const listen = (name, run) =>
    node.addEventListener(name, (event) => {
      if (!open() || !event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      run(event);
      show();
    });
  listen('dragenter', () => (depth += 1));
  listen('dragleave', () => (depth = Math.max(depth - 1, 0)));
  listen('dragover', (event) => (event.dataTransfer.dropEffect = 'copy'));
  listen('drop', (event) => {
    depth = 0;
    take([...event.dataTransfer.files]);
  });
}
