import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseHTML } from 'linkedom';

import { renderMarkdown, safeUrl } from '../src/markdown.js';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

function html(text) {
  const div = document.createElement('div');
  div.append(renderMarkdown(text, document));
  return div.innerHTML;
}

const cases = [
  ['a word', 'Hej', '<p>Hej</p>'],
  ['bold', 'a **b c** d', '<p>a <strong>b c</strong> d</p>'],
  ['bold with underscores', '__b__', '<p><strong>b</strong></p>'],
  ['italics', '*a* _b_', '<p><em>a</em> <em>b</em></p>'],
  ['italics in bold', '**a *b* c**', '<p><strong>a <em>b</em> c</strong></p>'],
  ['code with stars in it', '`a*b*`', '<p><code>a*b*</code></p>'],
  ['a product of numbers is left alone', '2 * 3 * 4', '<p>2 * 3 * 4</p>'],
  ['underscores within a word', 'a_b_c __init__', '<p>a_b_c <strong>init</strong></p>'],
  ['an escaped star', '\\*a\\*', '<p>*a*</p>'],
  ['an unclosed star', '**a', '<p>**a</p>'],
  ['line breaks', 'a\r\nb', '<p>a<br>b</p>'],
  ['paragraphs', 'a\n\n\nb', '<p>a</p><p>b</p>'],
  ['a heading', '## Retur ##\ntext', '<p><strong>Retur</strong></p><p>text</p>'],
  ['bullets', '- a\n- **b**', '<ul><li>a</li><li><strong>b</strong></li></ul>'],
  ['stars as bullets', '* a\n* b', '<ul><li>a</li><li>b</li></ul>'],
  ['numbers', '1. a\n2) b', '<ol><li>a</li><li>b</li></ol>'],
  ['numbers that go on', '3. a\n4. b', '<ol start="3"><li>a</li><li>b</li></ol>'],
  ['a blank line between items', '1. a\n\n2. b', '<ol><li>a</li><li>b</li></ol>'],
  ['an item of two lines', '- a\n  b\n- c', '<ul><li>a<br>b</li><li>c</li></ul>'],
  ['a list right after a line', 'so:\n- a', '<p>so:</p><ul><li>a</li></ul>'],
  ['an amount is no list', '-5 grader', '<p>-5 grader</p>'],
  ['a fence', '```\n<b> *x*\n```\nend', '<pre><code>&lt;b&gt; *x*</code></pre><p>end</p>'],
  ['an open fence', '```\na', '<pre><code>a</code></pre>'],
  ['HTML stays text', '<img src=x onerror=alert(1)>', '<p>&lt;img src=x onerror=alert(1)&gt;</p>'],
];

for (const [name, text, expected] of cases) {
  test(name, () => assert.equal(html(text), expected));
}

// linkedom writes the attribute that was set last first
const external = (href, text) => `<a rel="noopener" target="_blank" href="${href}">${text}</a>`;

test('links open in a new tab without an opener', () => {
  assert.equal(
    html('[Mina sidor](https://nordlys.example/me)'),
    `<p>${external('https://nordlys.example/me', 'Mina sidor')}</p>`,
  );
});

test('an address with brackets in it is kept whole', () => {
  assert.equal(
    html('[x](https://a.example/b_(c))'),
    `<p>${external('https://a.example/b_(c)', 'x')}</p>`,
  );
});

test('a bare address becomes a link, its full stop does not', () => {
  assert.equal(
    html('Se https://a.example/b?c=1.'),
    `<p>Se ${external('https://a.example/b?c=1', 'https://a.example/b?c=1')}.</p>`,
  );
});

test('mail and telephone links stay in the page', () => {
  assert.equal(
    html('[a](mailto:a@b.example) <tel:+4684650041>'),
    '<p><a href="mailto:a@b.example">a</a> <a href="tel:+4684650041">+4684650041</a></p>',
  );
});

test("a link's text holds no further link", () => {
  const found = html('[https://good.example](https://a.example/)');
  assert.equal(found, `<p>${external('https://a.example/', 'https://good.example')}</p>`);
});

for (const href of [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\tscript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:x',
  '/relative',
  '//host.example',
  '',
]) {
  test(`${JSON.stringify(href)} is not linked to`, () => {
    assert.equal(safeUrl(href), null);
    assert.ok(!html(`[click](${href}) <${href}>`).includes('<a'));
  });
}

test('a dropped link leaves its text', () => {
  assert.equal(html('[click](javascript:alert)'), '<p>click</p>');
});

test('hostile input is rendered in reasonable time', () => {
  const start = performance.now();
  for (const unit of ['**a', '*a', '[a](', '`a', '__a ', '- ', '> ', '((', '<http://']) {
    html(unit.repeat(3000));
  }
  assert.ok(performance.now() - start < 3000);
});
