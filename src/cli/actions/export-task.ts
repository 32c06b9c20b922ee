import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { renderPostMortem } from '../../app/surfaces/post-mortem.ts';
import { openDb } from '../../db/open.ts';
import { readTaskHistory, type TaskHistory } from '../../db/task-history.ts';
import { AppError } from '../../errors.ts';
import { createRedactor } from '../../log.ts';
import { workItemDir } from '../../pipeline/artefacts.ts';
import type { TaskState } from '../../pipeline/task.ts';
import { runProcess } from '../../subprocess.ts';
import { layoutOf } from '../../workspace/repository.ts';
import type { CliContext, Flags } from '../context.ts';
import { createPrinter } from '../output/printer.ts';
import { loadSettings } from '../settings.ts';

const DEADLINE_MS = 120_000;

/** `export <wid>`: the whole history of one task as `<wid>.tar.gz`, also while the control process runs. */
export async function exportTask(
  context: CliContext,
  flags: Flags,
  { wid, out }: { wid: string; out?: string },
): Promise<number> {
  const { config, secrets } = loadSettings(context, flags);
  const history = historyOf(config.db, wid);
  const redact = createRedactor(secrets);
  const file = path.resolve(context.cwd, out ?? `${wid}.tar.gz`);
  const parent = await mkdtemp(path.join(tmpdir(), 'orchestrator-export-'));
  const dir = path.join(parent, wid);
  try {
    await mkdir(dir);
    await writeRecords(dir, history, redact);
    await writeLogs(dir, history, redact);
    await writeChanges(dir, history, {
      gitDir: layoutOf(config.forge.reposDir, String(history.task.repo)).mirror,
      context,
    });
    await run(context, ['tar', '-czf', file, '-C', parent, wid]);
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
  const printer = createPrinter(context);
  if (flags.json) printer.json({ wid, file });
  else printer.lines([file]);
  return 0;
}

/** `task post-mortem <wid>`: what the task has to teach, as Markdown on standard output. */
export async function showPostMortem(context: CliContext, flags: Flags, wid: string): Promise<number> {
  const { config, secrets } = loadSettings(context, flags);
  const text = createRedactor(secrets)(renderPostMortem(historyOf(config.db, wid)));
  const printer = createPrinter(context);
  if (flags.json) printer.json({ wid, text });
  else printer.lines(text.trimEnd().split('\n'));
  return 0;
}

function historyOf(
  { path: file, busyTimeoutMs }: { path: string; busyTimeoutMs: number },
  wid: string,
): TaskHistory {
  const db = openDb({ file, busyTimeoutMs, readonly: true });
  try {
    const history = readTaskHistory(db, wid);
    if (history !== null) return history;
    throw new AppError('unknown-task', `Expected a task ${wid}, found none.`, {
      fault: 'user',
      hint: 'orchestrator task list --filter all shows them.',
    });
  } finally {
    db.$client.close();
  }
}

type Redact = (text: string) => string;

async function writeRecords(dir: string, history: TaskHistory, redact: Redact): Promise<void> {
  const { artefacts, ...tables } = history.rows;
  await writeFile(path.join(dir, 'task.json'), redact(`${JSON.stringify(history.task, null, 2)}\n`));
  for (const [name, rows] of Object.entries(tables)) {
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await writeFile(path.join(dir, `${name}.jsonl`), redact(lines));
  }
  await mkdir(path.join(dir, 'reports'));
  for (const { name, attempt, content } of artefacts) {
    const file = `${String(attempt)}-${path.basename(String(name))}`;
    await writeFile(path.join(dir, 'reports', file), redact(String(content)));
  }
  await writeFile(path.join(dir, 'post-mortem.md'), redact(renderPostMortem(history)));
}

/** A log that was rotated away is simply not there. */
async function writeLogs(dir: string, { rows }: TaskHistory, redact: Redact): Promise<void> {
  await mkdir(path.join(dir, 'runs'));
  for (const { id, log_path: log } of rows.runs) {
    const text = typeof log === 'string' ? await readFile(log, 'utf8').catch(() => null) : null;
    if (text !== null) await writeFile(path.join(dir, 'runs', `${String(id)}.log`), redact(text));
  }
}

/** The documents of the work item and its commits as `git am` takes them, from the engine's mirror. */
async function writeChanges(
  dir: string,
  { task }: TaskHistory,
  { gitDir, context }: { gitDir: string; context: CliContext },
): Promise<void> {
  const { wid, headSha, baseSha, landedSha } = task.state as TaskState;
  const head = headSha ?? landedSha;
  if (head === null) return;
  const git = ['git', `--git-dir=${gitDir}`] as const;
  const tar = path.join(dir, 'documents.tar');
  const documents = await run(context, [...git, 'archive', `--output=${tar}`, head, workItemDir(wid)], true);
  if (documents) {
    await run(context, ['tar', '-xf', tar, '-C', dir]);
    await cp(path.join(dir, workItemDir(wid)), path.join(dir, 'documents'), { recursive: true });
    await rm(path.join(dir, 'docs'), { recursive: true, force: true });
  }
  await rm(tar, { force: true });
  if (baseSha === null) return;
  const patches = ['format-patch', '--quiet', `--output-directory=${path.join(dir, 'commits')}`];
  await run(context, [...git, ...patches, `${baseSha}..${head}`], true);
}

/** False where it failed and may. */
async function run({ env }: CliContext, argv: [string, ...string[]], mayFail = false): Promise<boolean> {
  const end = await runProcess({
    argv,
    cwd: tmpdir(),
    env: { PATH: env.PATH ?? '', HOME: tmpdir(), GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    deadlineMs: DEADLINE_MS,
    killGraceMs: 2_000,
    maxOutputBytes: 64 * 1024,
  });
  if (end.exitCode === 0) return true;
  if (mayFail) return false;
  throw new AppError('export-failed', `${argv[0]} ended with ${end.exitCode}: ${end.stderrTail.trim()}`, {
    fault: 'environment',
  });
}
