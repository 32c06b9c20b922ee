import type { Verdict, Witness } from './court.ts';

export interface Tried {
  witness: Witness;
  verdict: Verdict;
}

/** The table of who was caught by what, as it stands in `docs/reference/lying-agents.md`. */
export function renderCatches(tried: readonly Tried[]): string {
  const sorted = [...tried].sort((a, b) => (a.witness.name < b.witness.name ? -1 : 1));
  const liars = sorted.filter(({ witness }) => witness.kind === 'liars');
  const honest = sorted.filter(({ witness }) => witness.kind === 'honest');
  return `# Lying agents

Written by \`test/e2e/agents/court.test.ts\`. Each row is a real program in \`test/fixtures/agents/\` that does the work
of a role in real git and then claims: all done, 23 passed, verified. What it says decides nothing; this is what does.

## Caught

| Program | Role | The lie | Caught by | Reason |
|---|---|---|---|---|
${liars.map(({ witness, verdict }) => row(witness, [verdict.caughtBy ?? 'NOBODY', verdict.reason])).join('\n')}

## Not refused, although suspicious

| Program | Role | What looks suspicious |
|---|---|---|
${honest.map(({ witness }) => row(witness, [])).join('\n')}
`;
}

const row = (witness: Witness, more: readonly string[]): string =>
  `| ${[witness.name, witness.role, witness.story, ...more.map(stable)].map(cell).join(' | ')} |`;

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');

/** Without what differs from run to run: commit ids, times, temporary places. */
const stable = (text: string): string =>
  text
    .replace(/\b[0-9a-f]{40}\b/g, '<commit>')
    .replace(/\b\d+\.\d s\b/g, '<time>')
    .replace(/\/tmp\/[^\s,]+/g, '<path>');
