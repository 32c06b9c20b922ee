import { isLastOwner, isRole } from '../access.ts';
import { type Ask, OK, type Outcome, say, USAGE } from '../ask.ts';
import { NO_BINDING } from '../buttons.ts';
import type { ChatUser } from '../chat-store.ts';
import type { Command } from '../command.ts';
import type { Line } from '../markup.ts';
import { newPairingCode } from '../pairing.ts';
import { askTwice } from '../two-step.ts';

const MINUTE_MS = 60_000;

const scopeWords = (ask: Ask, user: ChatUser): string => user.projects.join(', ') || ask.texts.t('word-all');

/** A code and deep link for a role and scope (ACC-4). */
async function pair(ask: Ask, args: string): Promise<Outcome> {
  const { texts, house, user } = ask;
  const { env } = house;
  const [role = '', ...projects] = args.split(/\s+/).filter(Boolean);
  if (!isRole(role)) return USAGE;
  const known = env.control.projects().map(({ repo }) => repo);
  const unknown = projects.find((project) => !known.includes(project));
  if (unknown !== undefined) {
    await say(ask, texts.t('reply-unknown-project', { project: unknown, projects: known.join(', ') }));
    return { result: 'unknown_project' };
  }
  const code = newPairingCode(env, { role, projects, createdBy: user.name });
  const link = `https://t.me/${house.username()}?start=${code.replace('-', '')}`;
  const minutes = Math.round(env.settings.pairingTtlMs / MINUTE_MS);
  await say(ask, texts.t('pair-code', { role, code, minutes, link }));
  return { result: 'ok', reason: role };
}

async function list(ask: Ask): Promise<Outcome> {
  const { texts } = ask;
  const rows = ask.house.env.store.users().map((user): Line => {
    const { name, role, id } = user;
    return [texts.t('users-row', { name, role, id, scope: scopeWords(ask, user) })];
  });
  await say(ask, [[texts.t('users-title')], ...rows]);
  return OK;
}

async function setRole(ask: Ask, user: ChatUser, role: string | undefined): Promise<Outcome> {
  const { texts } = ask;
  if (role === undefined || !isRole(role)) return USAGE;
  if (role !== 'owner' && isLastOwner(ask.house.env, user)) return lastOwner(ask);
  ask.house.env.store.putUser({ ...user, role });
  ask.house.showMenu(role, String(user.id));
  await say(ask, texts.t('users-role-set', { name: user.name, role }));
  return { result: 'ok', reason: `${user.id} ${role}` };
}

async function lastOwner(ask: Ask): Promise<Outcome> {
  await say(ask, ask.texts.t('users-last-owner'));
  return { result: 'refused', reason: 'last owner' };
}

async function users(ask: Ask, args: string): Promise<Outcome> {
  const [verb, id, role] = args.split(/\s+/).filter(Boolean);
  if (verb === undefined) return list(ask);
  const user = ask.house.env.store.user(Number(id));
  if (!user) {
    await say(ask, ask.texts.t('users-unknown', { id }));
    return { result: 'unknown-user' };
  }
  if (verb === 'role') return setRole(ask, user, role);
  if (verb !== 'remove') return USAGE;
  if (isLastOwner(ask.house.env, user)) return lastOwner(ask);
  await askTwice(ask, {
    kind: 'remove-user',
    args: { name: user.name },
    action: 'remove-user',
    payload: JSON.stringify({ user: user.id }),
    binding: NO_BINDING,
  });
  return { result: 'asked' };
}

async function whoami(ask: Ask): Promise<Outcome> {
  const { name, id, role } = ask.user;
  await say(ask, ask.texts.t('reply-whoami', { name, id, role, scope: scopeWords(ask, ask.user) }));
  return OK;
}

export const PEOPLE_COMMANDS: readonly Command[] = [
  {
    name: 'pair',
    role: 'owner',
    group: 'chat',
    args: '<viewer|operator|owner> [project …]',
    example: '/pair operator shop',
    changes: true,
    run: pair,
  },
  {
    name: 'users',
    role: 'owner',
    group: 'chat',
    args: '[role <id> <role> | remove <id>]',
    example: '/users role 4711 viewer',
    changes: true,
    run: users,
  },
  {
    name: 'whoami',
    role: 'viewer',
    group: 'chat',
    args: '',
    example: '/whoami',
    changes: false,
    run: whoami,
  },
];
