/** Entry of the bundle: defines the element and puts one into the page that loads the script. */
import { SvaraChat } from './element.js';

// a module script or one run later has no currentScript
const script = document.currentScript ?? document.querySelector('script[src*="/chat/widget.js"]');

function mount() {
  if (document.querySelector('svara-chat')) return;
  const chat = document.createElement('svara-chat');
  Object.assign(chat.dataset, script?.dataset);
  if (script?.src) chat.dataset.server ||= new URL(script.src).origin;
  document.body.append(chat);
  // a link of the page may open the chat; without this script it leads where its href says
  document.addEventListener('click', (event) => {
    if (!event.target.closest?.('[data-svara-open]')) return;
    event.preventDefault();
    chat.open();
  });
}

if (!customElements.get('svara-chat')) {
  customElements.define('svara-chat', SvaraChat);
  if (document.body) mount();
  else document.addEventListener('DOMContentLoaded', mount);
}
