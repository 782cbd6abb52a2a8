'use strict';
/* The trainer's inbox: the keys, and the next message at once. What was decided goes to the server in the
   background, in order; what it refuses is told, and the message comes back.

   A key acts on the message that is shown when it is pressed, or on none. The words of the next message are shown
   at once, from its row; a key that needs what is still on its way waits for it. */

const inbox = one('.inbox');
const list = one('.messages');
const detail = one('.detail-pane');
const toast = one('.toast');
const noneLeft = one('.none-left');
const SEEN_MS = 400; // until a trainer has seen that another message is shown
const AHEAD = 3; // messages that are fetched before they are looked at
const MORE_BELOW = 15; // rows left in the list at which more are fetched
const TOAST_MS = 9000;
const NEWS_MS = 3000; // between two looks for what others did
const MOST_ROWS = 200; // that one answer of the server holds

const fetched = new Map(); // id → {html: promise of the message's HTML, there: the HTML, once it is}
const versions = new Map(); // id → the version that this page's last action on it has made
let held = []; // keys pressed while the message was on its way: {id, act}
let working = Promise.resolve(); // what has been decided and is being sent
let pending = 0;
let decisions = 0; // so far: what was asked for before one is old
let stays = ''; // what could not be taken back: the next undo goes on before it
let deaf = 0; // until then keys do nothing, as another message is shown than a moment ago
let back; // id of the message that is shown again because what was decided was refused
let wanted; // id of the message that is to be shown
let loading = null;
let toastTimer = 0;

const rowsOf = () => all('li[data-id]', list);
const rowOf = (id) => one(`li[data-id="${id}"]`, list);
const shownNow = () => one('#message', detail);
const currentId = () => shownNow()?.dataset.id;
const coming = () => shownNow() !== null && 'coming' in shownNow().dataset;
const selectedRows = () => rowsOf().filter((row) => one('input', row).checked);
const inboxPath = (id = '', more = {}) => {
  const query = new URLSearchParams(inbox.dataset.query);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return `/train/inbox${id === '' ? '' : `/${id}`}${query.size ? `?${query}` : ''}`;
};

/* ---------------------------------------------------------------- focus */

/** Where the keyboard is: in the list, on a button of the message that the next one has too, or on the message. */
function place() {
  const { activeElement } = document;
  if (list.contains(activeElement)) return 'list';
  const button = activeElement?.closest('.detail-pane :is([data-does], [data-rank-key], [data-panel])');
  if (!button || button.closest('.tool')) return 'message';
  const [name, value] = Object.entries(button.dataset).find(([key]) => key in BUTTONS);
  return `[${BUTTONS[name]}="${value}"]`;
}

const BUTTONS = { does: 'data-does', rankKey: 'data-rank-key', panel: 'data-panel' };

/** Puts the keyboard there again, in the message that is shown now. */
function putFocus(where) {
  const link = where === 'list' && rowOf(currentId()) && one('a', rowOf(currentId()));
  const button = !link && where.startsWith('[') && one(`${where}:not(:disabled)`, detail);
  (link || button || shownNow()).focus({ preventScroll: true });
  if (detail.getBoundingClientRect().top < 0) scrollTo({ top: 0 });
  detail.scrollTop = 0;
  if (button) button.scrollIntoView({ block: 'nearest' });
}

/* ---------------------------------------------------------------- telling */

function hideToast() {
  // Who is about to press its button keeps it.
  if (toast.matches(':hover') || toast.contains(document.activeElement)) toastTimer = setTimeout(hideToast, 1000);
  else toast.hidden = true;
}

function say(text, { undo = false, bad = false, answer = '' } = {}) {
  clearTimeout(toastTimer);
  one('p', toast).textContent = text;
  one('a', toast).hidden = !answer;
  one('a', toast).href = answer || '/train/answers';
  one('button', toast).hidden = !undo;
  toast.classList.toggle('bad', bad);
  toast.hidden = false;
  toastTimer = setTimeout(hideToast, bad || answer ? 2 * TOAST_MS : TOAST_MS);
  keepToolInSight();
}

const tellProblem = (text) => say(text, { bad: true });

const inThousands = new Intl.NumberFormat('en');

const showTotal = (total) => (one('[data-total]').textContent = inThousands.format(Math.max(0, total)));
const tellTotal = (by) => showTotal(Number(one('[data-total]').textContent.replace(/\D/g, '')) + by);

/* ---------------------------------------------------------------- one message */

