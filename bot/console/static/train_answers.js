'use strict';
/* The answers of intents: keys, finding one, and nothing that was written is left behind by a slip.
   The page works without it. */

const form = one('[data-testid=answer-form]');
const finding = one('.answers .list input');
const rowsShown = () => all('.answers .list li:not([hidden]) a');
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

/** To what was refused, and else to the text. */
function mend() {
  const wrong = form && one('[aria-invalid]', form);
  if (wrong) wrong.focus();
  else write();
}

function find() {
  const wanted = finding.value.trim().toLowerCase();
  for (const link of all('.answers .list a')) {
    link.closest('li').hidden = !link.textContent.toLowerCase().includes(wanted);
  }
  one('.none-found').hidden = rowsShown().length > 0;
}

/** In the list the intent that is open is in sight; the page itself stays where it is. */
function showCurrent() {
  const list = current()?.closest('ul');
  if (!list) return;
  const [row, frame] = [current(), list].map((each) => each.getBoundingClientRect());
  if (row.bottom > frame.bottom) list.scrollTop += row.bottom - frame.bottom;
}

const written = () => form && [...new FormData(form)].map(([, value]) => value).join('\n');

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
    z: () => one('[data-does=undo]')?.click(),
    f: () => finding?.focus(),
    '/': () => finding?.focus(),
  });
  showCurrent();
  finding?.addEventListener('input', find);
  finding?.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') rowsShown()[0]?.click();
    if (event.key === 'Escape') one('#answer')?.focus();
  });
  if (one('[role=alert]')) mend();
  else if (matchMedia('(min-width: 821px)').matches) one('#answer')?.focus({ preventScroll: true });
  if (!form) return;
  const before = one('[role=alert]') ? null : written();
  let sending = false;
  form.addEventListener('submit', () => (sending = true));
  form.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
    if (event.key === 'Escape') one('#answer').focus();
  });
  addEventListener('beforeunload', (event) => {
    if (!sending && written() !== before) event.preventDefault();
  });
}

prepareAnswers();
