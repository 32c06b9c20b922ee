import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { type HookFiles, hookFiles } from './hook-files.ts';

/** What must lie in the state directory before a wrapper starts. */
export interface HookParcel {
  /** The hook's environment (`hookEnvironment`). */
  env: Readonly<Record<string, string>>;
  /** Text of the shipped wrapper. A copy runs, so a deploy may replace the installation it came from. */
  wrapper: string;
  /** Text of a hook that lives in the repository; absent for a hook that is installed on the host. */
  hook?: string;
}

/** What the files say at this moment. */
export interface HookTraces {
  started: string | null;
  /** Age of the last heartbeat; null when there was none. */
  aliveAgeMs: number | null;
  result: string | null;
}

/** Where the files are: this host, or the deploy host behind ssh. */
export interface HookStore {
  /** Writes the parcel; files of an earlier call for the same deploy are replaced whole. */
  put(deployId: string, parcel: HookParcel): Promise<HookFiles>;
  read(deployId: string): Promise<HookTraces>;
}

/** State directory on this host, shared with the wrapper. Faults of the disk are thrown as they are. */
export function createLocalHookStore(options: { stateDir: string; now: () => number }): HookStore {
  const { stateDir, now } = options;
  return {
    async put(deployId, parcel) {
      const files = hookFiles(stateDir, deployId);
      await mkdir(stateDir, { recursive: true, mode: 0o700 });
      for (const { path, text, mode } of parcelFiles(files, parcel)) await writeWhole(path, text, mode);
      return files;
    },
    async read(deployId) {
      const files = hookFiles(stateDir, deployId);
      const started = await readQuietly(files.started);
      const beat = await stat(files.alive).catch(() => null);
      const result = await readQuietly(files.result);
      return { started, result, aliveAgeMs: beat && Math.max(0, now() - beat.mtimeMs) };
    },
  };
}

/** The parcel as files. The environment may hold secrets, so only its owner reads it. */
export function parcelFiles(files: HookFiles, parcel: HookParcel) {
  const env = Object.entries(parcel.env).map(([key, value]) => `${key}=${value}\n`);
  return [
    { path: files.env, text: env.join(''), mode: 0o600 },
    { path: files.wrapper, text: parcel.wrapper, mode: 0o700 },
    ...(parcel.hook === undefined ? [] : [{ path: files.hook, text: parcel.hook, mode: 0o700 }]),
  ];
}

async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text, { mode });
  await rename(draft, path);
}

async function readQuietly(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
