import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { bundle, licences } from '../build.js';

const shipped = (name) => readFile(new URL(`../dist/${name}`, import.meta.url), 'utf8');

test('dist/ is what the sources give: run `npm run build` and commit it', async () => {
  const { code, packages } = await bundle();
  assert.ok(code === (await shipped('widget.js')), 'dist/widget.js is not up to date');
  assert.equal(await licences(packages), await shipped('THIRD-PARTY-LICENSES.txt'));
});

test('the bundle is small, plain ASCII, and evaluates or injects no text', async () => {
  const code = await shipped('widget.js');
  assert.ok(gzipSync(code, { level: 9 }).length < 34_000);
  assert.ok(/^[\x00-\x7f]*$/.test(code), 'not ASCII');
  for (const risky of [
    'eval(',
    'new Function',
    'innerHTML',
    'insertAdjacentHTML',
    'document.write',
  ]) {
    assert.ok(!code.includes(risky), risky);
  }
});
