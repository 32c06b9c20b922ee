import type { Finding, FindingSource } from '../../pipeline/findings.ts';
import type { Fence } from './fence.ts';

/** The newest round of one source that still refuses (AGENT-11). */
export interface OpenFindings {
  source: FindingSource;
  round: number;
  items: readonly Finding[];
  /** Its own words: sections of 12, failing rows of 13, scanner output, conflicting paths, a rejection. Never cut. */
  verbatim: string;
  /** Output of a runner; shrinks when the brief is too long. */
  logTail?: string;
  url?: string;
}

export interface MergedFinding {
  ids: string[];
  text: string;
}

/** Identical texts are listed once with all their ids, in the order of the precedence. */
export function mergeFindings(open: readonly OpenFindings[]): MergedFinding[] {
  const merged = new Map<string, MergedFinding>();
  for (const group of [...open].sort(byPrecedence)) {
    for (const { id, text } of itemsOf(group)) {
      const key = text.replace(/\s+/g, ' ').trim().toLowerCase();
      const known = merged.get(key);
      if (known) known.ids.push(id);
      else merged.set(key, { ids: [id], text: text.trim() });
    }
  }
  return [...merged.values()];
}

/** A source that refuses without naming items still has one: whatever it said. */
const itemsOf = ({ items, source, round, verbatim }: OpenFindings): readonly Finding[] =>
  items.length > 0 ? items : [{ id: `${source}-${round}-1`, text: verbatim.trim().split('\n')[0] ?? '' }];

const SOURCE_NAMES: Readonly<Record<FindingSource, string>> = {
  REV: 'Review',
  PR: 'Pull request review',
  TEST: 'Tests',
  CI: 'CI',
  SEC: 'Security scan',
  MERGE: 'Merge check',
  IMG: 'Image build',
  STAGE: 'Staging',
  DEPLOY: 'Deploy',
  HUMAN: 'Human decision',
};

const PRECEDENCE =
  'If two orders contradict: human decision, then acceptance criteria (03), TRZ (02), ADR (06), reviewer, tester, CI. ' +
  'Follow the higher one and record the conflict in 11-dev-notes.md.';

/** Section 5 of the brief. `tailChars` bounds each log tail; 0 leaves them out. */
export function findingsSection(open: readonly OpenFindings[], fence: Fence, tailChars: number): string {
  if (open.length === 0) return '';
  const list = mergeFindings(open).map(
    ({ ids, text }) => `- ${ids.join(', ')}: ${text.replace(/\n/g, '\n  ')}`,
  );
  const sources = [...open].sort(byPrecedence).map((group) => sourceText(group, fence, tailChars));
  return [
    '## Open findings',
    'Each one stays open until its source has given a later verdict without it. Answer every id in 11-dev-notes.md.',
    PRECEDENCE,
    fence('open findings, merged', list.join('\n')),
    ...sources,
  ].join('\n\n');
}

function sourceText(group: OpenFindings, fence: Fence, tailChars: number): string {
  const name = SOURCE_NAMES[group.source];
  const parts = [`### ${name}, round ${group.round}${group.url ? ` (${group.url})` : ''}`];
  parts.push(fence(`${name.toLowerCase()}, verbatim`, group.verbatim));
  const tail = group.logTail ? endOf(group.logTail, tailChars) : '';
  if (tail !== '') parts.push(fence(`${name.toLowerCase()}, end of the log`, tail));
  return parts.join('\n\n');
}

const ORDER: readonly FindingSource[] = [
  'HUMAN',
  'REV',
  'PR',
  'TEST',
  'CI',
  'SEC',
  'MERGE',
  'IMG',
  'STAGE',
  'DEPLOY',
];
const byPrecedence = (a: OpenFindings, b: OpenFindings): number =>
  ORDER.indexOf(a.source) - ORDER.indexOf(b.source);

const MAX_TAIL_LINES = 200;

function endOf(log: string, chars: number): string {
  if (chars <= 0) return '';
  const lines = log.trimEnd().split('\n').slice(-MAX_TAIL_LINES).join('\n');
  return lines.length <= chars ? lines : `…${lines.slice(lines.length - chars)}`;
}
