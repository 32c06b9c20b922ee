import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRunProcesses, type ProcessRequest, runProcess } from '../../src/subprocess.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'orch-proc-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const node = (script: string, more: Partial<ProcessRequest> = {}): ProcessRequest => ({
  argv: [process.execPath, '-e', script],
  cwd: dir,
  env: { PATH: process.env.PATH ?? '' },
  killGraceMs: 400,
  maxOutputBytes: 4096,
  ...more,
});
let counter = 0;
const runId = () => `test-${process.pid}-${counter++}`;

describe('a child that ends by itself', () => {
  it('gives its exit code, both tails and its duration', async () => {
    const result = await runProcess(node('console.log("out"); console.error("err"); process.exitCode = 3'));
    expect(result).toMatchObject({ exitCode: 3, signal: null, cause: null, timedOut: false });
    expect([result.stdoutTail, result.stderrTail]).toEqual(['out\n', 'err\n']);
    expect(result.durationMs).toBeGreaterThan(0);
  });

  it('gets its whole input on stdin, which is then closed', async () => {
    const stdin = 'é'.repeat(300_000);
    const count =
      'let n=0;process.stdin.setEncoding("utf8").on("data",d=>n+=d.length).on("end",()=>console.log(n))';
    expect((await runProcess(node(count, { stdin }))).stdoutTail).toBe('300000\n');
  });

  it('is no fault of ours when it never reads its input', async () => {
    expect((await runProcess(node('process.exit(0)', { stdin: 'x'.repeat(1_000_000) }))).exitCode).toBe(0);
  });

  it('sees only the environment it was given (AGENT-21)', async () => {
    process.env.ORCH_TEST_LEAK = 'leak';
    const result = await runProcess(
      node('console.log(JSON.stringify(process.env))', { env: { A: '1' }, marker: { runId: 'r1' } }),
    );
    delete process.env.ORCH_TEST_LEAK;
    expect(JSON.parse(result.stdoutTail)).toEqual({ A: '1', ORCH_RUN_ID: 'r1' });
  });

  it('may flood: only the last bytes are kept', async () => {
    const flood =
      'for (let i=0;i<4000;i++) require("fs").writeSync(1,"x".repeat(4095)+"\\n"); console.log("end")';
    let seen = 0;
    const result = await runProcess(node(flood, { onStdout: (chunk) => (seen += chunk.length) }));
    expect(seen).toBe(4000 * 4096 + 4);
    expect(result.stdoutTail).toHaveLength(4096);
    expect(result.stdoutTail.endsWith('end\n')).toBe(true);
  });

  it('runs as the unprivileged user it is given (AGENT-24)', async (context) => {
    context.skip(process.getuid?.() !== 0, 'needs root to switch the user');
    const ids = 'console.log(process.getuid(),process.getgid(),process.getgroups().join())';
    const result = await runProcess(node(ids, { cwd: '/', uid: 65534, gid: 65534 }));
    expect(result.stdoutTail).toMatch(/^65534 65534 (65534)?\n$/);
  });

  it('reports the signal that ended it', async () => {
    const result = await runProcess(node('process.kill(process.pid, "SIGKILL")'));
    expect(result).toMatchObject({ exitCode: null, signal: 'SIGKILL', cause: null });
  });
});

describe('stopping (AGENT-27)', () => {
  const busy = 'setInterval(()=>{},1000); console.log("up");';

  it('lets a child that obeys SIGINT end by itself and report', async () => {
    const script = `process.on("SIGINT",()=>{console.log("cost 1");process.exit(0)});${busy}`;
    const stop = new AbortController();
    const result = await runProcess(
      node(script, { signal: stop.signal, onStdout: () => stop.abort('cancelled') }),
    );
    expect(result).toMatchObject({ exitCode: 0, cause: 'cancelled', timedOut: false });
    expect(result.stdoutTail).toContain('cost 1');
  });

  it('kills a child that ignores INT and TERM at the end of the grace', async () => {
    const script = `process.on("SIGINT",()=>{});process.on("SIGTERM",()=>console.log("term"));${busy}`;
    const stop = new AbortController();
    let once = false;
    const onStdout = () => {
      if (!once) stop.abort('idle');
      once = true;
    };
    const result = await runProcess(node(script, { signal: stop.signal, onStdout }));
    expect(result).toMatchObject({ exitCode: null, signal: 'SIGKILL', cause: 'idle' });
    expect(result.stdoutTail).toContain('term');
  });

  it('stops at the deadline and says so', async () => {
    const result = await runProcess(node(busy, { deadlineMs: 150 }));
    expect(result).toMatchObject({ cause: 'deadline', timedOut: true });
  });

  it('keeps the first cause when a second one follows', async () => {
    const stop = new AbortController();
    const script = `process.on("SIGINT",()=>{});${busy}`;
    setTimeout(() => stop.abort('later'), 250);
    const result = await runProcess(node(script, { deadlineMs: 100, signal: stop.signal }));
    expect(result.cause).toBe('deadline');
  });

  it('starts nothing when it was stopped before', async () => {
    const result = await runProcess(node('console.log("ran")', { signal: AbortSignal.abort('cancelled') }));
    expect(result).toMatchObject({ exitCode: null, cause: 'cancelled', stdoutTail: '' });
  });

  it('stops the child and hands on what a callback threw', async () => {
    const onStdout = () => {
      throw new Error('bad callback');
    };
    await expect(runProcess(node(busy, { onStdout }))).rejects.toThrow('bad callback');
  });
});

describe('the sweep (AGENT-27)', () => {
  beforeEach((context) => context.skip(process.platform !== 'linux', 'needs /proc'));

  it('kills a grandchild in a session of its own that ignores TERM and holds our pipe', async () => {
    const id = runId();
    const grandchild = 'process.on("SIGTERM",()=>{});process.on("SIGHUP",()=>{});setInterval(()=>{},1000)';
    const script = `require("child_process").spawn(process.execPath,["-e",${JSON.stringify(grandchild)}],
      {detached:true,stdio:"inherit"}).unref();setTimeout(()=>process.exit(0),200)`;
    const result = await runProcess(node(script, { marker: { runId: id } }));
    expect(result).toMatchObject({ exitCode: 0, cause: null, swept: { killed: 1, left: [] } });
    expect(findRunProcesses(id)).toEqual([]);
  });

  it('does not touch the processes of another run', async () => {
    const other = runId();
    const stop = new AbortController();
    let up = () => {};
    const started = new Promise<void>((resolve) => {
      up = resolve;
    });
    const bystander = runProcess(
      node('setInterval(()=>{},1000);console.log("up")', {
        marker: { runId: other },
        signal: stop.signal,
        onStdout: up,
      }),
    );
    await started;
    await runProcess(node('0', { marker: { runId: runId() } }));
    expect(findRunProcesses(other)).toHaveLength(1);
    stop.abort();
    await bystander;
  });
});

describe('a child that cannot start', () => {
  it('names the missing program', async () => {
    const request = node('', { argv: ['no-such-program-here'] });
    await expect(runProcess(request)).rejects.toMatchObject({
      code: 'process-not-found',
      fault: 'environment',
    });
  });

  it('names the file that may not be executed', async () => {
    const request = node('', { argv: [dir] });
    await expect(runProcess(request)).rejects.toMatchObject({ code: 'process-not-executable' });
  });

  it('names the missing working directory', async () => {
    const request = node('', { cwd: join(dir, 'gone') });
    await expect(runProcess(request)).rejects.toMatchObject({ code: 'process-no-cwd' });
  });
});
