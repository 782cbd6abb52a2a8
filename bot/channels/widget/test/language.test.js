import assert from 'node:assert/strict';
import { test } from 'node:test';

import { firstSupported, LANGUAGES, supported } from '../src/language.js';
import { STRINGS } from '../src/strings.js';
import { clock, day } from '../src/view/time.js';

test('tags of browsers and pages are understood', () => {
  assert.equal(supported('sv-SE'), 'sv');
  assert.equal(supported('DA'), 'da');
  assert.equal(supported('no'), 'nb');
  assert.equal(supported('nn-NO'), 'nb');
  assert.equal(supported('de'), null);
  assert.equal(supported(undefined), null);
});

test('the first language that we speak wins, else English', () => {
  assert.equal(firstSupported([undefined, '', 'fi', 'nb-NO', 'sv']), 'nb');
  assert.equal(firstSupported(['fi']), 'en');
});

test('every language has every text, with the same arguments', () => {
  const shape = (strings) =>
    Object.entries(strings).map(([name, value]) =>
      Array.isArray(value)
        ? [name, value.length]
        : [name, typeof value, value.length * (typeof value === 'function')],
    );
  for (const [code] of LANGUAGES) {
    assert.deepEqual(shape(STRINGS[code]), shape(STRINGS.en), code);
    for (const value of Object.values(STRINGS[code]).flat()) {
      const text = typeof value === 'function' ? value('Maria') : value;
      assert.ok(text.trim().length > 1, `${code}: ${value}`);
    }
  }
});

test('no text is left in another language', () => {
  const shared = new Set(['Chatbot', 'Person', 'Send']); // the same word in several of them
  const texts = (code) =>
    Object.values(STRINGS[code])
      .flat()
      .filter((text) => typeof text === 'string');
  const english = new Set(texts('en'));
  for (const code of ['sv', 'da', 'nb']) {
    for (const text of texts(code))
      assert.ok(!english.has(text) || shared.has(text), `${code}: ${text}`);
  }
});

test('days and times are written as the language does', () => {
  const now = new Date(2026, 10, 21, 14, 3);
  const at = (days) => new Date(2026, 10, 21 - days, 23, 59);
  assert.equal(clock(now, 'en'), '14:03');
  assert.equal(clock(now, 'da'), '14.03');
  assert.equal(day(at(0), 'sv', now), 'I dag');
  assert.equal(day(at(1), 'nb', now), 'I går');
  assert.equal(day(at(4), 'en', now), '17 November');
  assert.equal(day(new Date(2025, 0, 5), 'da', now), '5. januar 2025');
});
