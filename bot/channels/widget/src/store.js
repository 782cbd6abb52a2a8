/**
 * What outlives a page: in localStorage what belongs to the visitor, in sessionStorage what
 * belongs to this tab.
 *
 * A page may be denied either (private windows, blocked cookies). The chat then works all the same
 * and is forgotten with the page.
 */

function area(name) {
  try {
    const storage = globalThis[name];
    const probe = 'svara-probe';
    storage.setItem(probe, probe);
    storage.removeItem(probe);
    return storage;
  } catch {
    const values = new Map();
    return {
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => values.set(key, value),
    };
  }
}

function slot(storage, key, empty) {
  const read = () => {
    try {
      return { ...empty, ...JSON.parse(storage.getItem(key)) }; // null spreads to nothing
    } catch {
      return { ...empty }; // not written by us: start afresh
    }
  };
  const write = (changes) => {
    try {
      storage.setItem(key, JSON.stringify({ ...read(), ...changes }));
    } catch {
      // full: what is on the screen still counts, and is sent when connected
    }
  };
  return { key, read, write };
}

/**
 * What is kept of the chat with the server at `origin`.
 *
 * `visitor`: {session: string|null, language: string|null, seen: last message id seen};
 * `outbox`: the customer's messages that are not acknowledged, oldest first, shared by all tabs;
 * `tab`: {open: bool|null, draft: string}.
 */
export function openStore(origin) {
  const key = `svara-chat:${origin}`;
  const local = area('localStorage');
  const pending = slot(local, `${key}:outbox`, { messages: [] });
  // read and written anew each time: another tab may have messages of its own in it
  const others = (id) => pending.read().messages.filter((message) => message.id !== id);
  return {
    visitor: slot(local, key, { session: null, language: null, seen: 0 }),
    tab: slot(area('sessionStorage'), key, { open: null, draft: '' }),
    outbox: {
      all: () => pending.read().messages,
      put: (message) => pending.write({ messages: [...others(message.id), message] }),
      drop: (id) => pending.write({ messages: others(id) }),
    },
  };
}
