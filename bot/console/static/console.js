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

/* On a small screen a bar of pages scrolls: the one that is open is in sight. */
for (const current of all('nav a[aria-current]')) {
  const bar = current.closest('nav');
  bar.scrollLeft += current.getBoundingClientRect().left - (innerWidth - current.offsetWidth) / 2;
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
  keepList();
}

/* ---------------------------------------------------------------- ticket */

const live = one('[data-live-ticket]');
const pane = one('.scroll');
const newer = one('.newer');
const ticket = live && `/desk/${live.dataset.liveTicket}`;

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
  const part = one('.reply-part');
  const writing = part.contains(document.activeElement);
  closeMenu();
  part.innerHTML = composer;
  tellTimes();
  const form = one('.composer', part);
  if (form) prepareForm(form);
  if (writing) one('textarea, button', part)?.focus();
}

function tellOthers({ html }) {
  one('.others').innerHTML = html;
}

function tellHistory({ html }) {
  const panel = one('#history');
  const open = one('details', panel)?.open ?? false;
  panel.innerHTML = html;
  const details = one('details', panel);
  if (details) details.open = open;
  tellTimes(panel);
}

function post(path, fields = {}) {
  return fetch(path, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { Accept: 'application/json', 'X-CSRF-Token': csrf },
  });
}

/** What the server answers to a question, as an object. */
async function ask(path) {
  const answer = await fetch(path, { headers: { Accept: 'application/json' } });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.message);
  return said;
}

const HERE_EVERY = 10000;

/** Colleagues see who is on a conversation: who looks at its page, and not at another tab. */
function tellHere() {
  if (document.hidden) fetch(`${ticket}/gone`, goodbye()).catch(() => {}); // they see it in time
  else post(`${ticket}/here`).catch(() => {});
}

const goodbye = () => ({ method: 'POST', headers: { 'X-CSRF-Token': csrf }, keepalive: true });

function tellSeen() {
  const mine = one('.composer.reply');
  if (mine && !document.hidden) post(`${ticket}/seen`).catch(() => {}); // the next message says it again
}

function prepareTicket() {
  all('.composer').forEach(prepareForm);
  one('.composer.reply textarea')?.focus({ preventScroll: true });
  newer.addEventListener('click', toEnd);
  pane.addEventListener('scroll', () => atEnd() && (newer.hidden = true), { passive: true });
  new ResizeObserver(([foot]) => {
    document.body.style.setProperty('--foot', `${foot.target.offsetHeight}px`);
  }).observe(one('.foot'));
  prepareDropping();
  document.addEventListener('visibilitychange', tellSeen);
  document.addEventListener('visibilitychange', tellHere);
  addEventListener('pagehide', () => fetch(`${ticket}/gone`, goodbye()).catch(() => {}));
  addEventListener('pageshow', tellHere);
  one('[data-finds]')?.addEventListener('submit', (event) => {
    event.preventDefault();
    findArticles(event.target);
  });
  setInterval(() => document.hidden || tellHere(), HERE_EVERY);
  toEnd();
}

function clicked({ target }) {
  const opener = target.closest('[data-opens]');
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  if (target.closest('[data-closes]')) target.closest('dialog').close();
  const article = target.closest('[data-inserts]');
  if (article) insertArticle(article);
}

/* ---------------------------------------------------------------- live */

const listeners = {
  counts: tellCounts,
  queue: tellQueue,
  messages: tellMessages,
  states: tellStates,
  ticket: tellTicket,
  others: tellOthers,
  history: tellHistory,
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
document.addEventListener('click', clicked);
if (one('.rows')) keepList();
if (live) prepareTicket();
prepareKeys();
if (rows || live) shareConnections();
