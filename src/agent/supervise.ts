import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { findRunProcesses, identify, markOf, type ProcessResult, runProcess } from '../subprocess.ts';
import { AFTER_RESULT } from './classify.ts';
import { watchDeadlines } from './deadlines.ts';
import type { AgentRequest, AgentRun, RunHooks } from './port.ts';
import { createProgress } from './progress.ts';
import { type Ending, reportRun } from './report.ts';
import { type RunFiles, runFiles } from './run-files.ts';
import { openRunLog, type RunLog } from './run-log.ts';
import { removeMarker, workerIdentity, writeMarker } from './run-marker.ts';
import { snapshotOf } from './snapshot.ts';
import { type Json, parseObject } from './stream/json.ts';
import { createLineSplitter } from './stream/lines.ts';
import { createObservation, observe } from './stream/observe.ts';
import { estimateSpent } from './usage.ts';

/** What an adapter adds to a request: how its child is started. */
export interface ChildPlan {
  argv: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
}

export interface SuperviseDeps {
  now: () => number;
  log: Logger;
  /** Name of this machine in markers and progress. */
  host: string;
  runsDir: string;
  runLogMaxBytes: number;
  progressIntervalMs: number;
  /** `ORCH_RESUME_MIN_S` in milliseconds. */
  resumeMinMs: number;
  redact: (text: string) => string;
  /** User the child runs as, where one is configured (AGENT-24). */
  user?: { uid: number; gid: number };
}

const PLAIN_LINES_KEPT = 50;

/**
 * Runs one agent child from brief to proven end and tells what happened (AGENT-26 to AGENT-35). Both
 * adapters speak the same event stream, so both are watched, stopped, metered and classified here.
 *
 * The whole order of a run (AGENT-33); this function does 2 and 3, its caller the rest:
 * 1. worktree, fence check, budget check, brief (FORGE-73, AGENT-47)
 * 2. brief file → log → spawn → marker → watch → stop → sweep → marker gone
 * 3. classify, then usage
 * 4. write scope restored by a further commit (AGENT-1)
 * 5. commit and push, or archive when the class is not `finished` (FORGE-88)
 * 6. report; a failing usage row, comment or card is logged and changes nothing
 * While `survivors` is not empty, 4 and 5 wait: something of the run still lives in the worktree.
 */
export async function supervise(
  deps: SuperviseDeps,
  run: { request: AgentRequest; plan: ChildPlan; hooks: RunHooks },
): Promise<AgentRun> {
  const { request, plan, hooks } = run;
  const mark = markOf(request.runId, deps.runsDir);
  refuseSecondChild(mark);
  const files = runFiles(deps.runsDir, request.runId);
  writeBrief(files, request.brief);
  const log = openRunLog({ path: files.log, maxBytes: deps.runLogMaxBytes, redact: deps.redact });
  const watch = createWatch(deps, run, log);
  try {
    const result = await runProcess({
      argv: plan.argv,
      cwd: hooks.cwd,
      env: plan.env,
      stdin: request.brief,
      marker: { runId: mark },
      deadlineMs: request.deadlines.wallMs,
      killGraceMs: request.deadlines.killGraceMs,
      maxOutputBytes: 256 * 1024,
      signal: watch.signal,
      onStdout: watch.stdout,
      onStderr: watch.stderr,
      onSpawn: (pid) => {
        stamp(deps, run, { files, mark, pid });
        watch.spawned(pid);
        hooks.onSpawn?.(pid);
      },
      ...deps.user,
    });
    // Nothing may use the worktree while something of the run lives in it, so the marker stays.
    if (result.swept.left.length === 0) removeMarker(files.marker);
    else
      deps.log.error({ runId: request.runId, pids: result.swept.left }, 'agent processes survived the sweep');
    return reportRun(watch.ending(result), { request, deps, cwd: hooks.cwd });
  } finally {
    watch.end();
    log.close();
  }
}

/** Everything that listens while the child lives. */
function createWatch(deps: SuperviseDeps, run: { request: AgentRequest; hooks: RunHooks }, log: RunLog) {
  const { request, hooks } = run;
  const seen = createObservation();
  const stopper = new AbortController();
  let stoppedBeforeResult = false;
  const stop = (cause: string) => {
    if (!stopper.signal.aborted && cause !== AFTER_RESULT) stoppedBeforeResult = seen.result === null;
    stopper.abort(cause);
  };
  const onAbort = () => stop(typeof hooks.signal?.reason === 'string' ? hooks.signal.reason : 'interrupted');
  if (hooks.signal?.aborted) onAbort();
  hooks.signal?.addEventListener('abort', onAbort, { once: true });
  const deadlines = watchDeadlines(request.deadlines, stop);
  const progress = createProgress(request, {
    now: deps.now,
    host: deps.host,
    intervalMs: deps.progressIntervalMs,
    emit: (event) => hooks.onProgress?.(event),
    snapshot: () =>
      snapshotOf(seen, { request, cwd: hooks.cwd, redact: deps.redact, stopping: stopper.signal.aborted }),
  });
  const plainLines: string[] = [];
  const onEvent = (event: Json) => {
    observe(seen, event);
    deadlines.event(event);
    if (isOverCap(request, seen)) stop('budget');
    progress.touch();
  };
  const stdout = createLineSplitter((line) => {
    const event = parseObject(line);
    log.stdout(line, event?.type === 'stream_event');
    if (event) return onEvent(event);
    if (line.trim() !== '') plainLines.push(line);
    if (plainLines.length > PLAIN_LINES_KEPT) plainLines.shift();
  });
  const stderr = createLineSplitter((line) => log.stderr(line));
  return {
    signal: stopper.signal,
    spawned: progress.spawned,
    stdout: (chunk: Buffer) => stdout.push(chunk),
    stderr: (chunk: Buffer) => stderr.push(chunk),
    ending(result: ProcessResult): Ending {
      stdout.end();
      stderr.end();
      // The wall clock fires inside runProcess: nobody told us.
      const early = stoppedBeforeResult || (result.timedOut && seen.result === null);
      return { result, seen, plainLines, stoppedBeforeResult: early, logTail: log.tail() };
    },
    end() {
      deadlines.end();
      hooks.signal?.removeEventListener('abort', onAbort);
      progress.close();
    },
  };
}

/** The engine's own meter (AGENT-47): the CLI's cap is checked only after a turn. */
function isOverCap(request: AgentRequest, seen: ReturnType<typeof createObservation>): boolean {
  if (request.runCapUsd === null || seen.result !== null) return false;
  return (estimateSpent(seen, request.prices) ?? 0) >= request.runCapUsd;
}

function refuseSecondChild(mark: string): void {
  const alive = findRunProcesses(mark);
  if (alive.length === 0) return;
  throw new AppError('run-alive', `Expected no process of run ${mark}, found ${alive.length}.`, {
    fault: 'environment',
    retry: true,
    hint: 'It is ended by the orphan check of the next tick.',
  });
}

function writeBrief(files: RunFiles, brief: string): void {
  mkdirSync(dirname(files.brief), { recursive: true });
  writeFileSync(files.brief, brief, { mode: 0o600 });
  chmodSync(files.brief, 0o600);
}

function stamp(
  deps: SuperviseDeps,
  run: { request: AgentRequest; hooks: RunHooks },
  at: { files: RunFiles; mark: string; pid: number },
): void {
  const { request, hooks } = run;
  writeMarker(at.files.marker, {
    runId: request.runId,
    mark: at.mark,
    task: request.task,
    fence: request.fence,
    host: deps.host,
    cwd: hooks.cwd,
    child: identify(at.pid),
    worker: workerIdentity(),
  });
}
