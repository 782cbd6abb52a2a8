'use strict';
/* The trainer's inbox: the keys, and the next message at once. What was decided goes to the server in the
   background, in order; what it refuses is told, and the message comes back. */

const inbox = one('.inbox');
const list = one('.messages');
const detail = one('.detail-pane');
const toast = one('.toast');
const noneLeft = one('.none-left');
const AHEAD = 3; // messages that are fetched before they are looked at
const MORE_BELOW = 15; // rows left in the list at which more are fetched
const TOAST_MS = 9000;

const fetched = new Map(); // id → promise of the message's HTML
let working = Promise.resolve(); // what has been decided and is being sent
let pending = 0;
let wanted; // id of the message that is to be shown
let loading = null;
let toastTimer = 0;

const rowsOf = () => all('li[data-id]', list);
const rowOf = (id) => one(`li[data-id="${id}"]`, list);
const shownNow = () => one('#message', detail);
const currentId = () => shownNow()?.dataset.id;
const selectedRows = () => rowsOf().filter((row) => one('input', row).checked);
const inboxPath = (id = '', more = {}) => {
  const query = new URLSearchParams(inbox.dataset.query);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return `/train/inbox${id === '' ? '' : `/${id}`}${query.size ? `?${query}` : ''}`;
};

/* ---------------------------------------------------------------- telling */

function say(text, { undo = false, bad = false } = {}) {
  clearTimeout(toastTimer);
  one('p', toast).textContent = text;
  one('button', toast).hidden = !undo;
  toast.classList.toggle('bad', bad);
  toast.hidden = false;
  toastTimer = setTimeout(() => (toast.hidden = true), bad ? 2 * TOAST_MS : TOAST_MS);
}

const tellProblem = (text) => say(text, { bad: true });

const inThousands = new Intl.NumberFormat('en');

function tellTotal(by) {
  const total = one('[data-total]');
  total.textContent = inThousands.format(Math.max(0, Number(total.textContent.replace(/\D/g, '')) + by));
}

/* ---------------------------------------------------------------- one message */

function fetchMessage(id, which = 0) {
  if (which) return ask(inboxPath(id, { which })).then((said) => said.html);
  if (!fetched.has(id)) {
    const html = ask(inboxPath(id)).then((said) => said.html);
    html.catch(() => fetched.delete(id));
    fetched.set(id, html);
  }
  return fetched.get(id);
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
      const oneLine = event.target.matches('#panel-edit textarea');
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey || (oneLine && !event.shiftKey))) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
  }
}

/** Shows a message; the address says which, so that a reload shows it again. */
async function show(id, { focus = true, which = 0 } = {}) {
  for (const link of all('a[aria-current]', list)) link.removeAttribute('aria-current');
  const link = rowOf(id) && one('a', rowOf(id));
  link?.setAttribute('aria-current', 'true');
  link?.scrollIntoView({ block: 'nearest' });
  wanted = id;
  let html;
  try {
    html = await fetchMessage(id, which);
  } catch (error) {
    tellProblem(error instanceof TypeError ? 'No connection. Try again in a moment.' : error.message);
    return;
  }
  if (wanted !== id) return; // the trainer is further already
  putMessage(html);
  history.replaceState(null, '', inboxPath(id));
  if (focus) {
    shownNow().focus({ preventScroll: true });
    if (detail.getBoundingClientRect().top < 0) scrollTo({ top: 0 });
    detail.scrollTop = 0;
  }
  fetchAhead();
}
function showNone() {
  wanted = undefined;
  detail.replaceChildren(noneLeft);
  noneLeft.hidden = false;
  history.replaceState(null, '', inboxPath());
  inbox.closest('main').focus();
}

function move(by) {
  const there = rowsOf();
  const at = there.findIndex((row) => row.dataset.id === currentId());
  const next = there[at < 0 ? 0 : Math.min(there.length - 1, Math.max(0, at + by))];
  if (next && next.dataset.id !== currentId()) show(next.dataset.id);
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

function listPath(more = {}) {
  const query = new URLSearchParams(inbox.dataset.query);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return `/train/inbox/list?${query}`;
}

async function loadAgain() {
  const said = await ask(listPath());
  list.dataset.next = said.next ?? '';
  list.replaceChildren(...elements(said.html));
  one('[data-total]').textContent = inThousands.format(said.total);
  fetched.clear();
  tellSelected();
}

function leaveList(row) {
  row.remove();
  fetched.delete(row.dataset.id);
  tellTotal(-1);
  if (rowsOf().length < MORE_BELOW) loadMore();
}

function comeBack(row) {
  const after = rowsOf().find((other) => Number(other.dataset.rank) > Number(row.dataset.rank));
  list.insertBefore(row, after ?? null);
  tellTotal(1);
}

/* ---------------------------------------------------------------- deciding */

async function sendAction(path, fields) {
  const answer = await post(path, fields);
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.message), { status: answer.status });
  return said;
}

/** Sends in the order of deciding; one that failed does not hold up the next. */
function later(task) {
  pending += 1;
  working = working.then(task).finally(() => (pending -= 1));
  return working;
}