function fetchMessage(id, which = 0) {
  if (which) return ask(inboxPath(id, { which })).then((said) => said.html);
  if (!fetched.has(id)) {
    const message = { html: ask(inboxPath(id)).then((said) => said.html) };
    message.html.then(
      (html) => (message.there = html),
      () => fetched.get(id) === message && fetched.delete(id),
    );
    fetched.set(id, message);
  }
  return fetched.get(id).html;
}

function fetchAhead() {
  const there = rowsOf();
  const at = there.findIndex((row) => row.dataset.id === currentId());
  there.slice(at + 1, at + 1 + AHEAD).forEach((row) => fetchMessage(row.dataset.id).catch(() => {}));
}

function putMessage(html) {
  detail.replaceChildren(...elements(html), noneLeft);
  noneLeft.hidden = true;
  tellTimes(detail);
  prepareMessage();
}

function prepareMessage() {
  tellSelected();
  const name = one('#panel-new input[name=intent]', detail);
  if (name) prepareName(name, one('#new-called', detail), takeKnown);
  const marks = one('#panel-mark', detail);
  if (marks) prepareMarks(marks);
  one('.message-text', detail)?.addEventListener('mouseup', ({ currentTarget }) => {
    const selected = selectedIn(currentTarget);
    if (!selected) return;
    openTool('mark', { again: true });
    one('.to-mark', marks).setSelectionRange(...selected);
  });
  for (const form of all('form[data-action]', detail)) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      sendTool(form);
    });
    form.addEventListener('keydown', (event) => {
      if (event.isComposing) return;
      if (event.key === 'Escape') closeTools();
      const oneLine = event.target.matches('#panel-edit textarea, #panel-language select');
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey || (oneLine && !event.shiftKey))) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
  }
}

/** The words of a message that is on its way, as its row has them; without a row, that one comes. */
function putComing(id = '') {
  const row = id && rowOf(id);
  const [article, about, words] = ['article', 'p', 'p'].map((name) => document.createElement(name));
  article.className = 'review';
  article.id = 'message';
  article.tabIndex = -1;
  article.setAttribute('aria-labelledby', 'message-words');
  article.setAttribute('aria-busy', 'true');
  Object.assign(article.dataset, { id, coming: '', version: row?.dataset.version ?? '', state: inbox.dataset.state });
  about.className = 'meta';
  about.textContent = 'Loading…';
  words.className = 'message-text';
  words.id = 'message-words';
  words.dataset.testid = 'message-text';
  const said = row && one('.said', row);
  if (said) {
    words.lang = said.lang;
    words.textContent = said.textContent;
  }
  article.append(about, words);
  detail.replaceChildren(article, noneLeft);
  noneLeft.hidden = true;
}

/** Shows a message; the address says which, so that a reload shows it again.
    The keyboard goes to `focus` (see `place`), or stays where it is: null. */
async function show(id, { focus = 'message', which = 0 } = {}) {
  for (const row of rowsOf()) if ('overtaken' in row.dataset && row.dataset.id !== id) row.remove();
  for (const link of all('a[aria-current]', list)) link.removeAttribute('aria-current');
  const link = rowOf(id) && one('a', rowOf(id));
  link?.setAttribute('aria-current', 'true');
  link?.scrollIntoView({ block: 'nearest' });
  wanted = id;
  history.replaceState(null, '', inboxPath(id));
  const answer = fetchMessage(id, which);
  let html = which ? undefined : fetched.get(id).there;
  if (html === undefined) {
    const lost = detail.contains(document.activeElement);
    if (currentId() !== id) putComing(id);
    if (focus === 'list') putFocus(focus);
    else if (focus || lost) shownNow().focus({ preventScroll: true });
    try {
      html = await answer;
    } catch (error) {
      if (wanted === id) {
        forgetKeys();
        if (coming()) shownNow().dataset.failed = '';
      }
      tellProblem(error instanceof TypeError ? 'No connection. Try again in a moment.' : error.message);
      return;
    }
    if (wanted !== id) return; // the trainer is further already
  }
  const lost = detail.contains(document.activeElement);
  putMessage(html);
  if (focus || lost) putFocus(focus ?? 'message');
  fetchAhead();
  useKeysHeld();
}

/** The message is no longer the one to decide on, and which one comes next is not known yet. */
function showNext(focus) {
  putComing();
  shownNow().focus({ preventScroll: true });
  return loadMore().then(() => {
    const first = rowsOf()[0];
    if (first) show(first.dataset.id, { focus });
    else showNone();
  });
}

