import type { Role } from '../pipeline/stages.ts';

/** Names the CLI resolves itself (AGENT-17). */
const ALIASES: ReadonlySet<string> = new Set([
  'opus',
  'sonnet',
  'haiku',
  'fable',
  'best',
  'default',
  'opusplan',
]);
const NAME = /^(?:[^\s/]+\/)*claude-[A-Za-z0-9.-]+$/;
const FAMILIES: readonly string[] = ['opus', 'sonnet', 'haiku', 'fable'];

/** True for a model name or alias the CLI may be given. */
export const isModel = (name: string): boolean => ALIASES.has(name) || NAME.test(name);

export const EFFORT_LEVELS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;
export type EffortLevel = (typeof EFFORT_LEVELS)[number];

const isEffort = (level: string): level is EffortLevel =>
  (EFFORT_LEVELS as readonly string[]).includes(level);

/** Applies only where nobody set an effort (AGENT-18, section 17). */
const EFFORT_FLOORS: Readonly<Record<Role, EffortLevel>> = {
  analyst: 'high',
  architect: 'high',
  developer: 'xhigh',
  reviewer: 'high',
  tester: 'medium',
  deployer: 'medium',
};

/** Values in the order in which they are asked: project, role setting, default setting. */
export interface Choices {
  project: string | undefined;
  role: string | undefined;
  standard: string | undefined;
}

export interface ModelChoices extends Choices {
  /** What the project chose for tasks of this size. */
  size?: string | undefined;
}

export interface Resolved<T extends string> {
  /** Null: the flag is left out. */
  value: T | null;
  /** Values that were skipped because they are not valid; to be logged. */
  skipped: string[];
}

/** The model of a run: the first that is not empty and valid (AGENT-17); what the project says of this size first. */
export function resolveModel({ size, project, role, standard }: ModelChoices): Resolved<string> {
  const given = [size, project, role, standard].filter((name): name is string => Boolean(name?.trim()));
  const at = given.findIndex(isModel);
  return { value: given[at] ?? null, skipped: at < 0 ? given : given.slice(0, at) };
}

/** The fallback model; an invalid one means no flag. */
export const resolveFallback = (name: string | undefined): Resolved<string> =>
  resolveModel({ project: name, role: undefined, standard: undefined });

/**
 * The effort of a run (AGENT-18). The CLI silently ignores an unknown level, so one that got this far means
 * no flag rather than a surprise (AGENT-19).
 */
export function resolveEffort(role: Role, choices: Choices): Resolved<EffortLevel> {
  const given = [choices.project, choices.role, choices.standard].find((level) => level?.trim());
  if (given === undefined) return { value: EFFORT_FLOORS[role], skipped: [] };
  return isEffort(given) ? { value: given, skipped: [] } : { value: null, skipped: [given] };
}

/**
 * True when another model than the requested one did the work (AGENT-20). An alias is compared by its family
 * word; `best`, `default` and `opusplan` name no model, so they are not compared.
 */
export function isOtherModel(requested: string | null, reported: string | null): boolean {
  if (requested === null || reported === null) return false;
  if (FAMILIES.includes(requested)) return !reported.includes(requested);
  if (ALIASES.has(requested)) return false;
  // The CLI reports dated names for undated ones.
  return !reported.startsWith(requested.slice(requested.lastIndexOf('/') + 1));
}
