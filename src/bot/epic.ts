/** One task of an epic; `after` are places in the list, from 0. */
export interface EpicPart {
  title: string;
  description: string;
  after: readonly number[];
}

export interface Epic {
  title: string;
  /** What stands above the list; every part gets it along. */
  intro: string;
  parts: readonly EpicPart[];
}

/** What makes a text no epic; `n` and `after` count from 1, as people do. */
export type EpicProblem =
  | { kind: 'no-parts' }
  | { kind: 'too-many'; n: number; max: number }
  | { kind: 'bad-after'; n: number; after: number };

const PARTS_MAX = 20;
const ITEM = /^\s{0,3}(?:(\d{1,3})[.)]|[-*•])\s+(\S.*)$/;
const AFTER = /\((?:after|после)\s([^()]*)\)$/i;

interface Item {
  numbered: boolean;
  head: string;
  lines: string[];
}

function readItems(lines: readonly string[]): { above: string[]; items: Item[] } {
  const above: string[] = [];
  const items: Item[] = [];
  for (const line of lines) {
    const match = ITEM.exec(line);
    if (match) items.push({ numbered: match[1] !== undefined, head: match[2] ?? '', lines: [] });
    else (items.at(-1)?.lines ?? above).push(line.trim());
  }
  return { above, items };
}

/** A numbered part follows the one above it, a bulleted one nobody; `(after 1, 3)` says otherwise. */
function partOf({ numbered, head, lines }: Item, place: number): EpicPart {
  const named = AFTER.exec(head.trimEnd())?.[1];
  const written = named === undefined ? null : [...named.matchAll(/\d+/g)].map(([n]) => Number(n) - 1);
  const after = written ?? (numbered && place > 0 ? [place - 1] : []);
  return {
    title: head.trimEnd().replace(AFTER, '').trim(),
    description: lines.join('\n').trim(),
    after: [...new Set(after)],
  };
}

/** An epic as a person writes it: a title, what it is about, and a list of tasks. */
export function parseEpic(text: string): Epic | EpicProblem {
  const [title = '', ...rest] = text.trim().split('\n');
  const { above, items } = readItems(rest);
  if (items.length === 0) return { kind: 'no-parts' };
  if (items.length > PARTS_MAX) return { kind: 'too-many', n: items.length, max: PARTS_MAX };
  const parts = items.map(partOf);
  for (const [place, { after }] of parts.entries()) {
    const bad = after.find((on) => on < 0 || on >= place);
    if (bad !== undefined) return { kind: 'bad-after', n: place + 1, after: bad + 1 };
  }
  return { title: title.trim(), intro: above.join('\n').trim(), parts };
}
