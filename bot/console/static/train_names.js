'use strict';
/* Says what a new intent will be called while somebody writes what it is about. Functions alone; the pages'
   scripts call them. The server makes the name, with this script or without. */

const NAME_MS = 150; // of silence before it is asked

/** @param {(intent: {name: string, label: string}) => void} [known] takes the intent that there is already. */
function prepareName(input, told, known) {
  let timer = 0;
  let asked = 0;
  const tell = async () => {
    const mine = ++asked;
    const text = input.value;
    let said;
    try {
      said = text.trim() ? await ask(`/train/inbox/name?${new URLSearchParams({ text })}`) : { says: '' };
    } catch {
      return; // the server says it when it is sent
    }
    if (mine !== asked) return; // a later letter has been answered already
    told.replaceChildren(said.name === text.trim() && !said.known ? '' : said.says); // as it is written
    told.classList.toggle('wrong', Boolean(said.says) && !said.name);
    if (!said.known || !known) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'small';
    button.dataset.testid = 'take-known';
    button.textContent = `Take ${said.label}`;
    button.addEventListener('click', () => known(said));
    told.append(' ', button);
  };
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(tell, NAME_MS);
  });
  tell();
}
