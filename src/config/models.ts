import { quoted } from './problems.ts';

/** Effort levels the CLI knows (AGENT-18). */
export const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

const ALIASES = new Set(['opus', 'sonnet', 'haiku', 'fable', 'best', 'default', 'opusplan']);
const NAME = /^([^\s/]+\/)*claude-[A-Za-z0-9.-]+$/;

/** True for `claude-…`, optionally after a provider prefix, and for a CLI alias (AGENT-17). */
export const isModelName = (text: string): boolean => ALIASES.has(text) || NAME.test(text);

type Names = Readonly<Record<string, string | undefined>>;

/** The names the CLI may be given; the others are skipped (AGENT-17). */
export const validModels = (models: Names): Record<string, string> =>
  Object.fromEntries(
    Object.entries(models).filter((entry): entry is [string, string] => isModelName(entry[1] ?? '')),
  );

/** One notice for each name that is skipped. */
export const invalidModels = (models: Names, label: string): string[] =>
  Object.entries(models)
    .filter(([, model]) => !isModelName(model ?? ''))
    .map(([role, model]) => `${label}.${role}: ${quoted(model)} is not a model name; it is skipped.`);
