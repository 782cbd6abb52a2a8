/** Small helpers for building nodes; no HTML is parsed anywhere. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element.
 *
 * @param {string} tag
 * @param {object} [props] attributes; besides them `hook` (a name for tests and for ::part), `on`
 *   (listeners by event name); null, undefined and false are left out
 * @param {...(Node|string)} children
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === 'on') {
      for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    } else if (name === 'hook') {
      node.setAttribute('part', value);
      node.dataset.testid = value;
    } else {
      setAttribute(node, name, value);
    }
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Sets an attribute, or removes it when `value` is null, undefined or false. */
export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/** Sets the text only when it differs, so that a live region is not read twice. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Text for screen readers only. */
export function hidden(text) {
  return h('span', { class: 'sr' }, text);
}

/** A 24 by 24 icon of stroked `paths`, invisible to screen readers. */
function icon(...paths) {
  return () => {
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    svg.setAttribute('class', 'icon');
    for (const d of paths) {
      const path = document.createElementNS(SVG, 'path');
      path.setAttribute('d', d);
      svg.append(path);
    }
    return svg;
  };
}

export const icons = {
  chat: icon(
    'M21 11.5a8.5 8.5 0 0 1-12.6 7.4L3.5 20.5l1.6-4.6A8.5 8.5 0 1 1 21 11.5Z',
    'M8.5 11.5h.01M12.5 11.5h.01M16.5 11.5h.01',
  ),
  close: icon('M6 6l12 12M18 6 6 18'),
  attach: icon(
    'M20 11.5l-7.8 7.8a5 5 0 0 1-7.1-7.1l8.2-8.2a3.4 3.4 0 0 1 4.8 4.8l-8.1 8.1a1.7 1.7 0 0 1-2.4-2.4L15 7.1',
  ),
  file: icon(
    'M7 3.5h7l4.5 4.5v10.5a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2v-13a2 2 0 0 1 2-2Z',
    'M13.5 3.8V8.5h4.7',
  ),
  send: icon('M12 19V5M5.5 11.5 12 5l6.5 6.5'),
  bot: icon(
    'M7 8.5h10a3 3 0 0 1 3 3v4a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3v-4a3 3 0 0 1 3-3Z',
    'M12 8.5V5.2M12 4.6h.01',
    'M9.2 12.8v1.2M14.8 12.8v1.2',
  ),
  person: icon('M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z', 'M4.5 20a7.5 7.5 0 0 1 15 0'),
  article: icon(
    'M7 3.5h7l4.5 4.5v10.5a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2v-13a2 2 0 0 1 2-2Z',
    'M13.5 3.8V8.5h4.7',
    'M8.5 12.5h6.5M8.5 16h4.5',
  ),
  external: icon('M8 16 16.5 7.5M9.5 7.5h7v7'),
  check: icon('M5 12.5l4.5 4.5L19 7.5'),
  down: icon('M12 5v14M5.5 12.5 12 19l6.5-6.5'),
  forward: icon('M9.5 6l6 6-6 6'),
  alert: icon('M12 8v5M12 16.2h.01', 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z'),
  globe: icon(
    'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
    'M3.5 12h17',
    'M12 3c5 5.5 5 12.500 0 18c-5-5.5-5-12.500 0-18Z',
  ),
};
