'use strict';
/* The dialog in which a trainer searches for an intent. Functions alone; train_inbox.js calls them. */

const finder = () => one('#finder');
let found = [];
let chosenAt = 0;
let without = '';
let asked = 0;

function showIntents() {
  const list = one('[role=listbox]', finder());
  const input = one('input', finder());
  list.replaceChildren(
    ...found.map((intent, at) => {
      const option = document.createElement('li');
      option.role = 'option';
      option.id = `intent-option-${at}`;
      option.dataset.at = at;
      option.setAttribute('aria-selected', at === chosenAt);
      const name = document.createElement('strong');
      name.textContent = intent.label;
      const example = document.createElement('span');
      example.textContent = intent.example;
      const count = document.createElement('em');
      count.textContent = intent.examples;
      count.title = 'examples';
      option.append(name, example, count);
      return option;
    }),
  );
  if (without) {
    const note = document.createElement('li');
    note.className = 'quiet';
    note.textContent = without;
    list.append(note);
  }
  if (found.length) input.setAttribute('aria-activedescendant', `intent-option-${chosenAt}`);
  else input.removeAttribute('aria-activedescendant');
  one('[aria-selected=true]', list)?.scrollIntoView({ block: 'nearest' });
}

async function searchIntents(text, language) {
  const mine = ++asked;
  const query = new URLSearchParams({ q: text, language });
  const answer = await ask(`/train/inbox/intents?${query}`);
  if (mine !== asked) return; // a later letter has been answered already
  found = answer.intents;
  chosenAt = 0;
  without = '';
  if (answer.troubles.length) without = `Intents may be missing here: ${answer.troubles.join(' ')}`;
  else if (!found.length) without = 'No intent is like that. Leave with Esc; n makes a new one.';
  showIntents();
}

function searchFailed(error) {
  found = [];
  without = `The intents cannot be searched now. ${error.message}`;
  showIntents();
}

/** Asks which intent: `{name, label}`, or null when the trainer leaves. */
function chooseIntent(language) {
  const dialog = finder();
  const input = one('input', dialog);
  input.value = '';
  found = [];
  without = 'Searching…';
  showIntents();
  dialog.showModal();
  input.focus();
  const search = () => searchIntents(input.value, language).catch(searchFailed);
  search();
  return new Promise((resolve) => {
    let answer = null;
    const take = (at) => {
      answer = found[at] ?? null;
      if (answer) dialog.close();
    };
    const typed = (event) => {
      if (event.isComposing) return;
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by && found.length) {
        event.preventDefault();
        chosenAt = (chosenAt + by + found.length) % found.length;
        showIntents();
      } else if (event.key === 'Enter') {
        event.preventDefault();
        take(chosenAt);
      }
    };
    const clickedOn = (event) => {
      const option = event.target.closest('[role=option]');
      if (option) take(Number(option.dataset.at));
    };
    input.addEventListener('input', search);
    input.addEventListener('keydown', typed);
    dialog.addEventListener('click', clickedOn);
    dialog.addEventListener(
      'close',
      () => {
        input.removeEventListener('input', search);
        input.removeEventListener('keydown', typed);
        dialog.removeEventListener('click', clickedOn);
        resolve(answer);
      },
      { once: true },
    );
  });
}
