import type { App } from '../../../src/app.ts';
import { instantSteps } from '../../system/stand-ins.ts';
import { startSystem } from '../../system/system.ts';
import { startTelegram } from '../../system/telegram.ts';
import { until } from '../../system/until.ts';
import { approve, createTasks, untilAll } from '../tasks.ts';

export interface CardsOptions {
  chats: number;
  perChat: number;
}

export interface CardsRound {
  of: number;
  /** Cards that show the last state of their task. */
  arrived: number;
  /** From a task's last change to the moment its card showed it. */
  delaysMs: number[];
  calls: number;
  /** Calls refused with 429. */
  refused: number;
  seconds: number;
}

/** Many tasks reach a state that a person must see, all at once, behind the rate limits Telegram publishes. */
export async function cardsRound({ chats, perChat }: CardsOptions): Promise<CardsRound> {
  const telegram = await startTelegram(chats, {});
  const { app, stop } = await startSystem({
    standIns: instantSteps,
    settings: {
      ...telegram.settings,
      ORCH_MAX_CONCURRENCY: '10',
      ORCH_WORKER_CAPACITY: '10',
      ORCH_GATE_CONCURRENCY: '10',
      ORCH_AGENT_STARTS_PER_MIN: '1000000',
      ORCH_POST_DEPLOY_ENABLED: 'false',
    },
  });
  try {
    const startedAt = performance.now();
    const chatOf = (n: number) => String(telegram.people[(n - 1) % chats]?.id);
    const ids = await createTasks(app, { count: chats * perChat, name: 'card', lifted: false, chat: chatOf });
    await untilAll(app, ids, ({ activity }) => activity.kind === 'approval');
    for (const id of ids) approve(app, id);
    await untilAll(app, ids, ({ activity }) => activity.kind === 'confirm');
    const shown = (id: number, chat: string) => {
      const card = app.parts.house.chat.card(id, chat);
      return card?.shownVersion === app.parts.house.tasks.get(id)?.version;
    };
    const all = () => ids.filter((id, index) => shown(id, chatOf(index + 1)));
    await until(
      () => `${all().length} of ${ids.length} cards`,
      () => all().length === ids.length,
      { deadlineMs: 150_000, everyMs: 100 },
    ).catch(() => undefined);
    const seconds = (performance.now() - startedAt) / 1000;
    const calls = telegram.server.calls.all();
    const arrived = ids.filter((id, index) =>
      onScreen(app, telegram.server.calls.all(), id, chatOf(index + 1)),
    );
    return {
      of: ids.length,
      arrived: arrived.length,
      delaysMs: arrived.map((id) => delayOf(app, calls, id, chatOf(ids.indexOf(id) + 1))),
      calls: calls.length,
      refused: calls.filter(({ fault }) => fault !== undefined).length,
      seconds,
    };
  } finally {
    await stop();
    await telegram.server.close();
  }
}

type Calls = ReturnType<Awaited<ReturnType<typeof startTelegram>>['server']['calls']['all']>;

/** The newest call that sent or edited a task's card, as Telegram took it. */
function lastCall(app: App, calls: Calls, task: number, chat: string) {
  const card = app.parts.house.chat.card(task, chat);
  return calls.findLast(
    ({ method, values, answer, chatId, fault }) =>
      fault === undefined &&
      answer?.ok === true &&
      String(chatId) === chat &&
      ((method === 'editMessageText' && Number(values.message_id) === card?.message) ||
        (method === 'sendMessage' &&
          (answer.result as { message_id?: number }).message_id === card?.message)),
  );
}

/** What Telegram shows is the newest version, and it was sent after the last change. */
function onScreen(app: App, calls: Calls, task: number, chat: string): boolean {
  const state = app.parts.house.tasks.get(task);
  const card = app.parts.house.chat.card(task, chat);
  const call = lastCall(app, calls, task, chat);
  return call !== undefined && card?.shownVersion === state?.version && call.atMs >= (state?.updatedAt ?? 0);
}

const delayOf = (app: App, calls: Calls, task: number, chat: string): number =>
  (lastCall(app, calls, task, chat)?.atMs ?? Number.NaN) - (app.parts.house.tasks.get(task)?.updatedAt ?? 0);
