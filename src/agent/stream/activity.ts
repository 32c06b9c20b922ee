import { isAbsolute, relative } from 'node:path';
import { text } from './json.ts';
import type { Observation } from './observe.ts';

export type Verb = 'reading' | 'editing' | 'writing' | 'searching' | 'running' | 'thinking';

export interface Activity {
  verb: Verb;
  /** Path relative to the worktree, pattern or command; at most 80 characters, secrets masked. */
  object: string;
}

const VERBS: Readonly<Record<string, { verb: Verb; field: string }>> = {
  Read: { verb: 'reading', field: 'file_path' },
  Edit: { verb: 'editing', field: 'file_path' },
  Write: { verb: 'writing', field: 'file_path' },
  NotebookEdit: { verb: 'editing', field: 'notebook_path' },
  Glob: { verb: 'searching', field: 'pattern' },
  Grep: { verb: 'searching', field: 'pattern' },
  Bash: { verb: 'running', field: 'command' },
};
const MAX_CHARS = 80;

/** What the agent does now, from its last main-thread tool call only; its prose is never shown (AGENT-51). */
export function activityOf(seen: Observation, cwd: string, redact: (text: string) => string): Activity {
  const call = seen.lastTool;
  const rule = call ? VERBS[call.name] : undefined;
  if (!call || !rule) return { verb: 'thinking', object: '' };
  const raw = redact(text(call.input[rule.field]) ?? '')
    .replace(/\s+/g, ' ')
    .trim();
  return { verb: rule.verb, object: cut(insideOf(raw, cwd)) };
}

function insideOf(path: string, cwd: string): string {
  if (!isAbsolute(path)) return path;
  const inside = relative(cwd, path);
  return inside === '' || inside.startsWith('..') ? path : inside;
}

const cut = (line: string): string => (line.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS - 1)}…` : line);
