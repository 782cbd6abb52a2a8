'use strict';
/* Single keys, as in docs/desk.md. Functions alone; console.js calls them.
   The trainer's pages have others (useKeys). */

const KEYS_OFF = 'keys-off';
const LIST = 'list'; // addresses of the conversations in the list that was shown last

const rowLinks = () => all('.rows a');
const focusedRow = () => document.activeElement?.closest('.rows a');

function step(by) {
  if (live) {
    const list = JSON.parse(sessionStorage.getItem(LIST) ?? '[]');
    const next = list[list.indexOf(location.pathname) + by];
    if (next && list.includes(location.pathname)) location.assign(next);
    return;
  }
  const links = rowLinks();
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
}

/** What a key does in the list it does to the row in focus, on that row's page. */
function onPage(key, act) {
  if (live) act();
  else if (focusedRow()) location.assign(`${focusedRow().pathname}#key-${key}`);
}

function assign() {
  if (one('.composer.reply')) return;
  const accept = one('[data-testid=accept]');
  // A colleague's is not taken by a slip of one key: Enter takes it.
  if (accept) accept.click();
  else one('[data-testid=take-over]')?.focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  u: () => live && one('.back').click(),
  a: () => onPage('a', assign),
  r: () => onPage('r', () => write('reply')),
  n: () => onPage('n', () => write('note')),
  g: () => onPage('g', () => one('[data-opens=give-dialog]')?.click()),
  e: () => onPage('e', () => one('[data-opens=resolve-dialog]')?.click()),
  '/': () => one('[data-testid=search]')?.focus(),
  '?': () => one('#keys-dialog').showModal(),
};

function pressed(event) {
  const typing = event.target.closest('input:not([type=radio], [type=checkbox]), textarea, select, dialog');
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key !== '?' && localStorage.getItem(KEYS_OFF)) return;
  const act = Object.hasOwn(KEYS, event.key) && KEYS[event.key];
  if (!act || pressesIt(event)) return;
  event.preventDefault();
  if (event.repeat && !'jk'.includes(event.key)) return; // a key held down decides once
  act();
}

/** Enter and the space bar press the button, follow the link or tick the box in focus. */
const pressesIt = ({ key, target }) =>
  (key === 'Enter' && target.closest('a, button, summary')) ||
  (key === ' ' && target.closest('button, summary, [type=checkbox]'));

/** A page with keys of its own has them in place of the desk's; the list of keys stays. */
function useKeys(keys) {
  for (const key of Object.keys(KEYS)) if (key !== '?') delete KEYS[key];
  Object.assign(KEYS, keys);
}

function prepareKeys() {
  const on = one('#keys-on');
  on.checked = !localStorage.getItem(KEYS_OFF);
  on.addEventListener('change', () => {
    if (on.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, 'yes');
  });
  document.addEventListener('keydown', pressed);
  const asked = /^#key-([a-z])$/.exec(location.hash);
  if (asked && live) {
    history.replaceState(null, '', location.pathname); // so that a reload does not do it again
    KEYS[asked[1]]?.();
  }
}

function keepList() {
  sessionStorage.setItem(LIST, JSON.stringify(rowLinks().map((link) => link.pathname)));
}
