'use strict';
/* Single keys of a page whose template marks what they are for. The page works without them.

   data-item       where j and k go to; it has words of its own, or a name (aria-labelledby)
   data-key="1"    a button, link, summary or field, and the keys that press it ("f /": either). In an item it is
                   that item's, and its key does nothing to another one; elsewhere it is the page's. The words of a
                   field are an element before it
   data-careful    its key only leads there: Enter presses it */

(() => {
  const SEEN_MS = 400; // until a trainer has seen what stands in the place of what is gone
  const PLACE = `place:${location.pathname}`;
  const DONE = one('#main > [role=status] p')?.textContent ?? ''; // as it is without the letters of keys
  const FIELD = 'input:not([type=hidden], [type=radio], [type=checkbox]), textarea, select';

  const items = () => all('[data-item]').filter((each) => each.checkVisibility());
  const itemOf = (element) => element?.closest('[data-item]') ?? null;
  const current = () => itemOf(document.activeElement);

  let deaf = 0;
  let leaving = false;
  let byKey = false;

  function go(item) {
    item?.focus({ preventScroll: true });
    item?.scrollIntoView({ block: 'nearest' });
  }

  function step(by) {
    const list = items();
    const at = list.indexOf(current());
    if (at >= 0) return go(list[at + by]);
    const side = by > 0 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
    const beside = list.filter((each) => document.activeElement.compareDocumentPosition(each) & side);
    return go(beside.at(by > 0 ? 0 : -1));
  }

  function press(element) {
    const opens = element.matches('summary') ? element.parentElement : null;
    for (const each of all('details')) if (each !== opens && each.contains(element)) each.open = true;
    const field = opens && one(FIELD, opens);
    const only = element.matches(`${FIELD}, [data-careful]`);
    if (opens || only) element.focus();
    if (field) opens.open = true;
    else if (!only) element.click();
    field?.focus();
  }

  function act(key) {
    if (leaving) return;
    const here = current();
    const marked = all('[data-key]').filter((each) => each.dataset.key.split(' ').includes(key));
    const found = (here && marked.find((each) => itemOf(each) === here)) ?? marked.find((each) => !itemOf(each));
    const decides = !found?.matches(`${FIELD}, summary, [data-careful]`);
    if (found && !found.disabled && !(decides && performance.now() < deaf)) press(found);
  }

  /** Where the trainer was is kept when a key has left the page; what has come there is next. */
  function keepPlace() {
    const at = byKey ? items().indexOf(current()) : -1;
    if (at < 0) sessionStorage.removeItem(PLACE);
    else sessionStorage.setItem(PLACE, at);
  }

  /** What was done is said, too: a status that is there from the start is not, by itself. */
  function tell() {
    const heard = Object.assign(document.createElement('p'), { className: 'only-heard' });
    heard.setAttribute('role', 'status');
    one('#main').append(heard);
    setTimeout(() => (heard.textContent = DONE), SEEN_MS);
  }

  function start() {
    const kept = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
    const asked = itemOf(document.getElementById(location.hash.slice(1)));
    if (kept !== null) {
      deaf = performance.now() + SEEN_MS;
      tell();
    }
    if (asked || kept !== null) go(asked ?? items()[kept] ?? items().at(-1));
  }

  function prepare() {
    for (const item of all('[data-item]')) if (item.tabIndex < 0) item.tabIndex = -1;
    const keys = { j: () => step(1), k: () => step(-1) };
    for (const element of all('[data-key]')) {
      const names = element.dataset.key.split(' ');
      for (const name of names) keys[name] = () => act(name);
      element.setAttribute('aria-keyshortcuts', element.dataset.key);
      const shown = Object.assign(document.createElement('kbd'), { className: 'key', textContent: names[0] });
      shown.ariaHidden = 'true'; // it is said by the attribute
      (element.matches(FIELD) ? element.previousElementSibling : element).append(shown);
    }
    useKeys(keys);
    addEventListener('keydown', (event) => {
      byKey = true;
      if (event.repeat && event.key === 'Enter' && !event.target.matches('textarea')) event.preventDefault();
    }, true);
    addEventListener('pointerdown', () => (byKey = false), true);
    addEventListener('keydown', ({ key, target, isComposing }) => {
      if (key !== 'Escape' || isComposing || !target.matches(FIELD)) return;
      (itemOf(target) ?? one('#main')).focus({ preventScroll: true });
    });
    addEventListener('submit', (event) => (leaving = !event.defaultPrevented));
    addEventListener('pageshow', () => (leaving = false));
    addEventListener('pagehide', keepPlace);
    start();
  }

  prepare();
})();