function showNone() {
  wanted = undefined;
  detail.replaceChildren(noneLeft);
  noneLeft.hidden = false;
  history.replaceState(null, '', inboxPath());
  inbox.closest('main').focus();
  useKeysHeld();
}

/* ---------------------------------------------------------------- keys that wait */

/** Does it now, or when the message is there that it was meant for. */
const whenThere = (act) => () => {
  if (!coming()) {
    act();
    return;
  }
  held.push({ id: currentId(), act });
  if ('failed' in shownNow().dataset) tryAgain();
};

/** Needs the words alone; but keys act in the order in which they were pressed. */
const inTurn = (act) => () => (held.length ? whenThere(act)() : act());

function useKeysHeld() {
  const waiting = held;
  held = [];
  let left = 0;
  for (const { id, act } of waiting) {
    if (id && id === currentId() && !coming()) act();
    else left += 1;
  }
  if (left) tellProblem('A key that was pressed before the next message was there did nothing.');
}

function tryAgain() {
  delete shownNow().dataset.failed;
  show(currentId());
}

function forgetKeys() {
  held = [];
}

function move(by) {
  const there = rowsOf();
  const at = there.findIndex((row) => row.dataset.id === currentId());
  const next = there[at < 0 ? 0 : Math.min(there.length - 1, Math.max(0, at + by))];
  if (next && next.dataset.id !== currentId()) show(next.dataset.id, { focus: place() });
}

/* ---------------------------------------------------------------- the list */

async function loadMore() {
  if (loading || !list.dataset.next) return loading;
  one('.loading').hidden = false;
  loading = ask(listPath({ after: list.dataset.next }))
    .then((said) => {
      list.dataset.next = said.next ?? '';
      list.append(...elements(said.html).filter((row) => !rowOf(row.dataset.id)));
    })
    .catch(() => {}) // it is asked for again when the trainer goes on
    .finally(() => {
      loading = null;
      one('.loading').hidden = true;
    });
  return loading;
}

function filtered(path, more = {}) {
  const query = new URLSearchParams(inbox.dataset.query);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return `${path}?${query}`;
}
const listPath = (more) => filtered('/train/inbox/list', more);
const newsPath = (more) => filtered('/train/inbox/news', more);

async function loadAgain() {
  const said = await ask(listPath());
  list.dataset.next = said.next ?? '';
  list.replaceChildren(...elements(said.html));
  showTotal(said.total);
  fetched.clear();
  tellSelected();
}

function leaveList(row) {
  row.remove();
  one('a', row).removeAttribute('aria-current');
  fetched.delete(row.dataset.id);
  if (!('overtaken' in row.dataset)) tellTotal(-1); // that one is counted no more
  if (rowsOf().length < MORE_BELOW) loadMore();
}

function comeBack(row) {
  if (rowOf(row.dataset.id)) return;
  delete row.dataset.overtaken;
  const after = rowsOf().find((other) => Number(other.dataset.rank) > Number(row.dataset.rank));
  list.insertBefore(row, after ?? null);
  tellTotal(1);
}

/* ---------------------------------------------------------------- deciding */

async function sendAction(path, fields) {
  const answer = await post(path, fields);
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.message), { status: answer.status, stays: said.stays });
  if (!path.includes('/undo')) stays = '';
  if (said.id) versions.set(String(said.id), said.version);
  return said;
}

/** Sends in the order of deciding; one that failed does not hold up the next. */
function later(task) {
  pending += 1;
  decisions += 1;
  working = working.then(task).finally(() => (pending -= 1));
  return working;
}

/** The version of a message that this page knows: as it was shown, or after what was done to it here since. */
const newest = (id, seen) => Math.max(Number(seen), Number(versions.get(id) ?? 0));

/** Leaves the message that is shown, and goes on to the next one. */
function goOn(row) {
  const focus = place();
  const next = row?.nextElementSibling ?? row?.previousElementSibling ?? rowsOf().find((other) => other !== row);
  if (row) leaveList(row);
  if (next?.dataset.id) show(next.dataset.id, { focus });
  else if (list.dataset.next) showNext(focus);
  else showNone();
}

