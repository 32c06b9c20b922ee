import type { TextParams } from '../pipeline/effects.ts';
import type { GateName } from '../pipeline/stages.ts';
import type { RunView } from '../pipeline/view.ts';
import { actorOf } from './access.ts';
import type { Ask, Outcome } from './ask.ts';
import type { Action } from './buttons.ts';
import type { Binding } from './chat-store.ts';
import type { RepoResult } from './ports.ts';
import { type Submission, submit } from './submit.ts';

/** What an action came to, in words. */
export type Done = Outcome & { text: string };

/** An action at the moment it takes effect. */
export interface Deed {
  ask: Ask;
  payload: string | null;
  bind: Binding;
  /** The task it is about; null for repositories and people. */
  view: RunView | null;
}

type Perform = (deed: Deed) => Done;

const onTask =
  (build: (deed: Deed) => Omit<Submission, 'view' | 'bind'>): Perform =>
  (deed) => {
    const { ask, view, bind } = deed;
    if (view === null) return { result: 'unknown', text: ask.texts.t('answer-unknown-bare') };
    return submit(ask, { ...build(deed), view, bind });
  };

/** Answers for a repository command in the reader's language. */
function onRepo({ ask, bind }: Deed, result: RepoResult | undefined, command: string, done: string): Done {
  if (result === undefined)
    return { result: 'unavailable', text: ask.texts.t('reply-unavailable', { command }) };
  if (!result.ok) return { result: 'refused', reason: result.message, text: result.message };
  return { result: 'ok', binding: bind, text: done };
}

/** Tells the chats of a project what a person did to it; never holds anything up. */
export function announce(
  ask: Ask,
  ping: 'frozen' | 'unfrozen',
  about: { repo: string; params: TextParams },
): void {
  const { pinger, env } = ask.house;
  const request = {
    task: null,
    ping,
    sound: 'silent' as const,
    cause: `${ping}.${ask.key}`,
    seq: 0,
    at: ask.at,
  };
  void pinger
    .ping({ ...request, repo: about.repo, params: { ...about.params, name: ask.user.name } })
    .catch((error: unknown) => env.log.warn({ reason: String(error) }, 'a notice could not be sent'));
}

/** Payload of `override`, `raise-budget`, `rollback` and `unfreeze`. */
export interface ActionPayload {
  gate?: GateName;
  reason?: string;
  cap?: 'attempt' | 'task' | 'day';
  usd?: number;
  repo?: string;
  sha?: string;
  user?: number;
}

export const readPayload = (payload: string | null): ActionPayload => {
  if (payload === null || !payload.startsWith('{')) return {};
  return JSON.parse(payload) as ActionPayload;
};

function removeUser(deed: Deed): Done {
  const { ask } = deed;
  const { store } = ask.house.env;
  const user = store.user(readPayload(deed.payload).user ?? 0);
  if (!user)
    return { result: 'unknown', text: ask.texts.t('users-unknown', { id: readPayload(deed.payload).user }) };
  store.removeUser(user.id);
  store.voidCallbacksOf(user.id, ask.at);
  return {
    result: 'ok',
    text: ask.texts.t('answer-ok', { what: ask.texts.t('did-user-removed', { name: user.name }) }),
  };
}

function unfreeze(deed: Deed): Done {
  const { ask } = deed;
  const { repo: named, reason } = readPayload(deed.payload);
  const repo = named ?? deed.view?.task.repo ?? '';
  const input = { repo, reason: reason ?? '', actor: actorOf(ask.user) };
  const result = ask.house.env.control.repo.unfreeze?.(input);
  if (result?.ok) announce(ask, 'unfrozen', { repo, params: {} });
  return onRepo(deed, result, 'unfreeze', ask.texts.t('reply-unfrozen', { repo }));
}

function claim(deed: Deed, command: 'pause' | 'resume'): Done {
  const { ask } = deed;
  const repo = readPayload(deed.payload).repo ?? deed.view?.task.repo ?? null;
  const result = ask.house.env.control.repo[command]?.({ repo, actor: actorOf(ask.user) });
  const what = repo ?? ask.texts.t('reply-queue-all');
  return onRepo(deed, result, command, ask.texts.t(`reply-${command}d`, { what }));
}

/** What an action does once nothing more is asked; synchronous, because a tap commits with it (CB-5). */
export const PERFORM: Partial<Record<Action, Perform>> = {
  approve: onTask(() => ({ name: 'approve' })),
  retry: onTask(() => ({ name: 'retry' })),
  fix: onTask(() => ({ name: 'fix' })),
  regate: onTask(() => ({ name: 'regate' })),
  stop: onTask(({ payload }) => ({ name: 'stop', ...(payload ? { text: payload } : {}) })),
  confirm: onTask(() => ({ name: 'confirm-deploy' })),
  'resume-now': onTask(() => ({ name: 'resume-now' })),
  'not-before': onTask(({ payload }) => ({ name: 'not-before', args: { at: Number(payload) } })),
  'reject-with': onTask(({ payload }) => ({ name: 'reject', text: payload ?? '' })),
  note: onTask(({ payload }) => ({ name: 'note', text: payload ?? '' })),
  'raise-budget': onTask(({ payload }) => {
    const { cap, usd } = readPayload(payload);
    return { name: 'raise-budget', args: { usd: usd ?? Number(payload), ...(cap ? { cap } : {}) } };
  }),
  override: onTask(({ payload }) => {
    const { gate, reason } = readPayload(payload);
    return { name: 'override', text: reason ?? '', ...(gate ? { args: { gate } } : {}) };
  }),
  unfreeze,
  resume: (deed) => claim(deed, 'resume'),
  pause: (deed) => claim(deed, 'pause'),
  rollback: (deed) => {
    const { ask, view } = deed;
    const { repo, sha } = readPayload(deed.payload);
    const name = repo ?? view?.task.repo ?? '';
    const input = { repo: name, task: view?.task.id ?? null, sha: sha ?? '', actor: actorOf(ask.user) };
    const done = ask.texts.t('answer-ok', { what: ask.texts.t('did-rollback', { repo: name }) });
    return onRepo(deed, ask.house.env.control.repo.rollback?.(input), 'rollback', done);
  },
  revert: (deed) => {
    const { bind, view, ask } = deed;
    const sha = bind.sha ?? view?.task.landedSha ?? '';
    const input = { task: view?.task.id ?? 0, sha, actor: actorOf(ask.user) };
    const done = ask.texts.t('answer-ok', { what: ask.texts.t('did-revert', { wid: view?.task.wid }) });
    return onRepo(deed, ask.house.env.control.repo.revert?.(input), 'revert', done);
  },
  'remove-user': removeUser,
};
