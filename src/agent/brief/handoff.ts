import type { Fence } from './fence.ts';

/** What a failed run left, told by the engine without a model (AGENT-40). */
export interface Handoff {
  /** One line: why the previous run ended. */
  ended: string;
  archiveRef: string | null;
  /** `sha7 subject` of its commits since the start of the attempt. */
  commits: readonly string[];
  diffStat: string;
  tools: Readonly<Record<string, number>>;
  lastActivity: string | null;
}

/** Section 7 of the brief; empty without a handoff. */
export function handoffSection(handoff: Handoff | null, fence: Fence): string {
  if (!handoff) return '';
  const tools = Object.entries(handoff.tools).map(([name, times]) => `${name} ${times}`);
  const facts = [
    `The previous run ended: ${handoff.ended}`,
    handoff.archiveRef
      ? `Its work is kept at ${handoff.archiveRef}; take from it what is good.`
      : 'It left no work.',
    tools.length > 0 ? `Tools used: ${tools.join(', ')}.` : '',
    handoff.lastActivity ? `Last activity: ${handoff.lastActivity}` : '',
    ...(handoff.commits.length > 0 ? ['Commits:', ...handoff.commits.map((line) => `  ${line}`)] : []),
    handoff.diffStat,
  ];
  return ['## Handoff', fence('state left by the previous run', facts.filter(Boolean).join('\n'))].join(
    '\n\n',
  );
}
