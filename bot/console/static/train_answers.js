'use strict';
/* The answers of intents: keys, finding one, and nothing that was written is left behind by a slip.
   The page works without it. */

const form = one('[data-testid=answer-form]');
const finding = one('.answers .list input');
const rowsShown = () => all('.answers .list li:not([hidden]) a');
const wide = matchMedia('(min-width: 821px)');
const current = () => one('.answers .list a[aria-current]');

function go(by) {
  const links = rowsShown();
  const at = links.indexOf(current());
  const next = links[at < 0 ? 0 : at + by];
  if (next) next.click();
}

function nextMissing() {
  const links = all('.answers .list a[data-missing]');
  const next = links[(links.indexOf(current()) + 1) % links.length];
  if (next && next !== current()) next.click();
}

function choose(number) {
  const way = form && one(`[data-way-key="${number}"]:not(:disabled)`, form);
  if (!way) return;
  way.checked = true;
  if (way.value === 'text') write();
  else way.focus();
}

function write() {
  const text = one('.way [value=text]:not(:disabled)');
  if (text) text.checked = true;
  const fields = form ? all('textarea', form) : [];
  const field = fields.find((each) => !each.value.trim()) ?? fields[0];
  if (field) field.focus();
  else writeButton();
}

function writeButton() {
  const fields = form ? all('.titles input', form) : [];
  (fields.find((each) => !each.value.trim()) ?? fields[0])?.focus();
}

/** To the first field that was refused, else to what is said of it all; in sight. */
function mend() {
  const wrong = one('.one-answer [aria-invalid]');
  if (!wrong) {
    one('#answer')?.focus();
    one('[role=alert]').scrollIntoView({ block: 'center' });
    return;
  }
  wrong.focus({ preventScroll: true });
  wrong.closest('.field').scrollIntoView({ block: 'center' });
}

function addExamples() {
  const more = one('#add-examples');
  if (!more) return;
  more.open = true;
  one('textarea', more).focus();
}

/** How long a text is, near the limit and beyond it. */
function count(field) {
  const most = Number(field.dataset.most);
  const said = document.getElementById(`${field.id}-count`);
  const length = [...field.value.trim()].length;
  said.hidden = length < most * 0.8;
  said.classList.toggle('over', length > most);
  const of = most.toLocaleString('en');
  said.textContent =
    length > most
      ? `${length.toLocaleString('en')} of ${of} characters: ${(length - most).toLocaleString('en')} too many`
      : `${length.toLocaleString('en')} of ${of} characters`;
}

function find() {
  const wanted = finding.value.trim().toLowerCase();
  for (const link of all('.answers .list a')) {
    link.closest('li').hidden = !link.textContent.toLowerCase().includes(wanted);
  }
  one('.none-found').hidden = rowsShown().length > 0;
}

/** The list ends where the window does, so that its last intents are in reach. */
function fitList() {
  const list = one('.answers .list');
  if (!list) return;
  const top = Math.max(list.getBoundingClientRect().top, 12);
  list.style.maxHeight = wide.matches ? `${Math.max(innerHeight - top - 12, 240)}px` : '';
}

/** In the list the intent that is open is in sight; the page itself stays where it is. */
function showCurrent() {
  const list = current()?.closest('ul');
  if (!list) return;
  const [row, frame] = [current(), list].map((each) => each.getBoundingClientRect());
  const bottom = Math.min(frame.bottom, innerHeight);
  if (row.top >= frame.top && row.bottom <= bottom) return;
  list.scrollTop += (row.top + row.bottom) / 2 - (frame.top + bottom) / 2;
}

const written = (each) => [...new FormData(each)].map(([, value]) => value).join('\n');

/** Nothing that was written is left behind by a slip, in the other form neither. */
function guard(forms) {
  const within = (alert) => forms.find((each) => each.contains(alert)) ?? form;
  const refused = new Set(all('[role=alert]').map(within));
  const before = new Map(forms.map((each) => [each, refused.has(each) ? null : written(each)]));
  let sending = null;
  for (const each of forms) {
    each.addEventListener('submit', () => (sending = each));
    each.addEventListener('keydown', (event) => {
      if (event.isComposing) return;
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        each.requestSubmit();
      }
      if (event.key === 'Escape') one('#answer').focus();
    });
  }
  addEventListener('beforeunload', (event) => {
    const left = (each) => each !== sending && written(each) !== before.get(each);
    if (forms.some(left)) event.preventDefault();
  });
}

function prepareAnswers() {
  document.documentElement.classList.add('scripts');
  useKeys({
    j: () => go(1),
    k: () => go(-1),
    a: nextMissing,
    1: () => choose(1),
    2: () => choose(2),
    3: () => choose(3),
    e: write,
    b: writeButton,
    x: addExamples,
    z: () => one('[data-does=undo]')?.click(),
    f: () => finding?.focus(),
    '/': () => finding?.focus(),
  });
  fitList();
  showCurrent();
  for (const what of ['scroll', 'resize']) addEventListener(what, fitList, { passive: true });
  finding?.addEventListener('input', find);
  finding?.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') rowsShown()[0]?.click();
    if (event.key === 'Escape') one('#answer')?.focus();
  });
  if (one('[role=alert]')) mend();
  else if (wide.matches) one('#answer')?.focus({ preventScroll: true });
  if (location.hash === '#add-examples') addExamples();
  for (const field of all('.one-answer [data-most]')) {
    field.addEventListener('input', () => count(field));
    count(field);
  }
  guard(all('form[data-guarded]'));
}

prepareAnswers();
