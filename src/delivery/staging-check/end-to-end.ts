import { report, type Sandbox, type Suite } from './suite.ts';

const BRANCH = { withinMs: 60_000, everyMs: 3_000 };
const ANALYST = { withinMs: 30_000, everyMs: 2_000 };
const REVIEW = { withinMs: 15 * 60_000, everyMs: 5_000 };
const BEFORE_START_MS = 2_000;

/** Block C: one issue of the sandbox project walks from the start event to the analyst, and is removed again. */
export async function runEndToEnd(
  suite: Suite,
  sandbox: Sandbox | null,
): Promise<{ cleanup: string | null }> {
  const stamp = new Date(suite.now()).toISOString().replace(/[-:]|\.\d+Z$/g, '');
  const created = await createIssue(suite, { sandbox, stamp });
  const wid = typeof created.wid === 'string' ? created.wid : null;
  report(suite, { id: 'C7', passed: `created ${wid}`, problem: created.problem });
  if (wid === null) {
    skip(suite, ['C8', ...lastChecks(suite)], 'C7');
    return { cleanup: null };
  }
  try {
    await walk(suite, { wid, stamp, repo: sandbox?.repo ?? '' });
  } catch (error) {
    await cleanUp(suite, wid);
    throw error;
  }
  return { cleanup: await cleanUp(suite, wid) };
}

const lastChecks = (suite: Suite): string[] =>
  suite.mode === 'full-real' ? ['C9a', 'C9b', 'C9c'] : ['C9a', 'C9b'];

async function createIssue(
  suite: Suite,
  { sandbox, stamp }: { sandbox: Sandbox | null; stamp: string },
): Promise<{ wid?: string; problem: string | null }> {
  if (!sandbox) return { problem: 'no sandbox project to create an issue in' };
  const { status, body, detail } = await suite.server.send('POST', '/tasks', {
    project: sandbox.repo,
    title: titleOf(stamp),
    description: `Made by the staging check at ${stamp} UTC to see one task start. It is removed again.`,
    start: false,
  });
  const wid = body?.work_item_id;
  if (status === 201 && typeof wid === 'string') return { wid, problem: null };
  return { problem: `POST /tasks: expected 201 with a work item id, found ${detail}` };
}

const titleOf = (stamp: string): string => `[staging-check] e2e ${stamp}`;

interface Run {
  wid: string;
  stamp: string;
  repo: string;
}

async function walk(suite: Suite, run: Run): Promise<void> {
  await suite.sleep(BEFORE_START_MS);
  const problem = await sendStart(suite, run.wid);
  if (!report(suite, { id: 'C8', passed: 'start event accepted', problem }))
    return skip(suite, lastChecks(suite), 'C8');
  const branch = await until(suite, BRANCH, () => hasBranch(suite, run));
  report(suite, {
    id: 'C9a',
    category: 'SANDBOX_INFRA',
    passed: 'the task branch exists',
    problem: branch ? null : `no branch feature/${run.wid}-${slugOf(run)} within 60 s`,
  });
  const analyst = await until(suite, ANALYST, () => hasAnalyst(suite, run));
  report(suite, {
    id: 'C9b',
    category: 'SANDBOX_INFRA',
    passed: 'the analyst was queued',
    problem: analyst ? null : `no analyst job for ${run.wid} within 30 s`,
  });
  if (suite.mode === 'full-real') await reviewed(suite, run.wid);
}

/**
 * `POST /staging/tasks/<wid>/start-event` answers the event a tracker would send, signed with the server's own secret:
 * `{headers, body}`. It is then delivered like any other.
 */
async function sendStart(suite: Suite, wid: string): Promise<string | null> {
  const made = await suite.server.send('POST', `/staging/tasks/${encodeURIComponent(wid)}/start-event`);
  const { headers, body } = made.body ?? {};
  if (made.status !== 200 || typeof body !== 'string' || typeof headers !== 'object' || headers === null)
    return `no signed start event to be had: ${made.detail}`;
  const answer = await suite.server.deliver('/webhook/plane', {
    headers: headers as Record<string, string>,
    body,
  });
  if (answer.status === 200 && answer.body?.status === 'accepted') return null;
  return `POST /webhook/plane: expected 200 accepted, found ${answer.detail} ${String(answer.body?.status ?? '')}`;
}

/** A branch name carries 30 characters of the title's slug, and so the stamp to ten minutes; the rest is the number. */
const slugOf = ({ stamp }: Run): string => `staging-check-e2e-${stamp}`.toLowerCase().slice(0, 30);

async function hasBranch(suite: Suite, run: Run): Promise<boolean> {
  const { body } = await suite.server.get('/staging/branches');
  const branches = Array.isArray(body?.branches) ? body.branches.map(String) : [];
  return branches.some((name) => name.startsWith(`feature/${run.wid}-`) && name.includes(slugOf(run)));
}

async function hasAnalyst(suite: Suite, run: Run): Promise<boolean> {
  const { body } = await suite.server.get('/queue');
  const recent: unknown[] = Array.isArray(body?.recent) ? body.recent : [];
  return recent.some((job) => {
    const { agent, repo, task_content: content } = (job ?? {}) as Record<string, unknown>;
    return agent === 'analyst' && repo === run.repo && String(content).startsWith(titleOf(run.stamp));
  });
}

/** `full-real`: the analyst ends and the tracker shows In Review, known by its name (SHIP-36). */
async function reviewed(suite: Suite, wid: string): Promise<void> {
  let state = 'unknown';
  const done = await until(suite, REVIEW, async () => {
    const { body } = await suite.server.get(`/staging/tasks/${encodeURIComponent(wid)}`);
    state = String(body?.tracker_state ?? 'unknown');
    return state === 'In Review';
  });
  const problem = done ? null : `expected In Review within 15 min, found ${state}`;
  report(suite, { id: 'C9c', passed: 'the analysis is in review', problem });
}

async function until(
  suite: Suite,
  { withinMs, everyMs }: { withinMs: number; everyMs: number },
  ask: () => Promise<boolean>,
): Promise<boolean> {
  for (const giveUpAt = suite.now() + withinMs; ; ) {
    if (await ask()) return true;
    if (suite.now() + everyMs > giveUpAt) return false;
    await suite.sleep(everyMs);
  }
}

function skip(suite: Suite, ids: readonly string[], because: string): void {
  for (const id of ids) {
    const category = id === 'C9a' || id === 'C9b' ? 'SANDBOX_INFRA' : 'REAL';
    suite.record({ id, category, passed: false, skipped: true, detail: `skipped because ${because} failed` });
  }
}

/** C10: cancels the task, removes branch and issue. Never counted; a problem is only told. */
async function cleanUp(suite: Suite, wid: string): Promise<string | null> {
  const { status, detail } = await suite.server.send('DELETE', `/staging/tasks/${encodeURIComponent(wid)}`);
  return status !== null && [200, 204, 404].includes(status) ? null : `clean-up of ${wid}: ${detail}`;
}
