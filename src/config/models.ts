/** Effort levels the CLI knows (AGENT-18). */
export const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

const ALIASES = new Set(['opus', 'sonnet', 'haiku', 'fable', 'best', 'default', 'opusplan']);
const NAME = /^([^\s/]+\/)*claude-[A-Za-z0-9.-]+$/;

/** True for `claude-…`, optionally after a provider prefix, and for a CLI alias (AGENT-17). */
export const isModelName = (text: string): boolean => ALIASES.has(text) || NAME.test(text);
