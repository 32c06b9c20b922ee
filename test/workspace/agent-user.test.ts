import { chmodSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeScope } from '../../src/pipeline/write-scope.ts';
import { runProcess } from '../../src/subprocess.ts';
import { createGitWorld } from '../support/git/workspace.ts';

const NOBODY = { uid: 65_534, gid: 65_534 };
const WID = 'SHOP-007';

describe('a user of their own for agents and checks (AGENT-24)', () => {
  it('owns its worktree, commits in it, and the engine pushes what it made', async (context) => {
    if (process.getuid?.() !== 0) context.skip('only root may become another user');
    const world = await createGitWorld({ runsAs: NOBODY });
    onTestFinished(() => world.remove());
    chmodSync(world.dir, 0o755);
    const { workspace } = world;
    const branch = 'feature/SHOP-007-x';
    const head = await world.personPushes(branch, { 'b.txt': 'b\n' });
    const tree = await workspace.ensureWorktree({ branch, wid: WID, recordedHead: head });
    expect(statSync(path.join(tree.path, 'b.txt')).uid).toBe(NOBODY.uid);
    const identity = ['-c', 'user.name=n', '-c', 'user.email=n@localhost'];
    const script = `id -u && echo c > c.txt && git add -A && git ${identity.join(' ')} commit -q -m c`;
    const worked = await runProcess({
      argv: ['sh', '-c', script],
      cwd: tree.path,
      env: { PATH: process.env.PATH ?? '', HOME: tree.path },
      deadlineMs: 20_000,
      killGraceMs: 1000,
      maxOutputBytes: 4096,
      ...NOBODY,
    });
    expect(worked, worked.stderrTail).toMatchObject({
      exitCode: 0,
      stdoutTail: expect.stringMatching(/^65534/),
    });
    const pushed = await workspace.finishRun({
      branch,
      run: { wid: WID, prefix: 'SHOP', stage: 'development', attempt: 1, role: 'developer', runId: 'r1' },
      startSha: head,
      recordedHead: head,
      scope: writeScope('developer', { wid: WID, stage: 'development' }),
    });
    expect(pushed).toMatchObject({ kind: 'pushed', changed: true });
  });
});
