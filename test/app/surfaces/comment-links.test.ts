import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commentOf } from '../../../src/app/surfaces/comments.ts';
import type { Payload } from '../../../src/queues/catalog.ts';
import { tempDir } from '../../db/store.ts';
import { git } from '../../support/git/repository.ts';
import { createFakeGitea } from '../../support/gitea/server.ts';
import { planeParts } from '../watch/plane-parts.ts';

const PUBLIC = 'https://git.example.test';

/** What the analyst pushed; its head. */
async function pushed(gitDir: string, branch: string, files: Readonly<Record<string, string>>) {
  const dir = tempDir();
  await git(dir, 'clone', '-q', gitDir, '.');
  await git(dir, 'checkout', '-q', '-b', branch);
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(dir, file)), { recursive: true });
    await writeFile(path.join(dir, file), text);
  }
  await git(dir, 'add', '-A');
  await git(dir, 'commit', '-q', '-m', 'Analyse');
  await git(dir, 'push', '-q', 'origin', branch);
  return git(dir, 'rev-parse', 'HEAD');
}

/** A task in analysis of a project on Plane and Gitea, and its comment of the finished run as a job writes it. */
async function analysing() {
  const gitea = await createFakeGitea({ name: 'shop' });
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= gitea.close();
    return closing;
  };
  onTestFinished(close);
  const { plane, parts, watch, analyse, owed, taskOf } = await planeParts({
    settings: {
      ORCH_GITEA_URL: gitea.url,
      ORCH_GITEA_TOKEN: gitea.token,
      ORCH_GITEA_PUBLIC_URL: PUBLIC,
    },
    project: { forge: 'gitea', owner: 'acme' },
  });
  await watch.poll();
  const issue = plane.person.create({ state: 'Backlog' });
  plane.person.move(issue, 'To Analyse');
  await watch.poll();
  const finished = async () => {
    const [job] = owed('comment:%').filter(({ comment }) => comment === 'finished');
    const html = await commentOf(parts, taskOf(issue), job as Payload<'post-comment'>);
    await parts.trackerFor('shop').addComment(issue, { html, author: 'analyst', key: 'finished' });
    return plane.issueOf(issue).comments.at(-1)?.comment_html ?? '';
  };
  const end = (sha?: string) => analyse(issue, sha);
  return { gitDir: gitea.repo.gitDir, close, task: taskOf(issue), end, finished };
}

test('PLANE-50, FORGE-81 the comment of a run links the documents that its commit holds, and no others', async () => {
  const { gitDir, task, end, finished } = await analysing();
  const { wid, branch } = task;
  const at = `docs/work-items/${wid}`;
  const files = { [`${at}/01-brd.md`]: '# Why\n', [`${at}/02-trz.md`]: '# What\n' };
  end(await pushed(gitDir, branch, files));
  const said = await finished();
  const file = (name: string) => `<a href="${PUBLIC}/acme/shop/src/branch/${branch}/${at}/${name}">`;
  expect(said.match(/<a href="[^"]*">/g)).toEqual([file('01-brd.md'), file('02-trz.md')]);
  expect(said).toContain('Specification</a>');
});

test('FORGE-81 a git that does not answer leaves out the links, never the comment', async () => {
  const { close, end, finished } = await analysing();
  end();
  await close();
  const said = await finished();
  expect(said).toContain('🔍 Analyst');
  expect(said).not.toContain('href');
});
