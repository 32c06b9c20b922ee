import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where a regression test stands. */
export interface FoundTest {
  id: string;
  /** Relative to the repository. */
  file: string;
  line: number;
  title: string;
}

/** A title in quotes that begins with one or more ids, as in `test('inc-17 inc-18 …`. */
const TITLE = /['"`]((?:inc-\d+ )+[^'"`\n]*)['"`]/g;

/** Every test whose title begins with the id of an incident, by file and line. */
export async function findIncidentTests(): Promise<FoundTest[]> {
  const entries = await readdir(join(ROOT, 'test'), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const found = await Promise.all(files.map(async (file) => testsIn(file, await readFile(file, 'utf8'))));
  return found.flat();
}

function testsIn(path: string, text: string): FoundTest[] {
  const file = relative(ROOT, path);
  return [...text.matchAll(TITLE)].flatMap((match) => {
    const title = match[1] ?? '';
    const line = text.slice(0, match.index).split('\n').length;
    return [...title.matchAll(/inc-\d+(?= )/g)].map(([id]) => ({ id, file, line, title }));
  });
}
