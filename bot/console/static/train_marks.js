'use strict';
/* Entities are marked by selecting words: in a text field that takes no letters, so that the mouse and
   the keyboard select as everywhere. Functions alone; train_inbox.js calls them. */

const letters = new Intl.Segmenter('und', { granularity: 'word' });

/** A selection widened to whole words, without the spaces at its ends. */
function wholeWords(text, from, to) {
  let [start, end] = [from, to];
  for (const { index, segment, isWordLike } of letters.segment(text)) {
    if (!isWordLike) continue;
    const after = index + segment.length;
    if (index < start && after > start) start = index;
    if (index < end && after > end) end = after;
  }
  while (start < end && /\s/u.test(text[start])) start += 1;
  while (end > start && /\s/u.test(text[end - 1])) end -= 1;
  return [start, end];
}

/** Places count characters as the server does: an emoji is one. */
const charactersTo = (text, unit) => [...text.slice(0, unit)].length;
const unitsTo = (text, character) => [...text].slice(0, character).join('').length;

/** The places of what is selected in the message itself, or null; names of marks do not count. */
function selectedIn(message) {
  const selection = getSelection();
  if (selection.isCollapsed || !message.contains(selection.anchorNode) || !message.contains(selection.focusNode))
    return null;
  const { startContainer, startOffset, endContainer, endOffset } = selection.getRangeAt(0);
  const before = (container, offset) => {
    const range = document.createRange();
    range.setStart(message, 0);
    range.setEnd(container, offset);
    const part = range.cloneContents();
    for (const name of all('.entity-name', part)) name.remove();
    return part.textContent.length;
  };
  return [before(startContainer, startOffset), before(endContainer, endOffset)];
}

function showMark(form, item) {
  const text = one('.to-mark', form).value;
  const words = text.slice(unitsTo(text, Number(item.dataset.start)), unitsTo(text, Number(item.dataset.end)));
  const said = document.createElement('span');
  said.className = 'entity';
  const name = document.createElement('span');
  name.textContent = `${item.dataset.label} `;
  said.append(name, words);
  const remove = document.createElement('button');
  remove.type = 'button';
  remove.className = 'small quiet';
  remove.textContent = 'Remove';
  remove.setAttribute('aria-label', `Remove the mark of “${words}”`);
  remove.addEventListener('click', () => {
    item.remove();
    one('.to-mark', form).focus();
  });
  item.replaceChildren(said, remove);
}

const guesses = new WeakMap(); // form → promise of what the words selected last are likely to be

/** Chooses the entity that the selected words are likely to be, or none; and says why. */
async function guessEntity(form) {
  const field = one('.to-mark', form);
  const [start, end] = wholeWords(field.value, field.selectionStart, field.selectionEnd);
  const words = field.value.slice(start, end);
  if (!words || words === form.dataset.guessed || 'byHand' in form.dataset) return;
  form.dataset.guessed = words;
  tellGuess(form);
  const query = new URLSearchParams({ words, language: field.lang });
  const said = await ask(`/train/inbox/entity?${query}`).catch(() => ({})); // then there is no guess
  if (words === form.dataset.guessed && !('byHand' in form.dataset) && said.entity) tellGuess(form, said);
}

function tellGuess(form, { entity = '', because = '' } = {}) {
  one('[name=entity]', form).value = entity;
  one('[data-testid=mark-because]', form).textContent = because;
}

async function addMark(form) {
  const field = one('.to-mark', form);
  const chooser = one('[name=entity]', form);
  const problem = one('.problem', form);
  const [start, end] = wholeWords(field.value, field.selectionStart, field.selectionEnd);
  problem.textContent = '';
  await guesses.get(form);
  if (start === end) {
    problem.textContent = 'Select the words first.';
    field.focus();
    return;
  }
  if (!chooser.value) {
    problem.textContent = 'Choose what they are.';
    chooser.focus();
    return;
  }
  const [from, to] = [charactersTo(field.value, start), charactersTo(field.value, end)];
  for (const other of all('.marks li', form)) {
    if (from < Number(other.dataset.end) && Number(other.dataset.start) < to) other.remove();
  }
  const item = document.createElement('li');
  Object.assign(item.dataset, { start: from, end: to, entity: chooser.value, label: chooser.selectedOptions[0].text });
  showMark(form, item);
  one('.marks', form).append(item);
  delete form.dataset.guessed;
  delete form.dataset.byHand;
  tellGuess(form);
  field.focus();
  field.setSelectionRange(end, end);
}

function prepareMarks(form) {
  const field = one('.to-mark', form);
  field.addEventListener('beforeinput', (event) => event.preventDefault());
  field.addEventListener('select', () => guesses.set(form, guessEntity(form)));
  one('[name=entity]', form).addEventListener('change', () => {
    form.dataset.byHand = '';
    one('[data-testid=mark-because]', form).textContent = '';
  });
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    one('[name=entity]', form).focus(); // words are selected: now what they are
  });
  one('[name=entity]', form).addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    addMark(form);
  });
  all('.marks li', form).forEach((item) => showMark(form, item));
}

/** What the form sends: `[[start, end, entity], ...]`. */
const marksOf = (form) =>
  JSON.stringify(
    all('.marks li', form).map(({ dataset }) => [Number(dataset.start), Number(dataset.end), dataset.entity]),
  );
