import { readdir, readFile } from 'node:fs/promises';

const DIR = new URL('../docs/decisions/', import.meta.url);
const HEAD = `# Decisions

What was hard to decide: the context, the options, the outcome. A record is never edited once accepted; a later one replaces it. Numbers that are
missing were never used.

`;

/** The index of the records, from their first lines. */
export async function renderDecisions(): Promise<string> {
  const names = (await readdir(DIR)).filter((name) => /^\d{4}-.*\.md$/.test(name)).sort();
  const rows = await Promise.all(
    names.map(async (name) => {
      const [first = ''] = (await readFile(new URL(name, DIR), 'utf8')).split('\n');
      return `- [${first.replace(/^#\s*/, '')}](${name})\n`;
    }),
  );
  return `${HEAD}${rows.join('')}`;
}
