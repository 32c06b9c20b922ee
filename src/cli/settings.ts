import { join } from 'node:path';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { createProbes } from '../config/probes.ts';
import type { Part } from '../config/registry-rules.ts';
import type { CliContext, Flags } from './context.ts';

/** Settings and registry of this call; throws ConfigError with every problem. */
export const loadSettings = (
  { env, cwd, home, host: hostName, isTerminal }: CliContext,
  { dataDir }: Flags,
  part: Part = 'control',
): LoadedConfig =>
  loadConfig({ env, dataDir, cwd, homeDir: home, hostName, isTerminal, probes: createProbes(env), part });

/** Where the control process of a data directory answers the command line (REC-140a). */
export const socketOf = ({ config }: Pick<LoadedConfig, 'config'>): string =>
  join(config.server.dataDir, 'control.sock');
