import { GrammyError } from 'grammy';
import { chatRowOf } from './chat-row.ts';
import { type Env, textsOf } from './env.ts';
import { cut, oneLine } from './markup.ts';

/** Forum topics: one per project, created when first needed (TOPIC-2). */
export interface Topics {
  /** Thread of a project in a chat; null = the chat itself or its general topic. */
  threadOf(chat: string, repo: string): Promise<number | null>;
  /** A topic was deleted or closed: it is reopened or forgotten, so that the next send makes a new one (TOPIC-3). */
  lost(chat: string, repo: string): Promise<void>;
}

const NAME_MAX = 128;

/** A topic lost again within this time is not made anew: its messages go to the general topic (TOPIC-3). */
const AGAIN_MS = 86_400_000;

/** `onLost` is told when a topic went with all its messages. */
export function createTopics(env: Env, onLost: (chat: string, repo: string) => void = () => {}): Topics {
  const { api, store, settings } = env;

  const saidOnce = async (chat: string): Promise<void> => {
    const key = `topics.refused.${chat}`;
    if (store.memo(key) !== null) return;
    store.putMemo(key, '1');
    await api.sendMessage(chat, textsOf(env, chat).t('reply-no-topics')).catch(() => undefined);
  };

  const create = async (chat: string, repo: string): Promise<number | null> => {
    const name = env.control.projects().find((project) => project.repo === repo)?.name ?? repo;
    try {
      const topic = await api.createForumTopic(chat, cut(oneLine(name), NAME_MAX));
      const row = chatRowOf(env, chat);
      store.putChat({ ...row, threads: { ...row.threads, [repo]: topic.message_thread_id } });
      return topic.message_thread_id;
    } catch (error) {
      if (!(error instanceof GrammyError)) throw error;
      env.log.warn({ chat, reason: error.description }, 'a topic could not be created');
      await saidOnce(chat);
      return null;
    }
  };

  const forget = (chat: string, repo: string): void => {
    const row = chatRowOf(env, chat);
    const { [repo]: _lost, ...threads } = row.threads;
    store.putChat({ ...row, threads });
  };

  const generalUntil = (chat: string, repo: string) => `topics.general.${chat}.${repo}`;
  const isGeneral = (chat: string, repo: string): boolean =>
    Number(store.memo(generalUntil(chat, repo)) ?? 0) > env.timers.now();
  const noteLoss = (chat: string, repo: string): void => {
    const key = `topics.lost.${chat}.${repo}`;
    const now = env.timers.now();
    const last = store.memo(key);
    if (last !== null && now - Number(last) < AGAIN_MS)
      store.putMemo(generalUntil(chat, repo), String(now + AGAIN_MS));
    store.putMemo(key, String(now));
  };

  return {
    async threadOf(chat, repo) {
      const row = store.chat(chat);
      const known = row?.threads[repo] ?? null;
      if (known !== null || !row?.forum || settings.topics !== 'per-project') return known;
      if (store.memo(`topics.refused.${chat}`) !== null || isGeneral(chat, repo)) return null;
      return create(chat, repo);
    },
    async lost(chat, repo) {
      const thread = store.chat(chat)?.threads[repo];
      if (thread === undefined) return;
      const reopened = await api.reopenForumTopic(chat, thread).catch(() => false);
      if (reopened) return;
      forget(chat, repo);
      noteLoss(chat, repo);
      onLost(chat, repo);
    },
  };
}
