import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LoadedConfig } from '../../config/load.ts';
import { renderRegistryJsonSchema } from '../../config/registry-schema.ts';
import { AppError } from '../../errors.ts';
import type { CliContext, Flags } from '../context.ts';
import { loadSettings } from '../settings.ts';
import { writeWhole } from './files.ts';
import type { ProposedEntry } from './proposal.ts';

/** The file a project is added to; an inline registry cannot be edited. Throws AppError `registry-inline`. */
export function registryFileOf({ config }: LoadedConfig): string {
  if (config.tracker.projectsJson !== undefined)
    throw new AppError(
      'registry-inline',
      'The registry is given inline by ORCH_PROJECTS_JSON, which no command can edit.',
      {
        fault: 'user',
        hint: 'Move it into a file and name that in ORCH_PROJECTS_FILE, or add the entry by hand.',
      },
    );
  return config.tracker.projectsFile ?? join(config.server.dataDir, 'projects.json');
}

function readRegistry(file: string): { $schema?: string; projects: unknown[] } {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) as unknown;
    return Array.isArray(value) ? { projects: value } : (value as { $schema?: string; projects: unknown[] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { $schema: './projects.schema.json', projects: [] };
  }
}

/** Adds the entry when the whole registry is valid with it; throws ConfigError, having changed nothing, when not. */
export function addEntry(
  context: CliContext,
  flags: Flags,
  { file, entry }: { file: string; entry: ProposedEntry },
): LoadedConfig {
  const before = readRegistry(file);
  const text = `${JSON.stringify({ ...before, projects: [...before.projects, entry] }, null, 2)}\n`;
  const candidate = `${file}.candidate`;
  writeWhole(candidate, text);
  try {
    const env = { ...context.env, ORCH_PROJECTS_FILE: candidate };
    const loaded = loadSettings({ ...context, env }, flags);
    writeWhole(file, text);
    // Editors find it by the `$schema` of a fresh file.
    writeWhole(join(dirname(file), 'projects.schema.json'), renderRegistryJsonSchema());
    return loaded;
  } finally {
    rmSync(candidate, { force: true });
  }
}
