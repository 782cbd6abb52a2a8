/** Languages of the widget and which of them a visitor gets. */

/** Code and own name of each language, in the order of the switch. */
export const LANGUAGES = [
  ['sv', 'Svenska'],
  ['da', 'Dansk'],
  ['nb', 'Norsk'],
  ['en', 'English'],
];

const CODES = new Set(LANGUAGES.map(([code]) => code));

/** `tag` (BCP 47, such as 'nn-NO') as one of our codes, or null when we do not speak it. */
export function supported(tag) {
  const primary = String(tag ?? '')
    .toLowerCase()
    .split(/[-_]/)[0];
  // 'no' is the whole of Norwegian; a reader of Nynorsk is better served in Bokmål than in English
  const code = primary === 'no' || primary === 'nn' ? 'nb' : primary;
  return CODES.has(code) ? code : null;
}

/** The first of `tags` that we speak, else English. */
export function firstSupported(tags) {
  for (const tag of tags) {
    const code = supported(tag);
    if (code) return code;
  }
  return 'en';
}
