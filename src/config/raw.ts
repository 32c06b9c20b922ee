import { resolve } from 'node:path';
import { parseEnvFile } from './env-file.ts';
import { absolutePath, type Places } from './paths.ts';
import type { Probes } from './probes.ts';
import type { Problem } from './problems.ts';

/** Where a value in force came from (SET-10). */
export type Source = 'argument' | 'environment' | 'file' | 'default';

/** A value as it was written, before its type is known. */
export interface RawValue {
  text: string;
  source: Source;
}

export interface RawInput extends Places {
  env: Readonly<Record<string, string | undefined>>;
  /** Value of `--data-dir`. */
  dataDir?: string | undefined;
  probes: Pick<Probes, 'readFile'>;
}

export interface RawValues {
  values: Map<string, RawValue>;
  /** The env file that was read. */
  envFile?: string;
  problems: Problem[];
}

/** Merges argument, environment and env file by precedence; empty values are absent (SET-1, SET-2). */
export function collectRaw(input: RawInput): RawValues {
  const { file, problems } = findEnvFile(input);
  const values = new Map<string, RawValue>();
  add(values, file?.values ?? {}, 'file');
  add(values, input.env, 'environment');
  if (input.dataDir?.trim()) values.set('ORCH_DATA_DIR', { text: input.dataDir.trim(), source: 'argument' });
  return { values, problems, ...(file ? { envFile: file.path } : {}) };
}

function add(
  values: Map<string, RawValue>,
  from: Readonly<Record<string, string | undefined>>,
  source: Source,
) {
  for (const [key, value] of Object.entries(from)) {
    const text = value?.trim();
    if (text) values.set(key, { text, source });
  }
}

interface EnvFile {
  path: string;
  values: Record<string, string>;
}

function findEnvFile(input: RawInput): { file?: EnvFile; problems: Problem[] } {
  const stated = input.env.ORCH_ENV_FILE?.trim();
  const dataDir = input.dataDir?.trim() || input.env.ORCH_DATA_DIR?.trim() || '~/.orchestrator';
  const candidates = stated
    ? [absolutePath(stated, input)]
    : [resolve(input.cwd, '.env'), resolve(absolutePath(dataDir, input), '.env')];
  for (const path of candidates) {
    try {
      const text = input.probes.readFile(path);
      if (text !== undefined) return { file: { path, values: parseEnvFile(text) }, problems: [] };
    } catch (error) {
      return { problems: [unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error))] };
    }
  }
  return { problems: stated ? [unreadable(candidates[0] ?? stated, 'no such file')] : [] };
}

const unreadable = (path: string, why: string): Problem => ({
  key: 'ORCH_ENV_FILE',
  problem: `"${path}" cannot be read (${why})`,
  fix: 'name a readable file, or remove it',
});
