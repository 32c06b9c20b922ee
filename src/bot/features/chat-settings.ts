import { type Ask, OK, type Outcome, say, USAGE } from '../ask.ts';
import { chatRowOf } from '../chat-row.ts';
import type { Command } from '../command.ts';
import { sendDigest } from '../digest.ts';
import { parseDuration } from '../format.ts';
import type { Control } from '../ports.ts';
import { LANGS, type Texts } from '../texts.ts';

const DEFAULT_MUTE_MS = 8 * 3_600_000;
const MAX_MUTE_MS = 7 * 86_400_000;
const TIME = /^([01]?\d|2[0-3]):([0-5]\d)$/;

/** Language of this chat; the command menu follows (CHAT-6, CHAT-17). */
async function lang(ask: Ask, args: string): Promise<Outcome> {
  const { env } = ask.house;
  const wanted = LANGS.find((name) => name === args.trim().toLowerCase());
  if (wanted === undefined) return USAGE;
  env.store.putChat(chatRowOf(env, ask.chat, { lang: wanted }));
  ask.house.showMenu(ask.user.role, ask.chat);
  await say(ask, env.texts(wanted, env.settings.tz).t('reply-lang'));
  return OK;
}

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
};

/** Hours and time zone of one person over those of the installation (QUIET-1, ACC-2). */
async function quiet(ask: Ask, args: string): Promise<Outcome> {
  const { store, settings } = ask.house.env;
  const [hours, zone] = args.split(/\s+/).filter(Boolean);
  if (hours !== undefined && !/^(off|default|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)$/i.test(hours))
    return USAGE;
  if (zone !== undefined && !isTimeZone(zone)) return USAGE;
  const wanted = hours?.toLowerCase();
  const kept =
    wanted === 'default' ? { quietHours: null, tz: null } : { quietHours: wanted ?? ask.user.quietHours };
  const user = { ...ask.user, ...kept, ...(zone === undefined ? {} : { tz: zone }) };
  if (wanted !== undefined) store.putUser(user);
  const now = user.quietHours ?? settings.quietHours ?? 'off';
  const words = now === 'off' ? ask.texts.t('word-off') : now;
  await say(ask, ask.texts.t('reply-quiet', { hours: words, tz: user.tz ?? settings.tz }));
  return OK;
}

/** A stored scope as people name it: a project, a task by its wid, or everything. */
export function muteWords({ view }: Pick<Control, 'view'>, texts: Texts, scope: string): string {
  const [kind, name = ''] = scope.split(/:(.*)/s);
  if (kind === 'task') return view(Number(name))?.task.wid ?? name;
  return kind === 'project' ? name : texts.t('word-all');
}

/** `task`, `project:<repo>` or `all`; a replied card means its task (`/mute`). */
function muteScope(ask: Ask, words: readonly string[]): string {
  const { control } = ask.house.env;
  const named = words.find((word) => control.projects().some(({ repo }) => repo === word));
  if (named !== undefined) return `project:${named}`;
  if (words.includes('all')) return 'all';
  if (ask.replied?.task) return `task:${ask.replied.task}`;
  const wid = words.map((word) => /^(?:([A-Za-z]\w*)-)?(\d+)$/.exec(word)).find(Boolean);
  const ref = wid ? { prefix: wid[1]?.toUpperCase() ?? null, number: Number(wid[2]) } : null;
  const [found] = ref ? control.find(ref, null) : [];
  return found ? `task:${found.task}` : 'all';
}

async function mute(ask: Ask, args: string): Promise<Outcome> {
  const words = args.split(/\s+/).filter(Boolean);
  const wanted = words.map(parseDuration).find((ms) => ms !== null) ?? DEFAULT_MUTE_MS;
  const until = ask.at + Math.min(wanted, MAX_MUTE_MS);
  const scope = muteScope(ask, words);
  ask.house.env.store.putMute({ user: ask.user.id, chat: ask.chat, scope, until });
  const named = muteWords(ask.house.env.control, ask.texts, scope);
  const time = ask.texts.clock(until, ask.at);
  await say(ask, ask.texts.t('reply-muted', { time, scope: named }), { silent: true });
  return { result: 'ok', reason: scope };
}

async function unmute(ask: Ask, args: string): Promise<Outcome> {
  const { store } = ask.house.env;
  const scope = muteScope(ask, args.split(/\s+/).filter(Boolean));
  const mine = store.mutes().filter((row) => row.user === ask.user.id && row.chat === ask.chat);
  for (const row of mine.filter((each) => scope === 'all' || each.scope === scope)) store.removeMute(row);
  const words = muteWords(ask.house.env.control, ask.texts, scope);
  await say(ask, ask.texts.t('reply-unmuted', { scope: words }), { silent: true });
  return { result: 'ok', reason: scope };
}

async function digest(ask: Ask, args: string): Promise<Outcome> {
  const { env } = ask.house;
  const [verb = 'now', time = ''] = args.toLowerCase().split(/\s+/).filter(Boolean);
  if (verb === 'now') {
    const { chat, at, user, repo, thread } = ask;
    const sent = await sendDigest(ask.house, { chat, at, user, thread, repo: thread === null ? null : repo });
    if (!sent) await say(ask, ask.texts.t('reply-digest-empty'));
    return OK;
  }
  if (verb === 'off') {
    env.store.putChat(chatRowOf(env, ask.chat, { digest: 'off' }));
    await say(ask, ask.texts.t('reply-digest-off'));
    return OK;
  }
  const match = TIME.exec(verb === 'on' ? time : verb);
  if (!match) return USAGE;
  const at = `${(match[1] ?? '').padStart(2, '0')}:${match[2]}`;
  env.store.putChat(chatRowOf(env, ask.chat, { digest: at }));
  await say(ask, ask.texts.t('reply-digest-on', { time: at }));
  return OK;
}

const chat = { role: 'viewer', group: 'chat', changes: false } as const;

/** Settings of one chat and one person. */
export const CHAT_COMMANDS: readonly Command[] = [
  { ...chat, name: 'lang', args: 'en|ru', example: '/lang ru', run: lang },
  { ...chat, name: 'mute', args: '[task|project|all] [duration]', example: '/mute all 8h', run: mute },
  { ...chat, name: 'unmute', args: '[task|project|all]', example: '/unmute', run: unmute },
  {
    ...chat,
    name: 'quiet',
    args: '[HH:MM-HH:MM|off|default] [time zone]',
    example: '/quiet 23:00-08:00 Europe/Berlin',
    run: quiet,
  },
  { ...chat, name: 'digest', args: '[now|on HH:MM|off]', example: '/digest on 09:00', run: digest },
];
