import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import type { App } from '../../../src/app.ts';
import { LookAgain, type Processors } from '../../../src/queues/catalog.ts';
import { headOf, instantSteps } from '../../system/stand-ins.ts';
import { startSystem } from '../../system/system.ts';
import { startTelegram, type Telegram } from '../../system/telegram.ts';
import { until } from '../../system/until.ts';
import { createTasks, untilAll } from '../tasks.ts';

export interface ReactionOptions {
  /** Tasks that wait for something the whole time. */
  live: number;
  samples: number;
}

export interface ReactionRound {
  webhookMs: number[];
  tapMs: number[];
}

const SECRET = 'secret-of-the-gitea-hook';
const FOR_EVER_MS = 3_600_000;
const AWAITED = 'gate.ci_green';

/** From a signed webhook to a spawned process, and from a tap to an edited card, while other tasks wait. */
export async function reactionRound({ live, samples }: ReactionOptions): Promise<ReactionRound> {
  const telegram = await startTelegram(1);
  const spawned = new Map<number, number>();
  const { app, stop } = await startSystem({
    standIns: (running) => ({ ...instantSteps(running), ...waitForCi(running, spawned) }),
    project: { forge: 'gitea', owner: 'acme', source: undefined, ci: 'forge' },
    settings: {
      ...telegram.settings,
      // No owner, whom every task without a chat would tell how it goes.
      ORCH_TELEGRAM_ALLOWED_USERS: `${telegram.people[0]?.id}:operator`,
      ORCH_GITEA_URL: 'http://127.0.0.1:9',
      ORCH_GITEA_TOKEN: 'token-of-nobody',
      ORCH_GITEA_WEBHOOK_SECRET: SECRET,
      ORCH_WAKE_DEBOUNCE_MS: '1',
      ORCH_CARD_MIN_INTERVAL_MS: '0',
      ORCH_MAX_CONCURRENCY: '10',
      ORCH_WORKER_CAPACITY: '10',
      ORCH_GATE_CONCURRENCY: '10',
      ORCH_AGENT_STARTS_PER_MIN: '1000000',
      ORCH_POST_DEPLOY_ENABLED: 'false',
    },
  });
  try {
    const chat = () => String(telegram.people[0]?.id);
    // Without a chat, as those of the webhooks: their cards would take minutes to be sent, at the pace Telegram allows.
    const waiting = await createTasks(app, { count: live, name: 'live', lifted: true });
    await untilAll(app, waiting, ({ activity }) => activity.kind === 'ci');
    const webhookMs: number[] = [];
    const tapMs: number[] = [];
    for (let n = 0; n < samples; n += 1) {
      webhookMs.push(await webhookOnce(app, { n, spawned }));
      tapMs.push(await tapOnce(app, { n, chat, telegram }));
    }
    // The first ones run code that is not compiled yet.
    const warm = Math.min(5, samples - 1);
    return { webhookMs: webhookMs.slice(warm), tapMs: tapMs.slice(warm) };
  } finally {
    await stop();
    await telegram.server.close();
  }
}

/** CI is awaited by a delayed job until something promotes it; the reviewer's run is a process that is only started. */
function waitForCi(app: () => App, spawned: Map<number, number>): Partial<Processors> {
  const steps = instantSteps(app);
  return {
    'run-gate': async (payload, context) => {
      if (payload.step !== AWAITED || context.looks > 0)
        return (steps['run-gate'] as never as Gate)(payload, context);
      const result = { outcome: 'pending', reason: 'CI runs', evidence: {} } as const;
      const pending = { gate: 'check_ci_green', result, retryAt: Date.now() + FOR_EVER_MS };
      await context.progress({ pending });
      throw new LookAgain(FOR_EVER_MS);
    },
    'run-agent': async (payload, context) => {
      if (payload.stage === 'review') {
        const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
        spawned.set(payload.task, performance.now());
        await new Promise((resolve) => child.once('exit', resolve));
      }
      return (steps['run-agent'] as never as Agent)(payload, context);
    },
  };
}
type Gate = Processors['run-gate'];
type Agent = Processors['run-agent'];

async function webhookOnce(
  app: App,
  { n, spawned }: { n: number; spawned: Map<number, number> },
): Promise<number> {
  const [task = 0] = await createTasks(app, { count: 1, name: `hook ${n}`, lifted: true });
  await untilAll(app, [task], ({ activity }) => activity.kind === 'ci');
  const body = JSON.stringify({
    sha: headOf(task),
    state: 'success',
    repository: { full_name: 'acme/shop' },
  });
  const headers = {
    'content-type': 'application/json',
    'x-gitea-event': 'status',
    'x-gitea-delivery': `bench-${n}`,
    'x-gitea-signature': createHmac('sha256', SECRET).update(body).digest('hex'),
  };
  const sentAt = performance.now();
  const answer = await fetch(`http://127.0.0.1:${app.httpPort}/webhook/gitea`, {
    method: 'POST',
    headers,
    body,
  });
  if (!answer.ok) throw new Error(await answer.text());
  await until(
    () => JSON.stringify(app.parts.house.tasks.get(task)),
    () => spawned.has(task),
    { everyMs: 1 },
  );
  await untilAll(app, [task], ({ stage, activity }) => stage === 'done' || activity.kind === 'confirm');
  return (spawned.get(task) ?? Number.NaN) - sentAt;
}

async function tapOnce(
  app: App,
  { n, chat, telegram }: { n: number; chat: () => string; telegram: Telegram },
): Promise<number> {
  const [person] = telegram.people;
  if (person === undefined) throw new Error('nobody is there to tap');
  const [task = 0] = await createTasks(app, { count: 1, name: `tap ${n}`, lifted: false, chat });
  await untilAll(app, [task], ({ activity }) => activity.kind === 'approval');
  const card = () => app.parts.house.chat.card(task, chat());
  await until(
    () => JSON.stringify(card()),
    () => card()?.shownVersion === app.parts.house.tasks.get(task)?.version && card()?.message !== null,
  );
  const message = card()?.message ?? 0;
  const found = person.findButton(/Approve/, message);
  if (found === undefined) throw new Error('the card has no button to approve');
  await untilFree(telegram);
  telegram.server.calls.forget();
  const tappedAt = Date.now();
  const edited = telegram.server.calls.sees(
    ({ method, values, answer }) =>
      method === 'editMessageText' && Number(values.message_id) === message && answer?.ok === true,
  );
  await person.presses(/Approve/, { messageId: message });
  const { atMs } = await edited;
  await untilAll(app, [task], ({ activity }) => activity.kind === 'ci');
  return atMs - tappedAt;
}

/** Tasks that take no time reach Telegram's limit over all chats, which holds the tap's own message up; real ones do not. */
async function untilFree({ server }: Telegram): Promise<void> {
  const sent = () => {
    const since = Date.now() - 1000;
    return server.calls.all().filter(({ atMs, method }) => atMs > since && method !== 'getUpdates').length;
  };
  await until(
    () => `${sent()} messages within a second`,
    () => sent() < 10,
  );
}
