import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../../app.ts';
import { AppError } from '../../errors.ts';
import { isTerminal } from '../../pipeline/stages.ts';
import type { TaskState } from '../../pipeline/task.ts';
import { isWaiting } from '../../pipeline/waiting.ts';

/** One request of the shop's owner, and how its delivery must end. */
export interface Act {
  title: string;
  description: string;
  /** One line for the audience. */
  about: string;
  /** What the watch over production must come to; what is degraded is rolled back, too. */
  watch: 'HEALTHY' | 'DEGRADED';
}

/** The two requests of the demo. */
export const ACTS: readonly Act[] = [
  {
    title: 'Show the delivery date in the cart',
    description:
      'People want to know when their goods arrive before they order. The cart shall show one delivery date: working days from today, taken from the slowest item.',
    about: 'a feature: its first CI run is red and is repaired, the review refuses once, then it goes live',
    watch: 'HEALTHY',
  },
  {
    title: 'Keep units back for customers in the shop',
    description:
      'Customers who come to the counter find the shelf empty. Keep a few units of every item back for customers in the shop, so that the web cannot sell the last one.',
    about: 'a release that turns bad after the deploy: the watch catches it and rolls back',
    watch: 'DEGRADED',
  },
];

export const endsAsPlanned = ({ stage, watch }: TaskState, act: Act): boolean =>
  stage === 'done' && watch?.state === act.watch && (act.watch === 'HEALTHY' || watch.rolledBack !== null);

/** Ended as planned, or stopped by a person. */
export const isOver = (task: TaskState, act: Act): boolean =>
  endsAsPlanned(task, act) ||
  (isTerminal(task.stage) && task.stage !== 'done' && task.activity.kind === 'ended');

const LOOK_MS = 100;
const ACT_DEADLINE_MS = 600_000;

export interface Player {
  app: App;
  /** Presses the buttons itself, over the same bot code as a person. */
  auto: boolean;
  signal: AbortSignal;
  /** Called after every look at the tasks of the demo. */
  seen: (task: TaskState | null, act: Act) => void;
}

export const taskOf = ({ app }: Pick<Player, 'app'>, act: Act): TaskState | null =>
  app.parts.house.tasks
    .list({ kind: 'all', repo: null, scope: null, offset: 0, limit: 100 })
    .tasks.find(({ title }) => title === act.title) ?? null;

/** Plays one act to its end; a task that is there already simply goes on. */
export async function play(player: Player, act: Act): Promise<TaskState> {
  const giveUpAt = player.auto ? performance.now() + ACT_DEADLINE_MS : Number.POSITIVE_INFINITY;
  if (taskOf(player, act) === null) ask(player, act);
  const pressed = new Set<string>();
  while (performance.now() < giveUpAt) {
    player.signal.throwIfAborted();
    const task = taskOf(player, act);
    player.seen(task, act);
    if (task !== null && isOver(task, act)) return task;
    if (task !== null && player.auto) refuseSpoilt(task, act);
    if (task !== null) await decide(player, task, pressed);
    await delay(LOOK_MS, undefined, { signal: player.signal });
  }
  throw new AppError(
    'demo-stuck',
    `“${act.title}” did not come to its end within ${ACT_DEADLINE_MS / 60_000} minutes.`,
  );
}

/** Production that was stopped from outside, for one: the watch is right about it, and the act can never end. */
function refuseSpoilt({ wid, watch }: TaskState, act: Act): void {
  const other = act.watch === 'HEALTHY' ? 'DEGRADED' : 'HEALTHY';
  if (watch?.state !== other) return;
  const why = watch.reason === null ? '' : ` (${watch.reason})`;
  const expected = `Expected the watch over ${wid} to end ${act.watch}`;
  throw new AppError('demo-spoilt', `${expected}, found ${other}${why}.`, {
    fault: 'environment',
    hint: 'Was its production stopped from outside? Start the demo with another --data-dir.',
  });
}

function ask({ app }: Player, { title, description }: Act): void {
  app.chat.local?.driver.says(`/new shop ${title}\n${description}`);
}

const DEADLINE = { deadlineMs: 30_000 };

/** What a person would press in this state; each once. */
async function decide({ app, auto }: Player, task: TaskState, pressed: Set<string>): Promise<void> {
  const driver = app.chat.local?.driver;
  const { activity, stage, attempt } = task;
  if (driver === undefined || !auto) return;
  if (isTerminal(stage) && activity.kind === 'ended') return;
  const key = `${stage}.${attempt}.${activity.kind}`;
  if (pressed.has(key)) return;
  if (activity.kind === 'approval') {
    pressed.add(key);
    await driver.seesButton(/Approve/, DEADLINE);
    await driver.presses(/Approve/);
  }
  if (activity.kind === 'confirm') {
    pressed.add(key);
    await driver.seesButton(/Deploy [0-9a-f]{7}/, DEADLINE);
    await driver.presses(/Deploy [0-9a-f]{7}/);
    await driver.seesButton(/^Yes/, DEADLINE);
    await driver.presses(/^Yes/);
  }
  if (isWaiting(activity) && (activity.kind === 'blocked' || activity.kind === 'hold')) {
    throw new AppError(
      'demo-blocked',
      `${task.wid} is ${activity.kind} at ${stage}: ${activity.reason ?? activity.cause ?? ''}`,
    );
  }
}