/** Decides on the message that is shown, and goes on to the next one. */
function decide(action, fields = {}, said = '') {
  const message = shownNow();
  if (!message?.dataset.id) return;
  const { id, version } = message.dataset;
  const row = rowOf(id);
  const shown = coming() ? [] : [...detail.children].filter((part) => part !== noneLeft);
  if (said) say(said, { undo: true });
  goOn(row);
  later(async () => {
    try {
      const done = await sendAction(inboxPath(`${id}/${action}`), { version: newest(id, version), ...fields });
      if (done.notes.length) say(`${done.said}. ${done.notes.join(' ')}`, { undo: true });
      else if (!said) say(done.said, { undo: true });
      if (done.made.length) {
        await loadAgain();
        show(String(done.made[0]));
      }
    } catch (error) {
      await refused(id, row, shown, error);
    }
  });
}

/** What came of a refusal: the message is back as it is now, in the list and beside it, unless it is done with.
    Keys that are pressed before that can be seen do nothing. */
async function refused(id, row, shown, error) {
  const offline = error instanceof TypeError;
  tellProblem(offline ? 'No connection. Nothing was changed; the message is back.' : error.message);
  deaf = Infinity;
  forgetKeys();
  try {
    let html = shown.map((part) => part.outerHTML).join('');
    if (!offline) {
      const now = await ask(inboxPath(id));
      if (one('[data-id]', template(now.html))?.dataset.state !== inbox.dataset.state) return;
      html = now.html;
      versions.set(id, now.version);
      if (row) row.dataset.version = now.version;
    }
    if (row) comeBack(row);
    const writing = one('.tool.open', detail) || one('dialog[open]');
    if (writing || (back !== undefined && back === currentId())) return; // the first of several is shown
    back = id;
    if (html) fetched.set(id, { html: Promise.resolve(html), there: html });
    show(id, { focus: place() });
    deaf = performance.now() + SEEN_MS;
  } catch {
    // it is gone: there is nothing to come back to
  } finally {
    if (deaf === Infinity) deaf = 0;
  }
}

function template(html) {
  const holder = document.createElement('template');
  holder.innerHTML = html;
  return holder.content;
}

const labelOf = (intent) =>
  one(`.rank-button[value="${CSS.escape(intent)}"] .name`, detail)?.textContent ??
  intent.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase());
const language = () => one('.ranking-form [name=language]', detail)?.value ?? '';

function accept() {
  if (selectedRows().length) return bulk('accept');
  const intent = shownNow()?.dataset.suggested;
  if (!intent) {
    const like = one('.nearest', detail) ? 'Press a digit to take one of these, or r' : 'Press r';
    return shownNow() && tellProblem(`There is no suggestion to accept. ${like} to search for an intent.`);
  }
  decide('accept', { language: language(), suggested: intent }, `Labelled as ${labelOf(intent)}`);
}

function rank(place) {
  const button = one(`[data-rank-key="${place}"]`, detail);
  if (button) decide('relabel', { intent: button.value, language: language() }, `Labelled as ${labelOf(button.value)}`);
}

async function find() {
  const many = selectedRows().length;
  if (!many && !shownNow()) return;
  const id = currentId();
  const intent = await chooseIntent(language());
  if (!intent) return shownNow()?.focus({ preventScroll: true });
  if (many) bulk('relabel', intent);
  else if (id === currentId())
    decide('relabel', { intent: intent.name, language: language() }, `Labelled as ${intent.label}`);
}

function plain(action, said) {
  if (selectedRows().length && action !== 'reopen') bulk(action);
  else decide(action, {}, said);
}

function undo() {
  if (held.length) {
    forgetKeys(); // nothing has come of them yet
    say('Taken back');
    return;
  }
  later(async () => {
    try {
      const done = await sendAction(inboxPath('undo'), stays ? { before: stays } : {});
      await loadAgain();
      await show(String(done.id));
      say(done.said);
    } catch (error) {
      if (error.status) stays = error.stays ?? ''; // when there is nothing before it, it is tried again
      tellProblem(error instanceof TypeError ? 'No connection. Nothing was taken back.' : error.message);
    }
  });
}

/* ---------------------------------------------------------------- several at once */

function tellSelected() {
  const count = selectedRows().length;
  one('.bulk').hidden = count === 0;
  one('[data-selected]').textContent = count;
  inbox.classList.toggle('selecting', count > 0);
  for (const part of all('fieldset', detail)) part.disabled = count > 0;
}

/** Does it to the one message, unless several are selected: then it is out of use. */
const forOne = (act) => () => {
  if (selectedRows().length) tellProblem('Enter, r, x and l are for the messages that are selected. Esc clears the selection.');
  else act();
};

