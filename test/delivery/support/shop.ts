import { execFileSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { freePort } from '../../support/ports.ts';

const PROJECT = join(import.meta.dirname, '../../../demo/project');

/** The sample project as a real repository with its own deploy hook, on a free port. */
export interface Shop {
  dir: string;
  repo: string;
  port: number;
  hook: string;
  env: Record<string, string>;
  /** Writes a file, commits, and returns the new commit. */
  commit(path: string, text: string): string;
  head(): string;
}

/** A function that sets shops up below a directory; their processes are stopped after each test. */
export function useShops(): (dir: string) => Promise<Shop> {
  const shops: Shop[] = [];
  afterEach(() => {
    for (const { env } of shops.splice(0))
      execFileSync(join(PROJECT, 'ops/stop.sh'), { env, stdio: 'ignore' });
  });
  return async (dir) => {
    const shop = createShop(dir, await freePort());
    shops.push(shop);
    return shop;
  };
}

function createShop(dir: string, port: number): Shop {
  const repo = join(dir, 'shop');
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    REPO: repo,
    RELEASES_DIR: join(dir, 'releases'),
    TARGET_SERVICE: 'shop',
    TARGET_PORT: String(port),
    HEALTH_TRIES: '20',
    HEALTH_WAIT_S: '0.1',
  };
  const identity = ['-c', 'user.name=shop', '-c', 'user.email=shop@example.org'];
  const git = (...args: string[]) =>
    execFileSync('git', [...identity, ...args], { cwd: repo, env, encoding: 'utf8' }).trim();
  cpSync(PROJECT, repo, { recursive: true });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'a shop');
  return {
    dir,
    repo,
    port,
    hook: join(repo, 'ops/deploy.sh'),
    env,
    commit(path, text) {
      writeFileSync(join(repo, path), text);
      git('add', '-A');
      git('commit', '-qm', `change ${path}`);
      return git('rev-parse', 'HEAD');
    },
    head: () => git('rev-parse', 'HEAD'),
  };
}
