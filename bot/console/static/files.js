'use strict';
/* Files that an agent has chosen for the next reply: by the button, dropped or pasted. */

const chosen = (form) => all('.chosen-files li', form);
const filesBusy = (form) => chosen(form).some((item) => item.dataset.state === 'uploading');
const fileIds = (form) => chosen(form).flatMap((item) => item.dataset.id ?? []);

function clearFiles(form) {
  one('.chosen-files', form)?.replaceChildren();
  needWords(form);
}

/** A reply needs words only where it has no files. */
function needWords(form) {
  form.elements.text.required = !fileIds(form).length;
}

function fileItem(form, name) {
  const item = document.createElement('li');
  item.dataset.state = 'uploading';
  item.dataset.testid = 'chosen-file';
  const label = document.createElement('span');
  label.textContent = name;
  const state = document.createElement('em');
  state.textContent = 'Uploading…';
  const remove = document.createElement('button');
  remove.type = 'button';
  remove.className = 'quiet';
  remove.textContent = '×';
  remove.setAttribute('aria-label', `Remove ${name}`);
  remove.addEventListener('click', () => {
    item.remove(); // the server forgets it in a day
    needWords(form);
    form.elements.text.focus();
  });
  item.append(label, state, remove);
  return { item, label, state };
}

async function takeFile(form, file) {
  const { item, label, state } = fileItem(form, file.name);
  one('.chosen-files', form).append(item);
  try {
    const answer = await fetch(`${ticket}/attachments`, {
      method: 'POST',
      body: file,
      headers: {
        Accept: 'application/json',
        'Content-Type': 'application/octet-stream',
        'X-CSRF-Token': csrf,
        'X-File-Name': encodeURIComponent(file.name.replace(/[\ud800-\udfff]/g, '').slice(-100)),
      },
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.message);
    item.dataset.state = 'ready';
    item.dataset.id = said.id;
    label.textContent = said.name;
    state.textContent = '';
  } catch (error) {
    item.dataset.state = 'failed';
    state.textContent =
      error instanceof TypeError ? 'No connection. Remove it and try again.' : error.message;
  }
  needWords(form);
}

function takeFiles(form, files) {
  for (const file of files) takeFile(form, file);
  form.elements.text.focus();
}

/** The reply that files dropped on the conversation go to, if there is one. */
const replyForm = () => one('.composer.reply');

function prepareFiles(form) {
  const chooser = one('.chooser', form);
  const button = one('.attach', form);
  if (!chooser) return;
  button.hidden = false;
  button.addEventListener('click', () => chooser.click());
  chooser.addEventListener('change', () => {
    takeFiles(form, chooser.files);
    chooser.value = '';
  });
  form.elements.text.addEventListener('paste', (event) => {
    const { files, types } = event.clipboardData;
    // From a word processor come the words and a picture of them.
    if (!files.length || types.includes('text/plain')) return;
    event.preventDefault();
    takeFiles(form, files);
  });
}

function prepareDropping() {
  const place = one('.conversation');
  const mine = (event) => replyForm() && event.dataTransfer?.types.includes('Files');
  place.addEventListener('dragover', (event) => mine(event) && event.preventDefault());
  place.addEventListener('drop', (event) => {
    if (!mine(event)) return;
    event.preventDefault();
    takeFiles(replyForm(), event.dataTransfer.files);
  });
}