function selectCurrent() {
  const box = rowOf(currentId()) && one('input', rowOf(currentId()));
  if (!box) return;
  box.checked = !box.checked;
  tellSelected();
  say(`${box.checked ? 'Selected' : 'Not selected'}; ${selectedRows().length} in all`);
  if (box.checked) move(1);
}

function selectAlike() {
  const suggested = rowOf(currentId())?.dataset.suggested;
  if (suggested === undefined) return;
  for (const row of rowsOf()) if (row.dataset.suggested === suggested) one('input', row).checked = true;
  tellSelected();
  say(`${selectedRows().length} selected`);
}

function clearSelection() {
  for (const row of selectedRows()) one('input', row).checked = false;
  tellSelected();
}

const BULK_DONE = { not_for_bot: 'not for the bot', skip: 'left for later' };
const MOST_NAMED = 3; // intents

/** What was done to several messages, in words. */
function bulkSaid(count, action, labels) {
  if (action in BULK_DONE) return `${count} ${BULK_DONE[action]}`;
  const names = [...new Set(labels)];
  const more = names.length - MOST_NAMED;
  return `${count} labelled: ${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function bulk(action, intent = { name: '', label: '' }) {
  const picked = selectedRows();
  const labels = new Map(
    picked.map((row) => [Number(row.dataset.id), intent.label || one('.guess', row)?.textContent || labelOf(row.dataset.suggested)]),
  );
  const seen = picked.map((row) => `${row.dataset.id}:${row.dataset.version}`).join(' ');
  const suggested = JSON.stringify(Object.fromEntries(picked.map(({ dataset }) => [dataset.id, dataset.suggested])));
  say(`Working on ${picked.length} messages…`);
  later(async () => {
    try {
      const told = await sendAction('/train/inbox/bulk', { action, intent: intent.name, seen, suggested });
      await loadAgain();
      const first = rowsOf()[0];
      if (rowOf(currentId())) show(currentId());
      else if (first) show(first.dataset.id);
      else showNone();
      const not = told.refused.length;
      const named = told.done.map((id) => labels.get(id));
      const what = told.done.length ? bulkSaid(told.done.length, action, named) : 'Nothing was done';
      if (not) say(`${what}, ${not} not: ${told.refused[0].message}`, { undo: told.done.length > 0, bad: true });
      else say(what, { undo: true });
    } catch (error) {
      tellProblem(error instanceof TypeError ? 'No connection. Nothing was changed.' : error.message);
    }
  });
}

/* ---------------------------------------------------------------- tools */

function closeTools({ focus = true } = {}) {
  for (const tool of all('.tool.open', detail)) tool.classList.remove('open');
  for (const button of all('[data-panel]', detail)) button.setAttribute('aria-expanded', 'false');
  if (focus) shownNow()?.focus({ preventScroll: true });
}

function openTool(name, { again = false } = {}) {
  const tool = one(`#panel-${name}`, detail);
  if (!tool) return;
  const open = tool.classList.contains('open');
  closeTools({ focus: open && !again });
  if (open && !again) return;
  tool.classList.add('open');
  one(`[data-panel="${name}"]`, detail).setAttribute('aria-expanded', 'true');
  const field = one('textarea, input:not([type=hidden]), select', tool);
  field.focus();
  if (name === 'mark') field.setSelectionRange(0, 0);
  tool.scrollIntoView({ block: 'nearest' });
}

/** The line that tells what was done lies on no button of a form that is being filled in. */
function keepToolInSight() {
  if (detail.contains(document.activeElement)) one('.tool.open', detail)?.scrollIntoView({ block: 'nearest' });
}

const FIELDS = {
  edit: (form) => ({ text: form.elements.text.value }),
  mark: (form) => ({ marks: marksOf(form) }),
  language: (form) => ({ language: form.elements.language.value }),
};

/** The tools that end with the message go on at once; the others show what has become of it. */
function sendTool(form) {
  const { action } = form.dataset;
  const { id, version } = shownNow().dataset;
  if (action === 'new_intent') return makeIntent(form);
  if (action === 'split') return splitMessage(form);
  const fields = FIELDS[action](form);
  return later(async () => {
    try {
      const done = await sendAction(inboxPath(`${id}/${action}`), { version: newest(id, version), ...fields });
      const fresh = elements(done.row)[0];
      const row = rowOf(id);
      if (row) {
        one('input', fresh).checked = one('input', row).checked;
        row.replaceWith(fresh);
        one('a', fresh).setAttribute('aria-current', 'true');
      }
      fetched.delete(id);
      if (currentId() === id) {
        putMessage(done.html);
        shownNow().focus({ preventScroll: true });
      }
      say([done.said, ...done.notes].join('. '), { undo: true });
    } catch (error) {
      tellProblem(error instanceof TypeError ? 'No connection. Your text is kept; try again.' : error.message);
    }
  });
}

