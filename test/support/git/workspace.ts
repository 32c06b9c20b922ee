import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { silentLogger } from '../../../src/log.ts';
import type { Project } from '../../../src/pipeline/project.ts';
import {
  createWorkspace,
  type ProjectWorkspace,
  type WorkspaceOptions,
} from '../../../src/workspace/workspace.ts';
import { git, temporaryDir } from './repository.ts';

/** The fields of a project that git and the forge look at. */
export function testProject(overrides: Partial<Project> = {}): Project {
  return {
    repo: 'shop-api',
    prefix: 'SHOP',
    name: 'Shop',
    baseBranch: 'main',
    forge: 'local',
    ...overrides,
  } as Project;
}

export interface GitWorld {
  dir: string;
  /** Bare repository that plays the forge. */
  origin: string;
  /** A person's clone of it. */
  person: string;
  workspace: ProjectWorkspace;
  clock: { now: number };
  options: WorkspaceOptions;
  /** Commits files in the person's clone and pushes them to a branch; returns the SHA. */
  personPushes(branch: string, files: Record<string, string>, message?: string): Promise<string>;
  remove(): Promise<void>;
}

/** A forge with one commit on main, a person's clone, and our workspace on top of it. */
export async function createGitWorld(overrides: Partial<WorkspaceOptions> = {}): Promise<GitWorld> {
  const { dir, remove } = await temporaryDir();
  const origin = path.join(dir, 'origin.git');
  const person = path.join(dir, 'person');
  await mkdir(origin);
  await git(origin, 'init', '--bare', '--quiet', '--initial-branch=main');
  await git(dir, 'clone', '--quiet', origin, person);
  const clock = { now: Date.UTC(2026, 0, 2, 3, 4, 5) };
  const options: WorkspaceOptions = {
    reposDir: path.join(dir, 'repos'),
    runsDir: path.join(dir, 'runs'),
    archiveDir: path.join(dir, 'archive'),
    timeouts: { cloneMs: 60_000, fetchMs: 30_000, pushMs: 30_000, rebaseMs: 30_000, readMs: 15_000 },
    identity: { name: 'Orchestrator', email: 'orchestrator@localhost' },
    secrets: [],
    checksEnv: {},
    path: process.env.PATH ?? '',
    killGraceMs: 1_000,
    now: () => clock.now,
    log: silentLogger(),
    remoteFor: () => ({ url: origin }),
    ...overrides,
  };
  const workspace = createWorkspace(options).open(testProject());
  const personPushes: GitWorld['personPushes'] = async (branch, files, message = 'a change') => {
    await git(person, 'fetch', '--quiet', 'origin');
    const exists = await git(person, 'ls-remote', 'origin', `refs/heads/${branch}`);
    await git(person, 'checkout', '--quiet', '-B', branch, ...(exists ? [`origin/${branch}`] : []));
    for (const [file, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(person, file)), { recursive: true });
      await writeFile(path.join(person, file), content);
    }
    await git(person, 'add', '--all');
    await git(person, 'commit', '--quiet', '--allow-empty', '-m', message);
    await git(person, 'push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
    return git(person, 'rev-parse', 'HEAD');
  };
  await personPushes('main', { 'README.md': '# Shop\n', 'src/cart.js': 'export const cart = [];\n' });
  return { dir, origin, person, workspace, clock, options, personPushes, remove };
}
