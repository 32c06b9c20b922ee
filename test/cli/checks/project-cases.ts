import { chmod, mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECTS, SOURCES } from '../../../src/cli/checks/projects.ts';
import { AUDIT_TOOLS, SECRET_SCANNER } from '../../../src/cli/checks/scanners.ts';
import { HEALTH, HOOKS } from '../../../src/cli/checks/services.ts';
import { WORKTREES } from '../../../src/cli/checks/worktrees.ts';
import { openDb } from '../../../src/db/open.ts';
import { layoutOf } from '../../../src/workspace/repository.ts';
import { git } from '../../support/git/repository.ts';
import { dataDir } from '../context.ts';
import type { Case } from './case.ts';
import { entry, placeWith, programs, service } from './place.ts';

async function hook(mode: number) {
  const script = join(await dataDir(), 'deploy.sh');
  await writeFile(script, '#!/bin/sh\n');
  await chmod(script, mode);
  return placeWith({
    projects: [
      entry({
        deploy: 'hook',
        health: { url: 'http://127.0.0.1:1/health' },
        deploy_hook: { script, via: 'setsid' },
      }),
    ],
  });
}

const healthy = async (body: unknown) =>
  placeWith({
    projects: [
      entry({
        deploy: 'hook',
        deploy_hook: { script: '/x' },
        health: { url: `${await service(body)}/health` },
      }),
    ],
  });

async function repository(branch: string) {
  const dir = await dataDir();
  await git(dir, 'init', '--quiet', '-b', branch);
  await git(
    dir,
    '-c',
    'user.name=T',
    '-c',
    'user.email=t@example.test',
    'commit',
    '--quiet',
    '--allow-empty',
    '-m',
    'first',
  );
  return placeWith({ projects: [entry({ source: dir })] });
}

async function withLock(path: string) {
  const source = join(await dataDir(), 'source');
  await mkdir(source);
  await writeFile(join(source, 'Cargo.lock'), '');
  return placeWith({ projects: [entry({ source })], env: { PATH: path } });
}

/** A repository that was used, with a lock of this age in its mirror. */
async function withGitLock(ageMin: number) {
  const place = await placeWith({ projects: [entry()] });
  const { mirror } = layoutOf(place.loaded.config.forge.reposDir, 'shop');
  await mkdir(mirror, { recursive: true });
  const lock = join(mirror, 'packed-refs.lock');
  await writeFile(lock, '');
  const at = new Date(Date.now() - ageMin * 60_000);
  await utimes(lock, at, at);
  return place;
}

export const PROJECT_CASES: readonly Case[] = [
  {
    check: PROJECTS,
    wrong: () => placeWith({ projects: [{ repo: 'shop', prefix: 'SHOP' }] }),
    level: 'problem',
    says: /does not say checks, staging, deploy, image/,
    fix: /"none"/,
    fine: () => placeWith({ projects: [entry()] }),
  },
  {
    check: SOURCES,
    wrong: () => repository('trunk'),
    level: 'problem',
    says: /has no branch main/,
    fix: /base_branch/,
    fine: () => repository('main'),
  },
  {
    check: WORKTREES,
    wrong: () => withGitLock(20),
    level: 'hint',
    says: /packed-refs\.lock was left by a git that is gone/,
    fix: /^rm /,
    mended: /^removed .*packed-refs\.lock/,
    fine: () => withGitLock(1),
  },
  {
    check: WORKTREES,
    wrong: async () => {
      const place = await withGitLock(1);
      openDb({ file: place.loaded.config.db.path }).$client.close();
      await mkdir(join(layoutOf(place.loaded.config.forge.reposDir, 'shop').worktrees, 'feature-lost'), {
        recursive: true,
      });
      return place;
    },
    level: 'hint',
    says: /feature-lost belongs to no task/,
    fix: /daily upkeep/,
    fine: () => withGitLock(1),
  },
  {
    check: HOOKS,
    wrong: () => hook(0o644),
    level: 'problem',
    says: /is not executable/,
    fix: /chmod u\+x/,
    mended: /^made .*deploy\.sh executable/,
    fine: () => hook(0o755),
  },
  {
    check: HEALTH,
    wrong: () => healthy({ status: 'ok' }),
    level: 'hint',
    says: /healthy but does not tell its commit/,
    fix: /expose it as "commit"/,
    fine: () => healthy({ status: 'ok', commit: 'a'.repeat(40) }),
  },
  {
    check: SECRET_SCANNER,
    wrong: async () =>
      placeWith({ projects: [entry({ secrets_scan: 'gitleaks' })], env: { PATH: await programs({}) } }),
    level: 'problem',
    says: /gitleaks is missing; shop ask/,
    fix: /install gitleaks/,
    fine: async () => placeWith({ projects: [entry()], env: { PATH: await programs({}) } }),
  },
  {
    check: AUDIT_TOOLS,
    wrong: async () => withLock(await programs({})),
    level: 'problem',
    says: /cargo-audit is missing|cargo is missing/,
    fix: /install cargo/,
    fine: async () => withLock(await programs({ cargo: 'exit 0', 'cargo-audit': 'exit 0' })),
  },
];