/** A name that cannot be taken stays in its field; so it goes on only when the intent is made. */
function makeIntent(form) {
  const { id, version } = shownNow().dataset;
  const fields = { intent: form.elements.intent.value, language: language() };
  later(async () => {
    try {
      const done = await sendAction(inboxPath(`${id}/new_intent`), { version: newest(id, version), ...fields });
      const row = rowOf(id);
      if (currentId() === id) goOn(row);
      else if (row) leaveList(row);
      say(done.notes.join(' '), { undo: true, answer: done.answer });
    } catch (error) {
      tellProblem(error instanceof TypeError ? 'No connection. Your text is kept; try again.' : error.message);
    }
  });
}

/** The intent that there is already, instead of a new one of its name. */
function takeKnown({ name, label }) {
  decide('relabel', { intent: name, language: language() }, `Labelled as ${label}`);
}

/** A split that cannot be done keeps what was written; so it goes on only when it is done. */
function splitMessage(form) {
  const { id, version } = shownNow().dataset;
  const parts = form.elements.parts.value;
  later(async () => {
    try {
      const fields = { version: newest(id, version), parts };
      const done = await sendAction(inboxPath(`${id}/split`), fields);
      await loadAgain();
      await show(String(done.made[0]));
      say([`Split into ${done.made.length}`, ...done.notes].join('. '), { undo: true });
    } catch (error) {
      tellProblem(error instanceof TypeError ? 'No connection. Your text is kept; try again.' : error.message);
    }
  });
}

function earlier() {
  const message = shownNow();
  if (!message || Number(message.dataset.of) < 2) return;
  show(message.dataset.id, { which: (Number(message.dataset.which) + 1) % Number(message.dataset.of) });
}

/* ---------------------------------------------------------------- what others do */

/** Looks what is new, and brings the list up to date; the message that is shown stays as it is. */
async function lookForNews() {
  if (document.hidden || pending || loading) return;
  const before = decisions;
  const rows = Math.min(rowsOf().length, MOST_ROWS);
  const offline = one('.offline');
  let said;
  try {
    said = await ask(newsPath({ token: inbox.dataset.token, rows }));
  } catch (error) {
    const refuses = !(error instanceof TypeError || error instanceof SyntaxError);
    if (refuses) tellProblem(error.message); // the session has ended; what is being written stays
    else offline.hidden = false; // it is asked again
    return;
  }
  offline.hidden = true;
  if (coming() && 'failed' in shownNow().dataset) tryAgain();
  const reading = one('.reading');
  reading.textContent = said.reading ?? '';
  reading.hidden = !said.reading;
  const troubles = one('.troubles');
  troubles.hidden = !said.troubles.length;
  one('ul', troubles).replaceChildren(
    ...said.troubles.map((text) => Object.assign(document.createElement('li'), { textContent: text })),
  );
  // What was decided meanwhile is not in the answer.
  if (said.html === undefined || pending || loading || decisions !== before) return;
  inbox.dataset.token = said.token;
  tellNews(said);
}

async function keepLooking() {
  for (;;) {
    await new Promise((done) => setTimeout(done, NEWS_MS));
    await lookForNews();
  }
}

