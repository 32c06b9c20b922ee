import { LAW } from './law.ts';

/** The import law as a page for people. */
export function renderImportLaw(): string {
  const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ') || '–';
  const table = (head: string, rows: Readonly<Record<string, readonly string[]>>) => [
    head,
    '|---|---|',
    ...Object.entries(rows).map(
      ([name, list]) => `| \`${name}\` | ${list[0] === '*' ? 'everything' : code(list)} |`,
    ),
  ];
  return [
    '# Import law',
    '',
    'A room is a folder of `src/` with the file of the same name beside it. Type imports count. The law is data in',
    '`scripts/law/law.ts`; `npm run check` enforces it.',
    '',
    `Free to every room: ${code(LAW.free)}.`,
    '',
    ...table('| room | may import |', LAW.rooms),
    '',
    '## Libraries with one door',
    '',
    ...table('| package | only in |', LAW.doors),
    '',
    '## Globals with one place',
    '',
    ...table('| expression | only in |', LAW.globals),
    '',
  ].join('\n');
}
