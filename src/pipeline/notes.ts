import type { TaskState } from './task.ts';
import type { CardNote, VerdictRecord } from './view.ts';

/** What one verdict says that a person should see on the card; null for most. */
function noteOf({ step, evidence }: VerdictRecord): CardNote | null {
  const { off, restored, headSha } = evidence;
  if (typeof off === 'string') return { kind: 'gate-off', gate: step.slice('gate.'.length) };
  if (Array.isArray(restored) && restored.length > 0) return { kind: 'restored', count: restored.length };
  // The run found a branch that somebody else had pushed to; its head is theirs (AGENT-39).
  if (evidence.class === 'stale-base' && typeof headSha === 'string')
    return { kind: 'foreign-push', sha: headSha };
  return null;
}

/** Notes of the attempt in hand, newest first (CARD-11). */
export const notesOf = (verdicts: readonly VerdictRecord[], task: TaskState): CardNote[] =>
  verdicts
    .filter(({ stage, attempt }) => stage === task.stage && attempt === task.attempt)
    .toReversed()
    .map(noteOf)
    .filter((note) => note !== null);