function tellNews({ html, next, total }) {
  const old = new Map(rowsOf().map((row) => [row.dataset.id, row]));
  const current = currentId();
  const anchor = rowOf(current) ?? rowsOf().find((row) => row.getBoundingClientRect().bottom > 0);
  const top = anchor?.getBoundingClientRect().top;
  const focused = document.activeElement?.closest('.messages li')?.dataset.id;
  const inBox = document.activeElement?.matches('.messages input');
  const fresh = elements(html).map((row) => asBefore(row, old.get(row.dataset.id), current));
  const there = new Set(fresh.map((row) => row.dataset.id));
  // More rows than one answer holds: the others stay until they are looked at.
  const further = old.size > MOST_ROWS ? [...old.values()].slice(MOST_ROWS).filter((r) => !there.has(r.dataset.id)) : [];
  if (!further.length) list.dataset.next = next ?? '';
  const shown = [...fresh, ...further];
  const mine = old.get(current);
  if (mine && !shown.some((row) => row.dataset.id === current)) {
    // A colleague was faster; the row goes when the trainer goes on.
    mine.dataset.overtaken = '';
    const after = [...old.keys()].slice([...old.keys()].indexOf(current) + 1).find((id) => there.has(id));
    const at = after ? shown.findIndex((row) => row.dataset.id === after) : shown.length;
    shown.splice(at, 0, mine);
  }
  setRows(shown);
  showTotal(total);
  fetched.clear();
  if (focused && !list.contains(document.activeElement)) one(inBox ? 'input' : 'a', rowOf(focused) ?? list)?.focus();
  const kept = anchor && rowOf(anchor.dataset.id);
  if (kept) scrolled().scrollTop += kept.getBoundingClientRect().top - top;
  tellSelected();
  if (wanted === undefined && !current && shown.length) show(shown[0].dataset.id, { focus: null });
  else if (current && !coming()) {
    tellRead(current);
    tellOvertaken(current);
  }
  fetchAhead();
}

const scrolled = () => (list.scrollHeight > list.clientHeight + 1 ? list : document.scrollingElement);

/** A row that has not changed keeps its element, and so its focus. */
function asBefore(row, before, current) {
  if (row.dataset.id === current) one('a', row).setAttribute('aria-current', 'true');
  if (!before) {
    row.classList.add('arrived');
    return row;
  }
  one('input', row).checked = one('input', before).checked;
  const same = before.innerHTML === row.innerHTML && before.dataset.version === row.dataset.version;
  if (!same) return row;
  Object.assign(before.dataset, row.dataset);
  delete before.dataset.overtaken;
  return before;
}

function setRows(shown) {
  const stay = new Set(shown);
  for (const row of rowsOf()) if (!stay.has(row)) row.remove();
  let at = list.firstElementChild;
  for (const row of shown) {
    if (row === at) at = at.nextElementSibling;
    else list.insertBefore(row, at);
  }
}

/** Says what the model makes of a message that it has read only now; what the digits mean stays. */
function tellRead(id) {
  const message = shownNow();
  const row = rowOf(id);
  const unread = one('[data-testid=unread]', message);
  if (!unread || message.dataset.suggested || !row?.dataset.suggested) return;
  message.dataset.suggested = row.dataset.suggested;
  const [name, share] = ['.guess', '.share'].map((part) => one(part, row)?.textContent ?? '');
  unread.textContent = `The model has read it now: ${name} ${share}`;
  markSuggested(message, row.dataset.suggested, name, share);
  one('[data-does=accept]', message).disabled = false;
}

/** The row that Enter takes: that of the intent among those with examples like it, or one more below them. */
function markSuggested(message, intent, name, share) {
  const nearest = one('.nearest', message);
  if (!nearest) return;
  let button = all('button', nearest).find(({ value }) => value === intent);
  if (!button) {
    const [item, place] = [document.createElement('li'), nearest.children.length + 1];
    button = Object.assign(document.createElement('button'), { name: 'intent', value: intent, className: 'rank-button' });
    button.dataset.rankKey = place;
    const [key, called, like] = ['kbd', 'span', 'span'].map((tag) => document.createElement(tag));
    key.textContent = place;
    Object.assign(called, { className: 'name', textContent: name });
    Object.assign(like, { className: 'like', textContent: `the model: ${share}` });
    button.append(key, called, like);
    item.append(button);
    nearest.append(item);
  }
  button.classList.add('suggested');
  const enter = Object.assign(document.createElement('kbd'), { className: 'enter', textContent: 'Enter' });
  button.append(enter);
}

/** Says beside the message what a colleague has done to it; what is being written stays. */
async function tellOvertaken(id) {
  const row = rowOf(id);
  const known = newest(id, shownNow().dataset.version);
  if (row && !('overtaken' in row.dataset) && Number(row.dataset.version) <= known) return;
  let now;
  try {
    now = await ask(inboxPath(id));
  } catch {
    now = { last: 'It is no longer in the inbox.', version: known + 1 };
  }
  if (currentId() !== id || coming() || pending) return;
  const state = one('[data-id]', template(now.html ?? ''))?.dataset.state;
  if (now.version <= known && state === shownNow().dataset.state) return;
  one('.overtaken', detail)?.remove();
  const told = document.createElement('p');
  told.className = 'grade warning overtaken';
  told.dataset.testid = 'overtaken';
  const name = document.createElement('span');
  name.className = 'grade-name';
  name.textContent = 'Changed';
  const again = document.createElement('button');
  again.type = 'button';
  again.className = 'small';
  again.dataset.does = 'again';
  again.textContent = 'Show it as it is now';
  const what = now.version > known ? now.last : 'The model knows this by now.';
  told.append(name, ` ${what} `, again);
  shownNow().append(told); // at the end, so that nothing is moved; it may be out of sight there
  say(what);
}

