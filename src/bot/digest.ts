import { scopeOf } from './access.ts';
import type { House } from './ask.ts';
import type { ChatUser } from './chat-store.ts';
import { textsOf } from './env.ts';
import { taskRow } from './features/look.ts';
import { cost, sha7 } from './format.ts';
import { cut, type Line } from './markup.ts';
import type { TaskFilter } from './ports.ts';
import type { Texts } from './texts.ts';

const DAY_MS = 86_400_000;
const ROWS_MAX = 15;

export interface DigestFor {
  chat: string;
  at: number;
  /** Whose scope counts; null = what the chat reports. */
  user: ChatUser | null;
  /** Only this project, as in the topic of one (TOPIC-2). */
  repo?: string | null;
  thread?: number | null;
}

function scopeFor({ env }: House, { chat, user, repo }: DigestFor): readonly string[] | null {
  if (repo) return [repo];
  const reported = env.store.chat(chat)?.projects;
  if (reported && reported.length > 0) return reported;
  const person = user ?? env.store.user(Number(chat));
  return person ? scopeOf(person) : null;
}

const titled = (title: string, lines: readonly Line[]): Line[] =>
  lines.length === 0 ? [] : [[{ bold: title }], ...lines];

type Source = { house: House; texts: Texts; scope: readonly string[] | null; at: number };

/** Tasks of one kind, who has waited longest first; those delivered today with what is served now. */
function tasksOf({ house, texts, scope, at }: Source, filter: TaskFilter): Line[] {
  const query = { filter, repo: null, scope, user: '', offset: 0, limit: 100 };
  return house.env.control
    .list(query)
    .views.filter(({ task }) => task.endedAt === null || task.endedAt > at - DAY_MS)
    .sort((a, b) => a.now.since - b.now.since)
    .slice(0, ROWS_MAX)
    .map((view): Line => {
      const served = view.task.servedSha ?? view.task.landedSha;
      const sha = view.task.endedAt !== null && served !== null ? ` · ${sha7(served)}` : '';
      return [...taskRow(view, texts), sha];
    });
}

const deploysOf = ({ house, texts, scope, at }: Source): Line[] =>
  house.env.control
    .deploys(at - DAY_MS, scope)
    .slice(-ROWS_MAX)
    .map((row): Line => {
      const args = { wid: row.wid, sha7: sha7(row.sha), time: texts.clock(row.at, at), result: row.result };
      return [texts.t(`digest-row-${row.kind}`, { ...args, repo: row.repo })];
    });

const freezesOf = ({ house, texts, scope }: Source): Line[] =>
  house.env.control
    .queue(scope)
    .freezes.map((row): Line => [texts.t('queue-frozen', { ...row, reason: cut(row.reason, 120) })]);

/** What could not be told: final cards given up and pings nobody took for a day. */
function undelivered({ house, texts, at }: Source, chat: string): Line[] {
  const { store } = house.env;
  const cards = store.unshownCards().filter((card) => card.state === 'lost' && card.chat === chat).length;
  const n = cards + store.lostPings({ chat, since: at - DAY_MS, keptMs: DAY_MS });
  return n > 0 ? [[texts.t('digest-failed', { n })]] : [];
}

/** What happened in a day and what waits (QUIET-3); empty when there is nothing to say. */
export function digestLines(house: House, wanted: DigestFor): Line[] {
  const texts = textsOf(house.env, wanted.chat);
  const source: Source = { house, texts, scope: scopeFor(house, wanted), at: wanted.at };
  const spent = house.env.control.cost({ period: '24h', task: null, scope: source.scope });
  const projects = (spent.by.project ?? []).map(({ label, costUsd }) => `${label} ${cost(costUsd)}`);
  const body = [
    ...titled(texts.t('digest-you'), tasksOf(source, 'waiting')),
    ...titled(texts.t('digest-done'), tasksOf(source, 'done')),
    ...titled(texts.t('digest-running'), tasksOf(source, 'running')),
    ...titled(texts.t('digest-blocked'), tasksOf(source, 'blocked')),
    ...titled(texts.t('digest-deploys'), deploysOf(source)),
    ...titled(texts.t('digest-frozen'), freezesOf(source)),
    ...undelivered(source, wanted.chat),
  ];
  if (body.length === 0 && spent.total.costUsd === 0) return [];
  const money = [`${texts.t('digest-cost')}: ${cost(spent.total.costUsd)}`, ...projects].join(' · ');
  const title = wanted.repo ? `${texts.t('digest-title')} · ${wanted.repo}` : texts.t('digest-title');
  return [[{ bold: title }], ...body, [money]];
}

/** Sends a digest now; false when there is nothing to say. */
export async function sendDigest(house: House, wanted: DigestFor): Promise<boolean> {
  const lines = digestLines(house, wanted);
  if (lines.length === 0) return false;
  const { chat, thread = null } = wanted;
  await house.sender.send({ chat, thread, lines, silent: true });
  return true;
}
