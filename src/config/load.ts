import { join } from 'node:path';
import type { Project } from '../pipeline/project.ts';
import { COMBINATIONS } from './combinations.ts';
import { collectNotices } from './notices.ts';
import type { Places } from './paths.ts';
import type { Probes } from './probes.ts';
import { ConfigError } from './problems.ts';
import { deepFreeze, type ParsedRegistry, parseProjects, type RegistrySource } from './projects.ts';
import { collectRaw, type Source } from './raw.ts';
import type { Part } from './registry-rules.ts';
import { type Config, type Definition, listDefinitions } from './schema.ts';
import { createReader, type Reader } from './values.ts';

export interface LoadOptions extends Places {
  /** The process environment. */
  env: Readonly<Record<string, string | undefined>>;
  /** Value of `--data-dir`. */
  dataDir?: string | undefined;
  hostName: string;
  /** True when logs go to a terminal. */
  isTerminal: boolean;
  probes: Probes;
  /** The process that is to run with them. Default: `control`. */
  part?: Part;
}

export interface LoadedConfig {
  config: Config;
  /** The registry, defaults resolved; empty when there is none (REG-1). */
  projects: readonly Project[];
  /** What to report at start without stopping (SET-21). */
  notices: readonly string[];
  /** Where each value came from, by key. */
  sources: ReadonlyMap<string, Source>;
  /** Values of all secrets that are set, for redaction. */
  secrets: readonly string[];
  /** The env file that was read; absent when there is none. */
  envFile?: string;
}

/** Reads settings and registry once (SET-8). Throws `ConfigError` with every problem found (SET-3). */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const definitions = listDefinitions();
  const raw = collectRaw(options);
  const reader = createReader(definitions, raw.values, options);
  const config = buildConfig(definitions, reader);
  const registry = parseProjects(registrySource(config, options.probes), config, options);
  const secrets = secretsOf(definitions, reader);
  const combined = COMBINATIONS.flatMap(({ check }) =>
    check({
      config,
      projects: registry.projects,
      repoNames: registry.repoNames,
      probes: options.probes,
      secrets,
      env: options.env,
      bothRegistries: raw.values.has('ORCH_PROJECTS_JSON') && raw.values.has('ORCH_PROJECTS_FILE'),
    }),
  );
  const problems = [...raw.problems, ...reader.problems, ...registry.problems, ...combined];
  if (problems.length > 0) throw new ConfigError(problems);
  const own = collectNotices({ config, definitions, raw: raw.values, isRoot: options.probes.isRoot });
  return {
    config,
    projects: registry.projects,
    notices: [...reader.notices, ...registry.notices, ...own],
    sources: new Map(definitions.map(({ key }) => [key, reader.sourceOf(key)])),
    secrets: [...secrets.values()],
    ...(raw.envFile === undefined ? {} : { envFile: raw.envFile }),
  };
}

/** Parses the registry again with the settings in force; a failure throws and changes nothing (REG-6). */
export function reloadProjects(config: Config, options: Places & { probes: Probes }): readonly Project[] {
  const { projects, problems }: ParsedRegistry = parseProjects(
    registrySource(config, options.probes),
    config,
    options,
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return projects;
}

/** Inline text, else the stated file, else `projects.json` in the data directory if it exists (REG-1). */
function registrySource({ tracker, server }: Config, probes: Probes): RegistrySource {
  if (tracker.projectsJson !== undefined) return { text: tracker.projectsJson, label: 'ORCH_PROJECTS_JSON' };
  const path = tracker.projectsFile ?? join(server.dataDir, 'projects.json');
  const stated = tracker.projectsFile !== undefined;
  const label = stated ? 'ORCH_PROJECTS_FILE' : path;
  try {
    const text = probes.readFile(path);
    if (text === undefined && stated) return { text, label, unreadable: `"${path}" does not exist` };
    return { text, label };
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    return { text: undefined, label, unreadable: `"${path}" cannot be read (${why})` };
  }
}

/** Puts the values where their paths say; the shape is `Config` because both come from the same declarations. */
function buildConfig(definitions: readonly Definition[], reader: Reader): Config {
  const root: Record<string, unknown> = {};
  for (const { key, path } of definitions) {
    let place = root;
    for (const part of path.slice(0, -1)) {
      place[part] ??= {};
      place = place[part] as Record<string, unknown>;
    }
    place[path.at(-1) ?? key] = reader.read(key);
  }
  return deepFreeze(root) as Config;
}

const secretsOf = (definitions: readonly Definition[], reader: Reader): Map<string, string> =>
  new Map(
    definitions.flatMap(({ key, setting }) => {
      const value = setting.secret ? reader.read(key) : undefined;
      return typeof value === 'string' ? [[key, value] as const] : [];
    }),
  );
