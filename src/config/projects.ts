import { z } from 'zod';
import type { Project } from '../pipeline/project.ts';
import { invalidModels } from './models.ts';
import type { Places } from './paths.ts';
import { type Problem, quoted } from './problems.ts';
import { buildProject } from './project.ts';
import { describeIssues } from './registry-issues.ts';
import { normaliseNames } from './registry-names.ts';
import { checkProjects, findDuplicates, type Part, textField } from './registry-rules.ts';
import { RegistryEntry } from './registry-schema.ts';
import type { Config } from './schema.ts';

export interface RegistrySource {
  /** The JSON text, or undefined when there is no registry: zero projects (REG-1). */
  text: string | undefined;
  /** How complaints name it, e.g. `ORCH_PROJECTS_JSON`. */
  label: string;
  /** Why a registry that must be there could not be read. */
  unreadable?: string;
}

export interface ParsedRegistry {
  projects: readonly Project[];
  /** Repositories named in it, those of faulty entries included. */
  repoNames: readonly string[];
  problems: Problem[];
  notices: string[];
}

/** Parses the whole registry and reports all problems at once (REG-4); with a problem it must not be used. */
export function parseProjects(
  source: RegistrySource,
  config: Config,
  places: Places & { part?: Part },
): ParsedRegistry {
  const problems: Problem[] = [];
  const notices: string[] = [];
  const entries = readEntries(source, problems).map((raw, index) => {
    const label = `${source.label}[${index}]`;
    return { label, entry: isRecord(raw) ? normaliseNames(raw, label, problems) : raw };
  });
  const valid = entries.flatMap(({ label, entry }) => {
    const parsed = RegistryEntry.safeParse(entry);
    if (!parsed.success) {
      problems.push(...describeIssues(parsed.error.issues, entry, label));
      return [];
    }
    notices.push(...modelNotices(parsed.data, label));
    return [{ label, project: buildProject(parsed.data, config, places) }];
  });
  problems.push(...findDuplicates(entries), ...checkProjects(valid, config, places.part));
  return {
    projects: deepFreeze(valid.map(({ project }) => project)),
    repoNames: entries.flatMap(({ entry }) => textField(entry, 'repo') ?? []),
    problems,
    notices,
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const RegistryFile = z.strictObject({ $schema: z.string().optional(), projects: z.array(z.unknown()) });

function readEntries({ text, label, unreadable }: RegistrySource, problems: Problem[]): unknown[] {
  if (unreadable)
    problems.push({ key: label, problem: unreadable, fix: 'name a readable file, or remove it' });
  if (text === undefined) return [];
  const refuse = (problem: string): unknown[] => {
    problems.push({ key: label, problem, fix: 'give a JSON array of projects, [] for none' });
    return [];
  };
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return refuse(`${quoted(text)} is not valid JSON (${(error as Error).message})`);
  }
  if (Array.isArray(value)) return value;
  const file = RegistryFile.safeParse(value);
  return file.success ? file.data.projects : refuse(`${quoted(value)} is not an array of projects`);
}

const modelNotices = (entry: RegistryEntry, label: string): string[] => [
  ...invalidModels(entry.agent_models, `${label}.agent_models`),
  ...Object.entries(entry.models_by_complexity).flatMap(([size, models]) =>
    invalidModels(models, `${label}.models_by_complexity.${size}`),
  ),
];

/** Freezes a value and everything in it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