/** Decides on the message that is shown, and goes on to the next one. */
function decide(action, fields = {}, said = '') {
  const message = shownNow();
  if (!message) return;
  const id = message.dataset.id;
  const row = rowOf(id);
  const next = row?.nextElementSibling ?? row?.previousElementSibling;
  const version = () => row?.dataset.version ?? message.dataset.version;
  if (row) leaveList(row);
  if (said) say(said, { undo: true });
  if (next?.dataset.id) show(next.dataset.id);
  else if (list.dataset.next) loadMore().then(() => rowsOf()[0] && show(rowsOf()[0].dataset.id));
  else showNone();
  later(async () => {
    try {
      const done = await sendAction(inboxPath(`${id}/${action}`), { version: version(), ...fields });
      if (done.notes.length) say(`${done.said}. ${done.notes.join(' ')}`, { undo: true });
      else if (!said) say(done.said, { undo: true });
      if (done.made.length) {
        await loadAgain();
        show(String(done.made[0]));
      }
    } catch (error) {
      refused(row, error);
    }
  });
}

/** What came of a refusal: the message is back in the list as it is now, unless it is done with. */
async function refused(row, error) {
  const offline = error instanceof TypeError;
  tellProblem(offline ? 'No connection. Nothing was changed; the message is back in the list.' : error.message);
  if (!row) return;
  fetched.delete(row.dataset.id);
  if (offline) {
    comeBack(row);
    return;
  }
  try {
    const now = await ask(inboxPath(row.dataset.id));
    if (one('[data-id]', template(now.html))?.dataset.state !== inbox.dataset.state) return;
    row.dataset.version = now.version;
    comeBack(row);
  } catch {
    // it is gone: there is nothing to come back to
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
  if (!intent) return shownNow() && tellProblem('There is no suggestion to accept. Press r to search for an intent.');
  decide('accept', { language: language() }, `Labelled as ${labelOf(intent)}`);
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
  if (many) bulk('relabel', intent.name);
  else if (id === currentId())
    decide('relabel', { intent: intent.name, language: language() }, `Labelled as ${intent.label}`);
}

function plain(action, said) {
  if (selectedRows().length && action !== 'reopen') bulk(action);
  else decide(action, {}, said);
}

function undo() {
  later(async () => {
    try {
      const done = await sendAction(inboxPath('undo'), {});
      await loadAgain();
      await show(String(done.id));
      say(done.said);
    } catch (error) {
      tellProblem(error instanceof TypeError ? 'No connection. Nothing was taken back.' : error.message);
    }
  });
}

/* ---------------------------------------------------------------- several at once */

function tellSelected() {
  const count = selectedRows().length;
  one('.bulk').hidden = count === 0;
  one('[data-selected]').textContent = count;
}

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

function bulk(action, intent = '') {
  const picked = selectedRows();
  const seen = picked.map((row) => `${row.dataset.id}:${row.dataset.version}`).join(' ');
  say(`Working on ${picked.length} messages…`);
  later(async () => {
    try {
      const told = await sendAction('/train/inbox/bulk', { action, intent, seen });
      await loadAgain();
      const first = rowsOf()[0];
      if (rowOf(currentId())) show(currentId());
      else if (first) show(first.dataset.id);
      else showNone();
      const not = told.refused.length;
      const what = `${told.done.length} done`;
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
  const field = one('textarea, input:not([type=hidden])', tool);
  field.focus();
  if (name === 'mark') field.setSelectionRange(0, 0);
  tool.scrollIntoView({ block: 'nearest' });
}

/** The tools that end with the message go on at once; the others show what has become of it. */
function sendTool(form) {
  const { action } = form.dataset;
  const id = currentId();
  if (action === 'new_intent') return decide(action, { intent: form.elements.intent.value, language: language() });
  if (action === 'split') return splitMessage(form);
  const fields = action === 'mark' ? { marks: marksOf(form) } : { text: form.elements.text.value };
  return later(async () => {
    try {
      const version = shownNow().dataset.version;
      const done = await sendAction(inboxPath(`${id}/${action}`), { version, ...fields });
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

/** A split that cannot be done keeps what was written; so it goes on only when it is done. */
function splitMessage(form) {
  const id = currentId();
  later(async () => {
    try {
      const fields = { version: shownNow().dataset.version, parts: form.elements.parts.value };
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

/* ---------------------------------------------------------------- keys and clicks */

const DOES = {
  accept,
  find,
  undo,
  earlier,
  clear: clearSelection,
  close: closeTools,
  not_for_bot: () => plain('not_for_bot', 'Not for the bot'),
  skip: () => plain('skip', 'Left for later'),
  reopen: () => plain('reopen', 'Open again'),
  'add-mark': () => addMark(one('#panel-mark', detail)),
};

const INBOX_KEYS = {
  Enter: accept,
  1: () => rank(1),
  2: () => rank(2),
  3: () => rank(3),
  4: () => rank(4),
  5: () => rank(5),
  r: find,
  '/': find,
  x: DOES.not_for_bot,
  l: DOES.skip,
  e: () => openTool('edit'),
  m: () => openTool('mark'),
  s: () => openTool('split'),
  n: () => openTool('new'),
  o: () => one('[data-does=reopen]', detail) && DOES.reopen(),
  z: undo,
  j: () => move(1),
  k: () => move(-1),
  ' ': selectCurrent,
  a: selectAlike,
  c: earlier,
  f: () => one('[data-testid=words]').focus(),
  Escape: clearSelection,
};

function pressedOn(event) {
  const { target } = event;
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

function prepareInbox() {
  document.documentElement.classList.add('scripts');
  useKeys(INBOX_KEYS);
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
}

prepareInbox();
