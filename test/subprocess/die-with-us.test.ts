import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dyingWithUs, identify, runProcess } from '../../src/subprocess.ts';
import { until } from '../support/until.ts';

const env = { PATH: process.env.PATH ?? '' };
const FOR_EVER = ['-e', 'setInterval(() => {}, 1000)'] as const;

/** A process that starts this program and is killed; the pid of what it had started. */
async function orphanOf(argv: readonly string[]): Promise<number> {
  const script = `
    const [program, ...args] = ${JSON.stringify(argv)};
    const child = require('node:child_process').spawn(program, args, { stdio: 'ignore', detached: true });
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  // What ties it has become the program itself.
  await until(() => !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('setpriv'), {
    what: 'the child runs',
  });
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  return pid;
}

describe('a program that is tied to this process', () => {
  it('dies with it, where the same program alone lives on', async (context) => {
    const tied = dyingWithUs([process.execPath, ...FOR_EVER], env);
    if (tied[0] === process.execPath) context.skip('this system has no setpriv');
    const [gone, left] = await Promise.all([orphanOf(tied), orphanOf([process.execPath, ...FOR_EVER])]);
    await until(() => identify(gone) === null, { what: 'it is gone' });
    expect(identify(left)).not.toBeNull();
    process.kill(left, 'SIGKILL');
  });

  it('is found as it would be alone, and fails in the same words', async () => {
    expect(dyingWithUs(['node', '-v'], env).at(-1)).toBe('-v');
    expect(dyingWithUs(['no-such-program', '-v'], env)).toEqual(['no-such-program', '-v']);
    expect(dyingWithUs(['/etc/passwd'], env)).toEqual(['/etc/passwd']);
    const start = (program: string) =>
      runProcess({
        ...{ argv: [program], cwd: '/', env, marker: { runId: 'tied' } },
        ...{ killGraceMs: 100, maxOutputBytes: 100 },
      });
    await expect(start('no-such-program')).rejects.toMatchObject({ code: 'process-not-found' });
    await expect(start('/etc/passwd')).rejects.toMatchObject({ code: 'process-not-executable' });
  });
});
