import { describe, expect, it } from 'vitest';
import { createTail } from '../../src/subprocess/tail.ts';
import { descendantsOf } from '../../src/subprocess/tree.ts';
import { identify, isAlive, markOf, runProcess } from '../../src/subprocess.ts';

describe('process identity (REC-60)', () => {
  it('recognises a living process and not its pid alone', () => {
    const me = identify(process.pid);
    expect(me && isAlive(me)).toBe(true);
    expect(me && isAlive({ ...me, startTime: '1' })).toBe(false);
    expect(me && isAlive({ ...me, bootId: 'other boot' })).toBe(false);
  });

  it('says dead once the process has ended', async () => {
    const seen: ReturnType<typeof identify>[] = [];
    await runProcess({
      argv: [process.execPath, '-e', 'setTimeout(()=>{},50)'],
      cwd: '/',
      env: {},
      killGraceMs: 100,
      maxOutputBytes: 10,
      onSpawn: (pid) => seen.push(identify(pid)),
    });
    expect(seen[0]).not.toBeNull();
    expect(seen[0] && isAlive(seen[0])).toBe(false);
  });
});

describe('the process tree, where there is no /proc', () => {
  it('finds children and grandchildren, not neighbours', () => {
    expect(descendantsOf(10, ' 10 1\n 11 10\n 12 11\n 13 1\n')).toEqual([11, 12]);
  });
});

describe('the tail of a stream', () => {
  it('never starts in the middle of a character', () => {
    const tail = createTail(5);
    tail.push(Buffer.from('ééé'));
    expect(tail.text()).toBe('éé');
  });
});

describe('the mark of a run (REC-60)', () => {
  it('is another one for every installation on a machine, and the same after a restart', () => {
    expect(markOf('t1.testing.1', '/home/a')).not.toBe(markOf('t1.testing.1', '/home/b'));
    expect(markOf('t1.testing.1', '/home/a')).toBe(markOf('t1.testing.1', '/home/a'));
  });
});
