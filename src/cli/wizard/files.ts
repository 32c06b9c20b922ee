import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnvFile } from '../../config/env-file.ts';
import { renderEnvFile } from '../../config/reference.ts';
import { renderRegistryJsonSchema } from '../../config/registry-schema.ts';

/** Readable by its owner alone: it holds secrets (SET-7). */
const PRIVATE = 0o600;

const textOf = (file: string): string | null => (existsSync(file) ? readFileSync(file, 'utf8') : null);

/** Values of an env file; none where there is no file. */
export const readEnvValues = (file: string): Record<string, string> => parseEnvFile(textOf(file) ?? '');

/** Writes a file as a whole or not at all; false when it says this already. */
export function writeWhole(file: string, text: string, mode = 0o644): boolean {
  if (textOf(file) === text) return false;
  const fresh = `${file}.new`;
  writeFileSync(fresh, text, { mode });
  renameSync(fresh, file);
  return true;
}

export interface Written {
  file: string;
  changed: boolean;
}

/** The env file, the registry with its schema beside it; what is there already stays (REG-1). */
export function writeSettings(dataDir: string, values: Readonly<Record<string, string>>): readonly Written[] {
  mkdirSync(dataDir, { recursive: true });
  const [env, schema, registry] = ['.env', 'projects.schema.json', 'projects.json'].map((name) =>
    join(dataDir, name),
  ) as [string, string, string];
  const empty = `${JSON.stringify({ $schema: './projects.schema.json', projects: [] }, null, 2)}\n`;
  return [
    { file: env, changed: writeWhole(env, renderEnvFile(values), PRIVATE) },
    { file: schema, changed: writeWhole(schema, renderRegistryJsonSchema()) },
    { file: registry, changed: existsSync(registry) ? false : writeWhole(registry, empty) },
  ];
}
