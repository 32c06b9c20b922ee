import { expect, test } from 'vitest';
import { createPrepare } from '../../src/processors/prepare.ts';
import type { JobContext, StepPayload } from '../../src/queues/catalog.ts';
import { createWorkspace } from '../../src/workspace/workspace.ts';
import { git } from '../support/git/repository.ts';
import { createGitWorld, testProject } from '../support/git/workspace.ts';

const BRANCH = 'feature/SHOP-007-show-it';

test('FORGE-64 a branch name that is taken on the forge is left alone; the task gets the name of last resort, twice the same', async () => {
  const world = await createGitWorld();
  const foreign = await world.personPushes(BRANCH, { 'by-hand.txt': 'mine\n' });
  const prepare = createPrepare({ workspace: createWorkspace(world.options) });
  const input = {
    ...{ wid: 'SHOP-007', prefix: 'SHOP', branch: BRANCH, project: testProject() },
    ...{ title: 'Show it', description: 'To everybody.', fallbackId: '0f9e8d7c-0000' },
  };
  const payload = { step: 'prepare', input } as unknown as StepPayload & { input: Record<string, unknown> };
  const context = { before: [], signal: new AbortController().signal, looks: 0, reported: null };
  for (const _ of ['first', 'after a crash']) {
    const [outcome] = await prepare(payload, context as unknown as JobContext);
    const spare = 'feature/SHOP-007-0f9e8d7c';
    expect(outcome).toMatchObject({ outcome: 'passed', evidence: { branch: spare } });
    expect(outcome?.evidence.headSha).toBe(await git(world.origin, 'rev-parse', spare));
  }
  expect(await git(world.origin, 'rev-parse', BRANCH)).toBe(foreign);
  await world.remove();
});
