import type { Project } from '../../pipeline/project.ts';
import { createGit } from '../../workspace/git.ts';
import type { Remote } from '../../workspace/workspace.ts';
import type { Forge } from '../port.ts';
import { createLocalForge } from './local-forge.ts';
import { ensureLocalRepository, localRepositoryPath } from './repository.ts';
import type { LocalForgeStore } from './store.ts';

export interface LocalForgeOptions {
  /** `ORCH_FORGE_DIR`. */
  forgeDir: string;
  /** PATH of git. */
  path: string;
  timeouts: { cloneMs: number; readMs: number };
  identity: { name: string; email: string };
  store: LocalForgeStore;
  redact: (text: string) => string;
  /** Epoch ms. */
  now: () => number;
}

/** The local forge of one project and where its mirror fetches from; nothing is created before the first use. */
export function openLocalForge(
  options: LocalForgeOptions,
  project: Pick<Project, 'repo' | 'baseBranch' | 'source'>,
): { forge: Forge; remote: Remote } {
  const git = createGit({
    path: options.path,
    readTimeoutMs: options.timeouts.readMs,
    redact: options.redact,
  });
  const gitDir = localRepositoryPath(options.forgeDir, project.repo);
  let ready: Promise<void> | null = null;
  const prepare = () => {
    ready ??= ensureLocalRepository({
      forgeDir: options.forgeDir,
      repo: project.repo,
      main: project.baseBranch,
      source: project.source,
      identity: options.identity,
      cloneMs: options.timeouts.cloneMs,
      now: options.now,
      git,
    }).catch((error: unknown) => {
      ready = null;
      throw error;
    });
    return ready;
  };
  const { store, identity, now } = options;
  const forge = createLocalForge({
    repo: project.repo,
    main: project.baseBranch,
    gitDir,
    prepare,
    git,
    store,
    identity,
    now,
  });
  return { forge, remote: { url: gitDir, prepare } };
}
