import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openLocalForge } from '../../../src/forge/local/open.ts';
import type { LocalForgeStore } from '../../../src/forge/local/store.ts';
import type { ForgeUnderTest } from '../../contracts/forge.contract.ts';
import { git, temporaryDir } from '../git/repository.ts';
import { createMemoryForgeStore } from './memory-store.ts';

export interface LocalForgeWorld extends ForgeUnderTest {
  dir: string;
  gitDir: string;
  store: LocalForgeStore;
}

/** A local forge over a fresh bare repository and a person's clone of it. */
export async function createLocalForgeWorld(store = createMemoryForgeStore()): Promise<LocalForgeWorld> {
  const { dir, remove } = await temporaryDir();
  const forgeDir = path.join(dir, 'forge');
  const { forge, remote } = openLocalForge(
    {
      forgeDir,
      path: process.env.PATH ?? '',
      timeouts: { cloneMs: 60_000, readMs: 15_000 },
      identity: { name: 'Orchestrator', email: 'orchestrator@localhost' },
      store,
      redact: (text) => text,
      now: () => Date.now(),
    },
    { repo: 'shop-api', baseBranch: 'main' },
  );
  await remote.prepare?.();
  const gitDir = remote.url;
  return {
    ...gitFacts(gitDir),
    push: pusher(dir, gitDir),
    forge,
    main: 'main',
    dir,
    gitDir,
    store,
    close: remove,
  };
}

/** What really is in a bare repository. */
export function gitFacts(gitDir: string): Omit<ForgeUnderTest, 'forge' | 'main' | 'push' | 'close'> {
  return {
    headInGit: (branch) =>
      git(gitDir, 'rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).catch(() => null),
    treeOf: (sha) => git(gitDir, 'rev-parse', `${sha}^{tree}`),
    parentsOf: async (sha) => (await git(gitDir, 'show', '--no-patch', '--format=%P', sha)).split(' '),
    messageOf: (sha) => git(gitDir, 'show', '--no-patch', '--format=%B', sha),
  };
}

/** A person with a clone who commits one file and pushes it. */
export function pusher(dir: string, url: string): ForgeUnderTest['push'] {
  const clone = path.join(dir, 'person');
  return async (branch, file = 'feature.txt') => {
    await mkdir(clone, { recursive: true });
    await git(clone, 'init', '--quiet');
    await git(clone, 'fetch', '--quiet', '--prune', url, '+refs/heads/*:refs/remotes/origin/*');
    const known = await git(clone, 'rev-parse', '--verify', '--quiet', `refs/remotes/origin/${branch}`).catch(
      () => null,
    );
    await git(clone, 'checkout', '--quiet', '--detach', known ?? 'refs/remotes/origin/main');
    await writeFile(path.join(clone, file), `${branch} ${file}\n`);
    await git(clone, 'add', '--all');
    await git(clone, 'commit', '--quiet', '--allow-empty', '-m', `Change ${file}`);
    await git(clone, 'push', '--quiet', url, `HEAD:refs/heads/${branch}`);
    return git(clone, 'rev-parse', 'HEAD');
  };
}
