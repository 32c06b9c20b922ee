import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { type App, startApp } from '../../app.ts';
import { loadConfig } from '../../config/load.ts';
import { createProbes } from '../../config/probes.ts';
import { AppError } from '../../errors.ts';
import { createLogger } from '../../log.ts';
import { createShutdown } from '../../shutdown.ts';
import { steadyClock } from '../../steady-clock.ts';
import { runProcess } from '../../subprocess.ts';
import { resultOf } from './result.ts';
import { ACTS, endsAsPlanned, isOver, play, taskOf } from './scenario.ts';
import { createScreen, type Screen } from './screen.ts';
import { prepareWorld, startServices, stopServices, type World } from './world.ts';

export interface DemoOptions {
  /** Presses the buttons itself and ends when all is done. */
  auto: boolean;
  /** Opens the chat page in a browser. */
  open: boolean;
  /** Keeps the state here; a second run goes on where the first stopped. */
  dataDir?: string;
  /** One JSON object as the last line of standard output. */
  json: boolean;
}

export interface DemoContext {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  host: string;
  version: string;
  commit: string | null;
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
}

const GRACE_MS = 15_000;

/** Carries two sample tasks through every stage on embedded defaults. Resolves with the exit code. */
export async function runDemo(context: DemoContext, options: DemoOptions): Promise<number> {
  const startedAt = performance.now();
  const dataDir = options.dataDir
    ? path.resolve(context.cwd, options.dataDir)
    : await mkdtemp(path.join(os.tmpdir(), 'orch-demo-'));
  const removeTemporary = async () => {
    if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
  };
  const log = createLogger({ level: context.env.ORCH_LOG_LEVEL === 'debug' ? 'debug' : 'error' });
  const shutdown = createShutdown({ log, graceMs: GRACE_MS });
  const stopped = new AbortController();
  let starting: Promise<unknown> = Promise.resolve();
  let world: World | null = null;
  shutdown.onStop('demo', () => stopped.abort());
  // What is half-started cannot be ended yet.
  shutdown.onStop('start', () => starting.then(ignore, ignore));
  const unhook = shutdown.listen(process);
  try {
    const start = async () => {
      const prepared = await prepareWorld(dataDir, context.env);
      world = prepared;
      await startServices(prepared, context.env);
      const app = await startDemo(context, { world: prepared, shutdown, log });
      shutdown.onStop('sample services', () => stopServices(prepared, context.env));
      shutdown.onStop('temporary files', removeTemporary);
      return app;
    };
    const started = start();
    starting = started;
    return await perform(context, { app: await started, options, startedAt, signal: stopped.signal });
  } catch (error) {
    // The services belong to the demo that is running there.
    if (error instanceof AppError && error.code === 'already-running') world = null;
    // Whoever pressed Ctrl-C is told nothing; the shutdown ends the process.
    if (stopped.signal.aborted) return 0;
    throw error;
  } finally {
    await shutdown.run('the demo has ended');
    unhook();
    if (world) await stopServices(world, context.env);
    await removeTemporary();
  }
}

const ignore = (): void => undefined;

interface Start {
  world: World;
  shutdown: ReturnType<typeof createShutdown>;
  log: ReturnType<typeof createLogger>;
}

/** The demo knows no settings but its own: nothing of the person's environment reaches it. */
function startDemo(context: DemoContext, { world, shutdown, log }: Start): Promise<App> {
  const env = { PATH: context.env.PATH, ...world.settings };
  const loaded = loadConfig({
    env,
    dataDir: world.dataDir,
    cwd: world.dataDir,
    homeDir: context.home,
    hostName: context.host,
    isTerminal: false,
    probes: createProbes(env),
  });
  const { home, host, version, commit } = context;
  const place = { env: context.env, home, host, version, commit, log, now: steadyClock() };
  return startApp({ place, loaded, shutdown });
}

interface Performance {
  app: App;
  options: DemoOptions;
  startedAt: number;
  signal: AbortSignal;
}

async function perform(
  context: DemoContext,
  { app, options, startedAt, signal }: Performance,
): Promise<number> {
  const out = options.json ? context.stderr : context.stdout;
  const screen = createScreen(app, out, out.isTTY === true);
  const finished = ACTS.every((act) => {
    const task = taskOf({ app }, act);
    return task !== null && isOver(task, act);
  });
  if (!finished) introduce(screen, context, { app, options });
  const tasks = [];
  let asPlanned = true;
  for (const act of ACTS) {
    if (!finished) screen.line(`\n“${act.title}”: ${act.about}.`);
    const task = await play({ app, auto: options.auto, signal, seen: screen.show }, act);
    screen.show(task);
    tasks.push(resultOf(app, task));
    asPlanned &&= endsAsPlanned(task, act);
  }
  const durationMs = Math.round(performance.now() - startedAt);
  screen.line(
    finished
      ? 'This demo was finished before; nothing is left to do. Name another --data-dir to see it again.'
      : `\nAll done in ${Math.round(durationMs / 1000)} s${asPlanned ? ': one release live, one caught and rolled back' : ''}.`,
  );
  if (options.json) context.stdout.write(`${JSON.stringify({ tasks, durationMs })}\n`);
  if (!options.auto && !finished) {
    screen.line('The chat page stays open. Ctrl-C ends the demo.');
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
  return 0;
}

function introduce(
  screen: Screen,
  context: DemoContext,
  { app, options }: Pick<Performance, 'app' | 'options'>,
): void {
  const { keyUrl } = app.chat;
  screen.line(`Chat page: ${keyUrl ?? ''}`);
  screen.line(
    options.auto
      ? 'The demo presses the buttons itself.'
      : 'Open it, approve and confirm there; the tasks are created for you.',
  );
  if (options.open && keyUrl) openBrowser(keyUrl, context.env);
}

const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'explorer' };

function openBrowser(url: string, env: DemoContext['env']): void {
  const argv: [string, string] = [OPENERS[process.platform] ?? 'xdg-open', url];
  const display = { DISPLAY: env.DISPLAY ?? '', WAYLAND_DISPLAY: env.WAYLAND_DISPLAY ?? '' };
  void runProcess({
    argv,
    cwd: '/',
    env: { PATH: env.PATH ?? '', HOME: env.HOME ?? '', ...display },
    deadlineMs: 10_000,
    killGraceMs: 1000,
    maxOutputBytes: 1024,
  }).catch(() => undefined);
}
