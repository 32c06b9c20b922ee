import { git } from '../../support/git/repository.ts';
import { createFakeGitea, type FakeGitea } from '../../support/gitea/server.ts';
import { createFakePlane, type FakePlane } from '../../support/plane/server.ts';
import { ALL_STATES, type FakeProject, type FakeUser, newProject } from '../../support/plane/state.ts';
import type { Person } from '../../support/telegram/people.ts';
import { startTelegramServer, type TelegramServer } from '../../support/telegram/server.ts';

export const REPOS = [
  { repo: 'shop', prefix: 'SHOP' },
  { repo: 'desk', prefix: 'DESK' },
] as const;
export const PLANE_SECRET = 'plane-secret-of-the-chaos';
export const GITEA_SECRET = 'gitea-secret-of-the-chaos';

/** Tracker, forge and chat: they outlive every fault of ours and are the witnesses in the end. */
export interface Servers {
  plane: FakePlane;
  bot: FakeUser;
  ann: FakeUser;
  boards: readonly [FakeProject, FakeProject];
  gitea: FakeGitea;
  telegram: TelegramServer;
  ada: Person;
  close(): Promise<void>;
}

const CHECK = `#!/bin/sh
# Refuses what is broken; tells how many notes it has read.
if grep -ql BROKEN notes/*.md 2>/dev/null; then echo "1 failed"; exit 1; fi
echo "$(ls notes | wc -l) passed"
`;

/** `postUrl`: where webhooks are handed in. */
export async function startServers(postUrl: string): Promise<Servers> {
  const plane = await createFakePlane({ workspace: 'acme' });
  const [bot, ann] = [plane.addUser('Orchestrator'), plane.addUser('Ann')];
  const boards = REPOS.map(({ prefix }) => newProject(prefix, ALL_STATES, [bot, ann]));
  plane.projects.push(...boards);
  Object.assign(plane.hook, { url: `${postUrl}/webhook/plane`, secret: PLANE_SECRET });
  const gitea = await createFakeGitea({ name: 'shop', more: ['desk'] });
  for (const repo of gitea.repos) {
    await plant(repo.gitDir);
    repo.hooks.push({
      id: repo.id(),
      url: `${postUrl}/webhook/gitea`,
      secret: GITEA_SECRET,
      events: ['push', 'pull_request', 'status', 'workflow_run'],
      active: true,
    });
  }
  const telegram = await startTelegramServer();
  const ada = telegram.person({ id: 1001, name: 'Ada' });
  return {
    ...{ plane, bot, ann, gitea, telegram, ada },
    boards: boards as [FakeProject, FakeProject],
    async close() {
      await Promise.all([plane.close(), gitea.close(), telegram.close()]);
    },
  };
}

/** The first commit of a project: a check and one note. */
async function plant(gitDir: string): Promise<void> {
  const { execFileSync } = await import('node:child_process');
  const put = (text: string) =>
    execFileSync('git', ['hash-object', '-w', '--stdin'], {
      cwd: gitDir,
      input: text,
      encoding: 'utf8',
    }).trim();
  const tree = (entries: string) =>
    execFileSync('git', ['mktree'], { cwd: gitDir, input: entries, encoding: 'utf8' }).trim();
  const notes = tree(`100644 blob ${put('The first note\n')}\t0.md\n`);
  const root = tree(
    `100755 blob ${put(CHECK)}\tcheck.sh\n040000 tree ${notes}\tnotes\n100644 blob ${put('# Notes\n')}\tREADME.md\n`,
  );
  const commit = await git(gitDir, 'commit-tree', root, '-m', 'A book of notes');
  await git(gitDir, 'update-ref', 'refs/heads/main', commit);
}
