import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LINK = /!?\[[^\]]*\]\(([^)\s]+)\)/g;

async function pages(): Promise<string[]> {
  const below = await readdir(join(ROOT, 'docs'), { recursive: true });
  const docs = below.filter((name) => name.endsWith('.md')).map((name) => join('docs', name));
  return ['README.md', 'CONTRIBUTING.md', 'AGENTS.md', ...docs];
}

/** Relative links of a page that lead nowhere. */
async function broken(page: string): Promise<string[]> {
  const text = (await readFile(join(ROOT, page), 'utf8')).replace(/```[\s\S]*?```/g, '');
  const targets = [...text.matchAll(LINK)].map(([, target = '']) => target.split('#')[0] ?? '');
  return targets
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
    .map((target) => `${page}: ${target}`);
}

test('every link between the pages leads somewhere', async () => {
  const all = await Promise.all((await pages()).map(broken));
  expect(all.flat()).toEqual([]);
});

test('every guide is found from the index of the documentation', async () => {
  const indexes = ['docs/README.md', 'docs/operations/README.md', 'docs/architecture/README.md'];
  const texts = await Promise.all(indexes.map((name) => readFile(join(ROOT, name), 'utf8')));
  const linked = new Set(
    indexes.flatMap((name, index) =>
      [...(texts[index] ?? '').matchAll(LINK)].map(([, target = '']) =>
        join(dirname(name), target.split('#')[0] ?? ''),
      ),
    ),
  );
  const guides = (await pages()).filter((page) =>
    /^docs\/(operations\/|architecture\/)?[\w-]+\.md$/.test(page),
  );
  const lost = guides.filter((page) => page !== 'docs/README.md' && !linked.has(page));
  expect(lost).toEqual([]);
});