function showAgain() {
  const id = currentId();
  fetched.delete(id);
  show(id);
}

/* ---------------------------------------------------------------- keys and clicks */

const DOES = {
  accept,
  find,
  undo,
  earlier,
  again: showAgain,
  clear: clearSelection,
  close: closeTools,
  not_for_bot: () => plain('not_for_bot', 'Not for the bot'),
  skip: () => plain('skip', 'Left for later'),
  reopen: () => plain('reopen', 'Open again'),
  'add-mark': () => addMark(one('#panel-mark', detail)),
};

const inTool = (name) => forOne(whenThere(() => openTool(name)));
const findWhenThere = () => (selectedRows().length ? find() : whenThere(find)());
const rankWhenThere = (place) => forOne(whenThere(() => rank(place)))();

const INBOX_KEYS = {
  Enter: () => (selectedRows().length ? accept() : whenThere(accept)()),
  1: () => rankWhenThere(1),
  2: () => rankWhenThere(2),
  3: () => rankWhenThere(3),
  4: () => rankWhenThere(4),
  5: () => rankWhenThere(5),
  r: findWhenThere,
  '/': findWhenThere,
  x: inTurn(DOES.not_for_bot),
  l: inTurn(DOES.skip),
  e: inTool('edit'),
  m: inTool('mark'),
  g: inTool('language'),
  s: inTool('split'),
  n: inTool('new'),
  w: () => one('a:not([hidden])', toast)?.click(),
  o: forOne(whenThere(() => one('[data-does=reopen]', detail) && DOES.reopen())),
  z: undo,
  j: inTurn(() => move(1)),
  k: inTurn(() => move(-1)),
  ' ': inTurn(selectCurrent),
  a: selectAlike,
  c: whenThere(earlier),
  f: () => one('[data-testid=words]').focus(),
  Escape: clearSelection,
};

function pressedOn(event) {
  const { target } = event;
  // After a click keys act on the message; a button that was pressed by the keyboard keeps the focus.
  if (event.detail && target.closest('.tools, .ranked')) shownNow()?.focus({ preventScroll: true });
  const does = target.closest('[data-does]');
  if (does) {
    event.preventDefault();
    DOES[does.dataset.does]();
    return;
  }
  const panel = target.closest('[data-panel]');
  if (panel) openTool(panel.dataset.panel);
  const ranked = target.closest('.rank-button');
  if (ranked) {
    event.preventDefault();
    rank(ranked.dataset.rankKey);
  }
  const link = target.closest('.messages a');
  if (link && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    show(link.closest('li').dataset.id);
  }
}

const unlessDeaf = (act) => () => performance.now() < deaf || act();

function prepareInbox() {
  document.documentElement.classList.add('scripts');
  useKeys(Object.fromEntries(Object.entries(INBOX_KEYS).map(([key, act]) => [key, unlessDeaf(act)])));
  document.addEventListener('click', pressedOn);
  list.addEventListener('change', tellSelected);
  one('.filters').addEventListener('change', (event) => {
    if (event.target.matches('select')) event.currentTarget.requestSubmit();
  });
  one('.filters').addEventListener('keydown', (event) => {
    if (event.key === 'Escape') shownNow()?.focus();
  });
  const nearEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < 600 && loadMore();
  list.addEventListener('scroll', nearEnd, { passive: true });
  addEventListener('scroll', () => {
    if (document.documentElement.scrollHeight - scrollY - innerHeight < 600) loadMore();
  }, { passive: true });
  addEventListener('beforeunload', (event) => pending && event.preventDefault());
  prepareMessage();
  if (shownNow()) {
    if (matchMedia('(min-width: 900px)').matches) shownNow().focus({ preventScroll: true });
    fetchAhead();
  }
  document.addEventListener('visibilitychange', lookForNews);
  keepLooking();
}

prepareInbox();
