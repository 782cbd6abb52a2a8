'use strict';
/* Replies and notes: sending, drafts, kept replies behind "/", articles with one click.
   Functions alone; console.js, which comes after, has what they share and calls them. */

const newId = () =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, '0')).join('');
const draftOf = (form) => `${form.dataset.mode}-${live.dataset.liveTicket}`;
const FIELD = /\{[a-z][a-z0-9_]*\}/;

async function send(form) {
  const { text, client_id: id } = form.elements;
  const button = one('.main', form);
  const problem = one('.problem', form);
  const files = fileIds(form);
  if ((!text.value.trim() && !files.length) || button.disabled || filesBusy(form)) return;
  const open = form.dataset.mode === 'reply' && FIELD.exec(text.value);
  if (open && form.dataset.warned !== text.value) {
    // A field that nothing has filled is most likely a slip; sent again, it is meant.
    form.dataset.warned = text.value;
    problem.textContent = `${open[0]} is not filled in. Replace it, or send again to leave it.`;
    text.setSelectionRange(open.index, open.index + open[0].length);
    return;
  }
  button.disabled = true;
  problem.textContent = '';
  try {
    const answer = await post(new URL(form.action).pathname, {
      text: text.value,
      client_id: id.value,
      ...(files.length && { attachments: files.join(' ') }),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.message);
    text.value = '';
    sessionStorage.removeItem(draftOf(form));
    clearFiles(form);
    id.value = newId();
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
function tellTyping(mode) {
  if (Date.now() - typingTold < 3500) return;
  typingTold = Date.now();
  post(`${ticket}/typing`, { for: mode }).catch(() => {}); // of no use a moment later
}

function prepareForm(form) {
  const text = form.elements.text;
  form.elements.client_id.value = newId();
  text.value ||= sessionStorage.getItem(draftOf(form)) ?? '';
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send(form);
  });
  text.addEventListener('keydown', (event) => {
    if (event.isComposing || moveInMenu(event, text)) return;
    if (event.key === 'Escape') text.blur();
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    send(form);
  });
  text.addEventListener('input', () => {
    sessionStorage.setItem(draftOf(form), text.value);
    if (text.value.trim()) tellTyping(form.dataset.mode);
    if (form.dataset.mode === 'reply') offer(text);
  });
  text.addEventListener('blur', closeMenu);
  prepareFiles(form);
}

/** Goes to the reply or the note, whichever is asked for. */
function write(mode) {
  one(`#mode-${mode}`).checked = true;
  const text = one(`.composer[data-mode="${mode}"] textarea`) ?? one('.take button');
  text?.focus();
  return text;
}

/** Puts a piece where the cursor is, and selects the first field that is still to be filled. */
function insert(text, piece, from = text.selectionStart) {
  text.setRangeText(piece, from, text.selectionEnd, 'end');
  const open = FIELD.exec(piece);
  if (open) text.setSelectionRange(from + open.index, from + open.index + open[0].length);
  text.focus();
  text.dispatchEvent(new Event('input'));
}

/* ---------------------------------------------------------------- kept replies */

let kept = null; // what the server has, asked for when it is first wanted
const menu = () => one('#replies');
const choices = () => all('[role=option]', menu());

/** The "/name" that is being typed: after nothing or a space, up to the cursor. */
function typedName(text) {
  const before = text.value.slice(0, text.selectionStart);
  const found = /(?:^|\s)\/([a-z0-9-]*)$/i.exec(before);
  return found && { from: before.length - found[1].length - 1, name: found[1].toLowerCase() };
}

async function offer(text) {
  if (!typedName(text)) return closeMenu();
  kept ??= ask(`${ticket}/replies`);
  let answer;
  try {
    answer = await kept;
  } catch (error) {
    kept = null;
    one('.reply .problem').textContent = `Your replies cannot be read: ${error.message}`;
    return closeMenu();
  }
  const typed = typedName(text); // it may have gone on meanwhile
  if (!typed) return closeMenu();
  const fits = answer.replies.filter((reply) => reply.name.includes(typed.name));
  fits.sort((a, b) => b.name.startsWith(typed.name) - a.name.startsWith(typed.name));
  menu().replaceChildren(...fits.map((reply, at) => option(reply, at, text, answer.language)));
  menu().hidden = !fits.length;
  if (fits.length) choose(text, 0);
  else closeMenu();
}

function option(reply, at, text, language) {
  const item = document.createElement('li');
  Object.assign(item, { id: `reply-${at}` });
  item.setAttribute('role', 'option');
  item.reply = reply;
  const name = document.createElement('strong');
  name.textContent = `/${reply.name}`;
  const says = document.createElement('span');
  says.textContent = reply.text;
  says.lang = reply.language;
  item.append(name, says);
  if (language && reply.language !== language) {
    const note = document.createElement('em');
    note.textContent = `only in ${reply.in}`;
    item.append(note);
  }
  // Before the text field loses its cursor.
  item.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    take(text, item);
  });
  return item;
}

