import { scopeOf } from './access.ts';
import type { House } from './ask.ts';
import type { ChatUser } from './chat-store.ts';
import { textsOf } from './env.ts';
import { taskRow } from './features/look.ts';
import { cost } from './format.ts';
import { cut, type Line } from './markup.ts';
import type { TaskFilter } from './ports.ts';
import { isQuiet, localDay, localMinutes } from './quiet.ts';

const DAY_MS = 86_400_000;
const ROWS_MAX = 15;
/** Before every day. */
const FIRST_DAY = '';

export interface DigestFor {
  at: number;
  /** Whose scope counts; null = what the chat reports. */
  user: ChatUser | null;
}

const scopeOfChat = (house: House, chat: string, user: ChatUser | null): readonly string[] | null => {
  const row = house.env.store.chat(chat);
  if (row?.projects && row.projects.length > 0) return row.projects;
  const person = user ?? house.env.store.user(Number(chat));
  return person ? scopeOf(person) : null;
};

/** What happened in a day and what waits (QUIET-3); empty when there is nothing to say. */
export function digestLines(house: House, chat: string, { at, user }: DigestFor): Line[] {
  const { control, store } = house.env;
  const texts = textsOf(house.env, chat);
  const scope = scopeOfChat(house, chat, user);
  const query = { repo: null, scope, user: String(user?.id ?? ''), offset: 0, limit: 100 };
  const section = (key: string, filter: TaskFilter, recent = false): Line[] => {
    const listed = control
      .list({ ...query, filter })
      .views.filter((view) => !recent || (view.task.endedAt ?? 0) > at - DAY_MS)
      .sort((a, b) => a.now.since - b.now.since);
    if (listed.length === 0) return [];
    return [[{ bold: texts.t(key) }], ...listed.slice(0, ROWS_MAX).map((view) => taskRow(view, texts))];
  };
  const freezes = control
    .queue(scope)
    .freezes.map((row): Line => [texts.t('queue-frozen', { ...row, reason: cut(row.reason, 120) })]);
  const spent = control.cost({ period: 'today', task: null, scope });
  const projects = (spent.by.project ?? [])
    .map(({ label, costUsd }) => `${label} ${cost(costUsd)}`)
    .join(' · ');
  const undelivered = store.unshownCards().filter((card) => card.state === 'lost').length;
  const body = [
    ...section('digest-you', 'waiting'),
    ...section('digest-done', 'done', true),
    ...section('digest-running', 'running'),
    ...section('digest-blocked', 'blocked'),
    ...(freezes.length > 0 ? [[{ bold: texts.t('digest-frozen') }], ...freezes] : []),
    ...(undelivered > 0 ? [[texts.t('digest-failed', { n: undelivered })]] : []),
  ];
  if (body.length === 0 && spent.total.costUsd === 0) return [];
  const money = `${texts.t('digest-cost')}: ${cost(spent.total.costUsd)}${projects ? ` · ${projects}` : ''}`;
  return [[{ bold: texts.t('digest-title') }], ...body, [money]];
}

/** Sends a digest now; false when there is nothing to say. */
export async function sendDigest(house: House, chat: string, wanted: DigestFor): Promise<boolean> {
  const lines = digestLines(house, chat, wanted);
  if (lines.length === 0) return false;
  await house.sender.send({ chat, lines, silent: true });
  return true;
}

const minutesOf = (time: string): number => {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
};

/** Chats with a digest: those that report something, and the private chats of the paired. */
const digestChats = (house: House): string[] => [
  ...new Set([
    ...house.env.store
      .chats()
      .flatMap((row) => (row.projects !== null || row.digest !== null ? [row.chat] : [])),
    ...house.env.store.users().flatMap(({ id, role }) => (role === 'owner' ? [String(id)] : [])),
  ]),
];

async function dailyDigest(house: House, chat: string, at: number): Promise<void> {
  const { store, settings } = house.env;
  const time = store.chat(chat)?.digest ?? settings.digestTime;
  const day = localDay(at, settings.tz);
  const key = `digest.${chat}`;
  const early = localMinutes(at, settings.tz) < minutesOf(time);
  const known = store.memo(key);
  // A chat first seen in the afternoon has missed nothing: its first digest is tomorrow's.
  if (known === null) store.putMemo(key, early ? FIRST_DAY : day);
  if (time === 'off' || early || (known ?? day) >= day) return;
  store.putMemo(key, day);
  await sendDigest(house, chat, { at, user: null });
}

/** At the end of quiet hours one audible message lists what waits (QUIET-1). */
async function quietEnd(house: House, user: ChatUser, at: number): Promise<void> {
  const { store, settings, control } = house.env;
  const chat = String(user.id);
  const key = `quiet.${chat}`;
  const quiet = isQuiet(user.quietHours ?? settings.quietHours, at, user.tz ?? settings.tz);
  const before = store.memo(key) === '1';
  if (quiet !== before) store.putMemo(key, quiet ? '1' : '0');
  if (!before || quiet) return;
  const texts = textsOf(house.env, chat);
  const query = {
    filter: 'waiting' as const,
    repo: null,
    scope: scopeOf(user),
    user: chat,
    offset: 0,
    limit: ROWS_MAX,
  };
  const { views } = control.list(query);
  if (views.length === 0) return;
  await house.sender.send({
    chat,
    lines: [[texts.t('reply-quiet-end')], ...views.map((view) => taskRow(view, texts))],
  });
}

/** A mute ends by itself and says so silently (QUIET-2). */
async function endMutes(house: House, at: number): Promise<void> {
  const { store } = house.env;
  for (const row of store.mutes().filter(({ until }) => until <= at)) {
    store.removeMute(row);
    const text = textsOf(house.env, row.chat).t('reply-mute-ended', { scope: row.scope });
    await house.sender.send({ chat: row.chat, lines: [[text]], silent: true });
  }
}

/** What is due by the clock; call it every minute. At most one digest per chat and local day (QUIET-4). */
export async function runClock(house: House): Promise<void> {
  const at = house.env.timers.now();
  await endMutes(house, at);
  for (const user of house.env.store.users()) await quietEnd(house, user, at);
  for (const chat of digestChats(house)) await dailyDigest(house, chat, at);
}
