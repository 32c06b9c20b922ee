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
