import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { processesOf, temporaryDir } from '../../support/demo-process.ts';
import { startProgram } from '../../support/program.ts';
import { type SelfHosting, startSelfHosting } from '../../support/self-hosting.ts';
import { until } from '../../support/until.ts';

// SHIP-98, SHIP-120, acceptance 7: the product deploys itself. Every instance is a process of its own.

let place: Awaited<ReturnType<typeof temporaryDir>>;
let self: SelfHosting;
/** A deploy's own files, and the moment in which the process is killed. */
interface Moment {
  name: string;
  reached: (task: number, before: { main: string }) => boolean;
}

beforeAll(async () => {
  place = await temporaryDir('self');
  self = await startSelfHosting(place.dir);
});
afterAll(async () => {
  await self?.close();
  await place?.remove();
});

const main = () => self.state.git('rev-parse', 'main');
const order = (file: string) => JSON.stringify([{ write: { [file]: '# Note\n' } }]);

async function newTask(file: string): Promise<number> {
  const { status, body } = await self.production.ask('POST', '/tasks', {
    project: 'shop',
    title: `Write ${file}`,
    description: `Ordered by the test, word for word.\nDO: ${order(file)}`,
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return (body as { task_id: number }).task_id;
}

interface Now {
  wid: string;
  stage: string;
  activity: string;
  attempt: number;
  testedSha: string | null;
  landedSha: string | null;
  servedSha: string | null;
  watch: { state: string } | null;
}

function task(id: number): Now {
  const [row] = self.state.rows<{ state: string; activity: string }>(
    'select state, activity from tasks where id = ?',
    id,
  );
  return { ...(JSON.parse(row?.state ?? '{}') as Now), activity: row?.activity ?? 'none' };
}

const COMMANDS: Record<string, string> = { approval: 'approve', confirm: 'confirm' };

/** Approves (and confirms) whatever is asked until `holds`; a process that is away is asked again. */
async function carry(id: number, what: string, holds: (now: Now) => boolean, confirm = true): Promise<Now> {
  const pressed = new Set<string>();
  return until(
    async () => {
      const now = task(id);
      if (holds(now)) return now;
      const name = COMMANDS[now.activity];
      const key = `${now.stage}.${now.attempt}.${now.testedSha}`;
      if (name === undefined || pressed.has(key) || (name === 'confirm' && !confirm)) return null;
      const to = `/tasks/${now.wid}/${name}`;
      const answer = await self.production.ask('POST', to, {}).catch(() => null);
      if (answer?.status === 200) pressed.add(key);
      return null;
    },
    {
      get what() {
        return `${what}; found ${JSON.stringify(task(id)).slice(0, 2000)}`;
      },
      deadlineMs: 120_000,
      everyMs: 5,
    },
  );
}

const done = ({ stage }: Now) => stage === 'done';
const deploysOf = (id: number) =>
  self.state.rows<{ id: string; state: string }>(
    `select id, state from deploys where task = ? and kind = 'deploy'`,
    id,
  );
const mergesOf = (wid: string) =>
  self.state
    .git('log', '--format=%H', `--grep=^Work-Item: ${wid}$`, '--merges', 'main')
    .split('\n')
    .filter(Boolean);

describe.sequential('the product deploys itself', () => {
  test('staged as a live instance that passes its own check, then the running process is replaced and finishes the task (SHIP-21 to SHIP-37, SHIP-98)', async () => {
    const before = self.production.pid();
    const id = await newTask('note.md');
    const end = await carry(id, 'done', done);
    expect(self.production.pid()).not.toBe(before);
    expect(end.servedSha).toBe(end.landedSha);
    const health = await self.production.ask('GET', '/health');
    expect(health.body).toMatchObject({ status: 'ok', commit: end.landedSha });
    const [staged = '', live] = self.hookCalls();
    expect(staged).toMatch(/^orchestrator-staging --deploy [0-9a-f]{40}$/);
    expect(live).toBe(`orchestrator --deploy ${end.landedSha}`);
    expect(self.hookCalls()).toHaveLength(2);
    const report = self.state.git('show', `main:docs/work-items/${end.wid}/15-staging-log.md`);
    expect(report).toMatch(/staging_status: SUCCESS[\s\S]*checks: 10\/10/);
    // C10: nothing is left of what the check made.
    expect(self.plane.board.issues).toEqual([]);
    expect(self.staging.state.rows(`select id from tasks where stage <> 'cancelled'`)).toEqual([]);
    expect(self.staging.branches()).toEqual(['main']);
    await until(() => task(id).watch?.state === 'HEALTHY', { what: 'the watch ends, after the restart' });
  });

  test('`staging-check` as a person runs it: all ten on staging; exit 2 on production, where nothing is written (SHIP-31)', async () => {
    const { staging, production } = self;
    const check = async (base: string, ...more: string[]) => {
      const argv = ['staging-check', '--base-url', base, '--token-file', staging.tokenFile, ...more];
      const program = startProgram(argv, {});
      const code = await program.exited;
      return { code, lines: program.stdout().trim().split('\n') };
    };
    const good = await check(staging.base, '--strict');
    expect(good.lines.slice(-2)).toEqual(['VERDICT: SUCCESS', 'RESULT: 10/10 checks PASS']);
    expect(good.code).toBe(0);
    const tasks = self.state.rows('select id from tasks').length;
    const refused = await check(production.base);
    expect(refused.code).toBe(2);
    expect(refused.lines[2]).toMatch(/^FAIL A3 /);
    expect(self.state.rows('select id from tasks')).toHaveLength(tasks);
    const other = await check(staging.base, '--expect-sha', 'f'.repeat(40));
    expect(other.code).toBe(1);
    expect(other.lines[0]).toMatch(/^FAIL A1 serves [0-9a-f]{40}, expected/);
  });

  // While the hook works it kills the process itself: that is what such a deploy is.
  const moments: readonly Moment[] = [
    { name: 'just confirmed, before the merge', reached: (id) => deploysOf(id).length === 1 },
    { name: 'just merged', reached: (_, before) => main() !== before.main },
    { name: 'the hook has just ended', reached: (id) => traceOf(id, 'result.json') },
  ];
  const traceOf = (id: number, kind: string): boolean => {
    const [deploy] = deploysOf(id);
    const names = existsSync(self.deployDir) ? readdirSync(self.deployDir) : [];
    return deploy !== undefined && names.includes(`${deploy.id}.${kind}`);
  };

  test('killed at every moment of Phase B: one merge, one hook run, one verdict (acceptance 7)', async () => {
    self.project({ staging: 'none' });
    await self.production.ask('POST', '/reload', {});
    const ids: number[] = [];
    for (const [n] of moments.entries()) ids.push(await newTask(`notes/${n}.md`));
    const asked = ({ activity }: Now) => activity === 'confirm';
    await Promise.all(ids.map((id) => carry(id, 'confirm', asked, false)));
    for (const [n, { name, reached }] of moments.entries()) {
      const id = ids[n] ?? 0;
      const before = { main: main() };
      await carry(id, name, () => reached(id, before));
      await self.production.kill();
      self.production.revive();
      const end = await carry(id, `done after: ${name}`, done);
      expect(main(), name).toBe(end.landedSha);
      expect(
        deploysOf(id).map(({ state }) => state),
        name,
      ).toEqual(['SUCCESS']);
      expect(mergesOf(end.wid).length, name).toBeLessThanOrEqual(1);
      const calls = self.hookCalls().filter((call) => call.endsWith(end.landedSha ?? '?'));
      expect(calls, name).toEqual([`orchestrator --deploy ${end.landedSha}`]);
      const verdicts = self.state.rows(
        `select outcome from verdicts where task = ? and step = 'gate.deploy_status'`,
        id,
      );
      expect(verdicts, name).toEqual([{ outcome: 'passed' }]);
    }
  });

  test('inc-108 a product that has delivered itself wrote into its data directory alone', () => {
    expect(self.traces()).toEqual([]);
  });

  test('nothing of it is left running but the instances and what they deployed', async () => {
    const left = (await processesOf(path.join(place.dir, 'production'))).map(({ command }) => command);
    expect(left.filter((command) => /wrapper|hook\.sh|agents\//.test(command))).toEqual([]);
  });
});
