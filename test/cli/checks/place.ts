import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Place } from '../../../src/cli/checks/check.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { createProbes } from '../../../src/config/probes.ts';
import { createHttpClient } from '../../../src/http-client.ts';
import { findProgram } from '../../../src/subprocess.ts';
import { dataDir } from '../context.ts';

export interface PlaceOptions {
  /** Settings, and `PATH` where the real one is not wanted. */
  env?: Record<string, string>;
  /** Registry entries; what they must state and do not is `none`. */
  projects?: readonly Record<string, unknown>[];
  dir?: string;
  now?: () => number;
  version?: string;
}

/** One registry entry that says everything. */
export const entry = (fields: Record<string, unknown> = {}) => ({
  ...{ repo: 'shop', prefix: 'SHOP', checks: 'npm test', staging: 'none', deploy: 'none', image: 'none' },
  ...fields,
});

/** A real machine with these settings and a fresh data directory. */
export async function placeWith({
  env = {},
  projects = [],
  dir,
  ...rest
}: PlaceOptions = {}): Promise<Place> {
  const home = dir ?? (await dataDir());
  const full: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    ...(projects.length === 0 ? {} : { ORCH_PROJECTS_JSON: JSON.stringify(projects) }),
    ...env,
  };
  const machine = { cwd: home, homeDir: home, hostName: 'here', isTerminal: false };
  const loaded = loadConfig({ env: full, dataDir: home, ...machine, probes: createProbes(full) });
  const http = createHttpClient({ userAgent: 'test', timeoutMs: 5000, sleep: async () => undefined });
  return {
    env: full,
    home,
    host: 'here',
    version: '1.2.3',
    commit: null,
    loaded,
    http,
    now: Date.now,
    ...rest,
  };
}

/** A directory for `PATH` with small programs: a script, or `real` for the one of this machine. */
export async function programs(wanted: Readonly<Record<string, string>>): Promise<string> {
  const bin = join(await dataDir(), 'bin');
  await mkdir(bin);
  for (const [name, script] of Object.entries(wanted)) {
    const path = join(bin, name);
    if (script === 'real') {
      const found = findProgram(name, { PATH: process.env.PATH });
      if (found === null) throw new Error(`no ${name} on this machine`);
      await symlink(found, path);
    } else {
      await writeFile(path, `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o755);
    }
  }
  return bin;
}

/** These programs first, then those of this machine. */
export const before = (bin: string): string => `${bin}${delimiter}${process.env.PATH}`;

/** An HTTP server until the test ends. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A service that answers with this JSON. */
export const service = (body: unknown): Promise<string> =>
  serve((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body));
  });
