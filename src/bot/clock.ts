import { scopeOf } from './access.ts';
import type { House } from './ask.ts';
import type { ChatUser } from './chat-store.ts';
import { digestLines, sendDigest } from './digest.ts';
import { textsOf } from './env.ts';
import { muteWords } from './features/chat-settings.ts';
import { taskRow } from './features/look.ts';
import { isQuiet, localDay, localMinutes } from './quiet.ts';

const ROWS_MAX = 15;
/** Before every day. */
const FIRST_DAY = '';

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

/** In a forum every project gets its own, in its topic (TOPIC-2). */
async function sendDailyDigest(house: House, chat: string, at: number): Promise<void> {
  const row = house.env.store.chat(chat);
  if (!row?.forum || house.env.settings.topics !== 'per-project') {
    await sendDigest(house, { chat, at, user: null });
    return;
  }
  const all = house.env.control.projects().map(({ repo }) => repo);
  const repos = row.projects !== null && row.projects.length > 0 ? row.projects : all;
  for (const repo of repos) {
    const wanted = { chat, at, user: null, repo };
    if (digestLines(house, wanted).length === 0) continue;
    await sendDigest(house, { ...wanted, thread: await house.topics.threadOf(chat, repo) });
  }
}

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
  await sendDailyDigest(house, chat, at);
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
    const texts = textsOf(house.env, row.chat);
    const text = texts.t('reply-mute-ended', { scope: muteWords(house.env.control, texts, row.scope) });
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
