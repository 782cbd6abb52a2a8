/**
 * Small Markdown to DOM nodes: bold, italics, code, links, lists, headings (as bold lines), breaks.
 *
 * Nothing is ever parsed as HTML: what is not understood stays visible as text.
 */

const LINK_SCHEMES = new Set(['http:', 'https:', 'mailto:', 'tel:']);

/** `href`, seen from `base` if there is one, as an absolute address safe to link to, or null. */
export function safeUrl(href, base) {
  let url;
  try {
    url = new URL(String(href).trim(), base);
  } catch {
    return null; // relative or malformed: there is nothing that it could point to
  }
  return LINK_SCHEMES.has(url.protocol) ? url.href : null;
}

const INLINE = new RegExp(
  [
    /\\([\\`*_[\]()#+\-.!<>])/, //                              1 escaped character
    /`([^`\n]+)`/, //                                            2 code
    /\*\*(?=\S)([^\n]*?\S)\*\*(?!\*)/, //                        3 bold
    /(?<!\w)__(?=\S)([^\n]*?\S)__(?!\w)/, //                     4 bold
    /\*(?=[^\s*])([^\n*]*[^\s*])\*/, //                          5 italics
    /(?<!\w)_(?=[^\s_])([^\n_]*[^\s_])_(?!\w)/, //               6 italics
    /\[([^\]\n]+)\]\(\s*([^\s()]*(?:\([^\s()]*\)[^\s()]*)*)\s*\)/, // 7 text, 8 address of a link
    /<((?:https?:\/\/|mailto:|tel:)[^\s<>]+)>/, //               9 address in angle brackets
    /(?<!\w)(https?:\/\/[^\s<>]*[^\s<>.,;:!?'")\]*_])/, //       10 bare address
  ]
    .map((part) => part.source)
    .join('|'),
  'g',
);

/** Deeper than anyone writes; keeps hostile input from nesting without end. */
const MAX_DEPTH = 4;

function link(document, label, href) {
  const url = safeUrl(href);
  if (!url) return label;
  const a = document.createElement('a');
  a.setAttribute('href', url);
  if (/^https?:/.test(url)) {
    a.setAttribute('target', '_blank');
    a.setAttribute('rel', 'noopener');
  }
  a.append(label);
  return a;
}

function appendInline(document, parent, text, depth = 0, inLink = false) {
  const wrap = (tag, inner) => {
    const node = document.createElement(tag);
    if (tag === 'code') node.append(inner);
    else appendInline(document, node, inner, depth + 1, inLink);
    parent.append(node);
  };
  let at = 0;
  for (const match of depth < MAX_DEPTH ? text.matchAll(INLINE) : []) {
    if (match.index > at) parent.append(text.slice(at, match.index));
    at = match.index + match[0].length;
    const [, escaped, code, bold, bold2, italic, italic2, label, href, angle, bare] = match;
    if (escaped) parent.append(escaped);
    else if (code) wrap('code', code);
    else if (bold ?? bold2) wrap('strong', bold ?? bold2);
    else if (italic ?? italic2) wrap('em', italic ?? italic2);
    else if (inLink) {
      parent.append(match[0]); // a link's text holds no further link
    } else if (label) {
      const inner = document.createDocumentFragment();
      appendInline(document, inner, label, depth + 1, true);
      parent.append(link(document, inner, href));
    } else {
      const address = angle ?? bare;
      parent.append(link(document, address.replace(/^(mailto|tel):/, ''), address));
    }
  }
  if (at < text.length) parent.append(text.slice(at));
}

function appendLines(document, parent, lines) {
  lines.forEach((line, i) => {
    if (i) parent.append(document.createElement('br'));
    appendInline(document, parent, line);
  });
}

const FENCE = /^\s*```/;
const HEADING = /^#{1,6}\s+(.+?)\s*#*$/;
const BULLET = /^\s{0,3}[-*+\u2022]\s+(.*)$/;
const NUMBER = /^\s{0,3}(\d{1,9})[.)]\s+(.*)$/;
const BLANK = /^\s*$/;

const startsBlock = (line) =>
  FENCE.test(line) || HEADING.test(line) || BULLET.test(line) || NUMBER.test(line);

function appendList(document, parent, lines, at) {
  const ordered = NUMBER.exec(lines[at]);
  const pattern = ordered ? NUMBER : BULLET;
  const list = document.createElement(ordered ? 'ol' : 'ul');
  if (ordered && ordered[1] !== '1') list.setAttribute('start', ordered[1]);
  while (at < lines.length) {
    const item = pattern.exec(lines[at]);
    if (!item) break;
    const content = [item[ordered ? 2 : 1]];
    at += 1;
    // indented lines go on with the item
    while (at < lines.length && /^\s{2,}\S/.test(lines[at]) && !pattern.test(lines[at])) {
      content.push(lines[at].trim());
      at += 1;
    }
    const li = document.createElement('li');
    appendLines(document, li, content);
    list.append(li);
    // one blank line between items does not end the list
    if (BLANK.test(lines[at] ?? 'x') && pattern.test(lines[at + 1] ?? '')) at += 1;
  }
  parent.append(list);
  return at;
}

/**
 * `text` as nodes of `document`.
 *
 * @param {string} text small Markdown; line breaks within a paragraph are kept
 * @param {Document} document the document that makes the nodes
 * @returns {DocumentFragment}
 */
export function renderMarkdown(text, document) {
  const lines = String(text).replace(/\r\n?/g, '\n').split('\n');
  const root = document.createDocumentFragment();
  let at = 0;
  while (at < lines.length) {
    const line = lines[at];
    if (BLANK.test(line)) {
      at += 1;
    } else if (FENCE.test(line)) {
      const end = lines.findIndex((other, i) => i > at && FENCE.test(other));
      const stop = end < 0 ? lines.length : end;
      const pre = document.createElement('pre');
      const code = document.createElement('code');
      code.append(lines.slice(at + 1, stop).join('\n'));
      pre.append(code);
      root.append(pre);
      at = stop + 1;
    } else if (BULLET.test(line) || NUMBER.test(line)) {
      at = appendList(document, root, lines, at);
    } else {
      const p = document.createElement('p');
      const heading = HEADING.exec(line);
      if (heading) {
        const strong = document.createElement('strong');
        appendInline(document, strong, heading[1]);
        p.append(strong);
        at += 1;
      } else {
        const start = at;
        do at += 1;
        while (at < lines.length && !BLANK.test(lines[at]) && !startsBlock(lines[at]));
        appendLines(document, p, lines.slice(start, at));
      }
      root.append(p);
    }
  }
  return root;
}
