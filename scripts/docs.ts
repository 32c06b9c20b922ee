// Writes the rendered pages, or with --check compares them and exits 1 when one is not current.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderedDocs } from './render-docs.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NOTE = '<!-- Rendered by `npm run docs`; do not edit by hand. -->\n\n';
const checkOnly = process.argv.includes('--check');

for (const { path, render } of renderedDocs) {
  const file = join(ROOT, path);
  const text = (path.endsWith('.md') ? NOTE : '') + (await render());
  const current = await readFile(file, 'utf8').catch(() => '');
  if (current === text) continue;
  if (checkOnly) {
    process.stdout.write(`${path} is not what the code says. Run: npm run docs\n`);
    process.exitCode = 1;
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    process.stdout.write(`wrote ${path}\n`);
  }
}