function choose(text, at) {
  choices().forEach((item, place) => item.setAttribute('aria-selected', place === at));
  const item = choices()[at];
  text.setAttribute('aria-activedescendant', item.id);
  item.scrollIntoView({ block: 'nearest' });
}

function take(text, item) {
  const typed = typedName(text);
  closeMenu();
  if (typed) insert(text, item.reply.text, typed.from);
}

function closeMenu() {
  menu().hidden = true;
  one('.reply textarea')?.removeAttribute('aria-activedescendant');
}

/** True when the key was for the menu. */
function moveInMenu(event, text) {
  if (menu().hidden) return false;
  const all = choices();
  const at = all.findIndex((item) => item.getAttribute('aria-selected') === 'true');
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) choose(text, (at + step + all.length) % all.length);
  else if (event.key === 'Enter' || event.key === 'Tab') take(text, all[at]);
  else if (event.key === 'Escape') closeMenu();
  else return false;
  event.preventDefault();
  return true;
}

/* ---------------------------------------------------------------- articles */

/** Writes an article's answer into the reply, from the panel beside it. */
async function insertArticle(button) {
  if (location.hash === '#context') location.hash = '#conversation'; // the panel covers a narrow page
  const text = write('reply');
  if (text?.tagName !== 'TEXTAREA') return;
  const problem = one('.reply .problem');
  problem.textContent = '';
  button.disabled = true;
  try {
    const words = button.dataset.text ?? (await ask(button.dataset.inserts)).text;
    const before = text.value.slice(0, text.selectionStart);
    insert(text, (before && !before.endsWith('\n') ? '\n\n' : '') + words);
  } catch (error) {
    problem.textContent = `The article cannot be read: ${error.message}`;
  } finally {
    button.disabled = false;
  }
}

/** Looks for articles and lists them, each with a button like those of the suggested ones. */
async function findArticles(form) {
  const list = one('.found-articles');
  const said = one('[data-testid=articles-said]');
  const query = form.elements.q.value.trim();
  list.replaceChildren();
  said.textContent = query && 'Looking…';
  if (!query) return;
  try {
    const { articles } = await ask(`${form.dataset.finds}?${new URLSearchParams({ q: query })}`);
    said.textContent = articles.length ? '' : 'No article has that.';
    list.replaceChildren(...articles.map(foundArticle));
  } catch (error) {
    said.textContent = `The articles cannot be searched: ${error.message}`;
  }
}

function foundArticle({ title, url, text, language }) {
  const item = document.createElement('li');
  item.className = 'suggested';
  const name = document.createElement(url ? 'a' : 'span');
  Object.assign(name, { textContent: title, lang: language });
  if (url) Object.assign(name, { href: url, target: '_blank', rel: 'noopener noreferrer' });
  const action = document.createElement(text ? 'button' : 'span');
  if (text) {
    Object.assign(action, { type: 'button', className: 'small', textContent: 'Insert' });
    action.setAttribute('aria-label', `Insert “${title}” into the reply`);
    Object.assign(action.dataset, { inserts: '', text });
  } else {
    Object.assign(action, { className: 'pill', textContent: 'For agents only' });
  }
  item.append(name, action);
  return item;
}
