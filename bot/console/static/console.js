'use strict';
/* Keeps an open page up to date. Every page works without it, but not by itself. */

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const csrf = one('meta[name=csrf]').content;

/** The elements that a piece of the server's HTML holds. */
function elements(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  return [...template.content.children];
}

/* ---------------------------------------------------------------- times */

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' });

function lasted(from) {
  const minutes = Math.max(0, Math.floor((Date.now() - from) / 60000));
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} days`;
}

function tellTimes(within = document) {
  for (const element of all('time', within)) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const today = at.toDateString() === new Date().toDateString();
    const spoken = today ? clock.format(at) : `${day.format(at)}, ${clock.format(at)}`;
    const text = 'since' in element.dataset ? lasted(at) : spoken;
    if (element.textContent !== text) element.textContent = text;
    element.title = full.format(at);
  }
}

/* ---------------------------------------------------------------- title */

const title = document.title;

function tellCounts(counts) {
  for (const element of all('[data-count]')) {
    const count = counts[element.dataset.count];
    element.textContent = count;
    if ('alarm' in element.dataset) element.hidden = count === 0;
  }
  const pending = counts.waiting + counts.unread;
  document.title = pending ? `(${pending}) ${title}` : title;
}

/* ---------------------------------------------------------------- queue */

const rows = one('[data-live-view]');

/** Brings the rows up to date; one that did not change keeps its element, and so its focus. */
function tellQueue({ html }) {
  const focused = document.activeElement?.closest('[data-key]')?.dataset.key;
  const old = new Map(all('[data-key]', rows).map((row) => [row.dataset.key, row]));
  const fresh = elements(html);
  fresh.forEach((row) => tellTimes(row));
  const shown = fresh.map((row) => {
    const before = old.get(row.dataset.key);
    if (!before) row.classList.add('arrived');
    return before && before.innerHTML === row.innerHTML ? before : row;
  });
  const same = shown.length === rows.children.length && shown.every((r, i) => r === rows.children[i]);
  if (same) return;
  rows.replaceChildren(...shown);
  if (focused) one(`[data-key="${focused}"] a`, rows)?.focus();
}

function moveInQueue(event) {
  const step = { j: 1, k: -1 }[event.key];
  const typing = event.target.closest('input, textarea, select, [contenteditable]');
  if (!step || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const links = all('a', rows);
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step));
  links[next]?.focus();
  event.preventDefault();
}

/* ---------------------------------------------------------------- ticket */

const live = one('[data-live-ticket]');
const pane = one('.scroll');
const newer = one('.newer');
const ticket = live && `/desk/${live.dataset.liveTicket}`;
const draft = live && `draft-${live.dataset.liveTicket}`;

const lastNumber = () => Math.max(0, ...all('.message', live).map((m) => Number(m.dataset.number)));
const atEnd = () => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 80;

function toEnd() {
  pane.scrollTop = pane.scrollHeight;
  newer.hidden = true;
}

function tellMessages({ html }) {
  const follow = atEnd();
  let heard = false;
  for (const message of elements(html)) {
    if (document.getElementById(message.id)) continue;
    const number = Number(message.dataset.number);
    const later = all('.message', live).find((other) => Number(other.dataset.number) > number);
    live.insertBefore(message, later ?? null);
    tellTimes(message);
    heard = true;
  }
  if (!heard) return;
  if (follow) toEnd();
  else newer.hidden = false;
  tellSeen();
}

function tellStates(states) {
  for (const [key, html] of Object.entries(states)) {
    const element = one(`[data-state-of="${CSS.escape(key)}"]`, live);
    if (element && element.innerHTML.trim() !== html.trim()) element.innerHTML = html;
  }
}

function tellTicket({ version, bar, composer }) {
  const header = one('.bar');
  if (header.dataset.version === version) return;
  header.dataset.version = version;
  header.innerHTML = bar;
  one('.foot').innerHTML = composer;
  tellTimes();
  prepareComposer();
}

function post(path, fields = {}) {
  return fetch(path, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { Accept: 'application/json', 'X-CSRF-Token': csrf },
  });
}

function tellSeen() {
  const mine = one('.composer');
  if (mine && !document.hidden) post(`${ticket}/seen`).catch(() => {}); // the next message says it again
}

const newId = () =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, '0')).join('');

async function send(form) {
  const text = form.elements.text;
  const button = one('[data-testid=send]', form);
  const problem = one('.problem', form);
  if (!text.value.trim() || button.disabled) return;
  button.disabled = true;
  problem.textContent = '';
  try {
    const answer = await post(`${ticket}/messages`, {
      text: text.value,
      client_id: form.elements.client_id.value,
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.message);
    text.value = '';
    sessionStorage.removeItem(draft);
    form.elements.client_id.value = newId();
    tellMessages(said);
    toEnd();
  } catch (error) {
    // The id stays: should the message have arrived after all, it is not written twice.
    problem.textContent =
      error instanceof TypeError ? 'No connection. Your text is kept; send it again.' : error.message;
  } finally {
    button.disabled = false;
    text.focus();
  }
}

let typingTold = 0;
function tellTyping() {
  if (Date.now() - typingTold < 3500) return;
  typingTold = Date.now();
  post(`${ticket}/typing`).catch(() => {}); // of no use a moment later
}

function prepareComposer() {
  const form = one('.composer');
  if (!form) return;
  const text = form.elements.text;
  form.elements.client_id.value = newId();
  text.value ||= sessionStorage.getItem(draft) ?? '';
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send(form);
  });
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send(form);
  });
  text.addEventListener('input', () => {
    sessionStorage.setItem(draft, text.value);
    if (text.value.trim()) tellTyping();
  });
}

function prepareTicket() {
  prepareComposer();
  one('.composer textarea')?.focus({ preventScroll: true });
  newer.addEventListener('click', toEnd);
  pane.addEventListener('scroll', () => atEnd() && (newer.hidden = true), { passive: true });
  new ResizeObserver(([foot]) => {
    document.body.style.setProperty('--foot', `${foot.target.offsetHeight}px`);
  }).observe(one('.foot'));
  document.addEventListener('click', (event) => {
    const opener = event.target.closest('[data-opens]');
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    if (event.target.closest('[data-closes]')) event.target.closest('dialog').close();
  });
  document.addEventListener('visibilitychange', tellSeen);
  toEnd();
}

/* ---------------------------------------------------------------- live */

const listeners = {
  counts: tellCounts,
  queue: tellQueue,
  messages: tellMessages,
  states: tellStates,
  ticket: tellTicket,
  ended: () => location.reload(),
};
let stream = null;

function listen() {
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  const query = new URLSearchParams();
  if (rows) query.set('view', rows.dataset.liveView);
  if (live) {
    query.set('ticket', live.dataset.liveTicket);
    query.set('after', lastNumber());
  }
  stream = new EventSource(`/desk/events?${query}`);
  const offline = one('.offline');
  stream.onopen = () => (offline.hidden = true);
  stream.onerror = () => {
    offline.hidden = false;
    // Refused for good, by the browser's reckoning; ours is to try again.
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
  for (const [name, tell] of Object.entries(listeners)) {
    stream.addEventListener(name, (event) => tell(JSON.parse(event.data)));
  }
}

/* A browser opens six connections to one host at most, over all of its tabs. So a ticket in a hidden
   tab lets go of its stream as soon as another tab of ours is looked at. */
function shareConnections() {
  const tabs = new BroadcastChannel('svara-console');
  const look = () => {
    if (document.hidden) return;
    listen();
    tabs.postMessage('looked at');
  };
  tabs.onmessage = () => {
    if (document.hidden && live) stream?.close();
  };
  document.addEventListener('visibilitychange', look);
  look();
  listen();
}

tellTimes();
setInterval(tellTimes, 15000);
tellCounts({
  waiting: Number(document.body.dataset.waiting),
  unread: Number(document.body.dataset.unread),
  ...Object.fromEntries(all('[data-count]').map((e) => [e.dataset.count, Number(e.textContent)])),
});
if (rows) document.addEventListener('keydown', moveInQueue);
if (live) prepareTicket();
if (rows || live) shareConnections();
