/**
 * Builds dist/widget.js, the one file that pages load, and the licences of what is inside it.
 *
 * `node build.js` writes both; tests import `bundle` and `licences` to compare without writing.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import * as esbuild from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const target = ['chrome108', 'firefox101', 'safari16.4'];

const banner = `/*!
 * Svara chat widget, Apache-2.0. With socket.io-client and its parts, MIT,
 * (c) Guillermo Rauch and Socket.IO contributors: see THIRD-PARTY-LICENSES.txt.
 */`;

/** `import css from './x.css'` gives the minified text, for a constructed style sheet. */
const cssAsText = {
  name: 'css-as-text',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const { code } = await esbuild.transform(source, { loader: 'css', minify: true, target });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

/** The bundle's text and the names of the packages in it. Throws when a source has an error. */
export async function bundle() {
  const result = await esbuild.build({
    absWorkingDir: here,
    entryPoints: ['src/main.js'],
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target,
    // ASCII: the file reads the same whatever encoding the page is in
    charset: 'ascii',
    legalComments: 'none',
    banner: { js: banner },
    plugins: [cssAsText],
    metafile: true,
    write: false,
  });
  const packages = new Set();
  for (const [file, { inputs }] of Object.entries(result.metafile.outputs)) {
    if (!file.endsWith('.js')) continue;
    for (const input of Object.keys(inputs)) {
      const match = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(input);
      if (match) packages.add(match[1]);
    }
  }
  return { code: result.outputFiles[0].text, packages: [...packages].sort() };
}

/** The licence texts of `packages`, one after the other. Throws when one has none. */
export async function licences(packages) {
  const texts = [];
  for (const name of packages) {
    const folder = path.join(here, 'node_modules', name);
    const { version, license } = JSON.parse(
      await readFile(path.join(folder, 'package.json'), 'utf8'),
    );
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} has no licence file: look it up before shipping it`);
    const text = (await readFile(path.join(folder, file), 'utf8')).replaceAll('\r\n', '\n').trim();
    texts.push(`${name} ${version} (${license})\n\n${text}\n`);
  }
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { code, packages } = await bundle();
  await mkdir(path.join(here, 'dist'), { recursive: true });
  await writeFile(path.join(here, 'dist/widget.js'), code);
  await writeFile(path.join(here, 'dist/THIRD-PARTY-LICENSES.txt'), await licences(packages));
}
