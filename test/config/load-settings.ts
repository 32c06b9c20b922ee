import { type LoadedConfig, loadConfig } from '../../src/config/load.ts';
import type { Probes } from '../../src/config/probes.ts';
import { ConfigError, type Problem } from '../../src/config/problems.ts';

export interface Machine {
  files?: Record<string, string>;
  modes?: Record<string, number>;
  probes?: Partial<Probes>;
  dataDir?: string;
  part?: 'control' | 'worker';
}

/** A machine with these files and nothing else; directories are writable, users exist. */
export function fakeProbes({ files = {}, modes = {}, probes = {} }: Machine = {}): Probes {
  return {
    readFile: (path) => files[path],
    fileMode: (path) => modes[path] ?? (path in files ? 0o600 : undefined),
    directoryProblem: () => undefined,
    userProblem: () => undefined,
    isRoot: false,
    host: { systemd: false, container: false, dockerSocket: false },
    ...probes,
  };
}

/** Loads with the given variables on a fake machine: working directory /work, home /home/me. */
export const load = (env: Record<string, string> = {}, machine: Machine = {}): LoadedConfig =>
  loadConfig({
    env,
    dataDir: machine.dataDir,
    cwd: '/work',
    homeDir: '/home/me',
    hostName: 'box',
    isTerminal: false,
    probes: fakeProbes(machine),
    ...(machine.part ? { part: machine.part } : {}),
  });

/** The complaints about these variables; none when they are accepted. */
export function problemsOf(env: Record<string, string>, machine: Machine = {}): readonly Problem[] {
  try {
    load(env, machine);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** A registry of one project, the smallest that is complete, with the given fields. */
export const project = (fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  repo: 'notes',
  prefix: 'NOTE',
  checks: 'npm test',
  staging: 'none',
  deploy: 'none',
  image: 'none',
  ...fields,
});

/** The variable that holds a registry of these projects. */
export const registryOf = (...projects: unknown[]): Record<string, string> => ({
  ORCH_PROJECTS_JSON: JSON.stringify(projects),
});
