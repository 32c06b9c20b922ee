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

const onRepo = ({ ask, bind }: Deed, result: RepoResult | undefined, command: string): Done => {
  if (result === undefined)
    return { result: 'unavailable', text: ask.texts.t('reply-unavailable', { command }) };
  if (!result.ok) return { result: 'refused', reason: result.message, text: result.message };
  return { result: 'ok', binding: bind, text: ask.texts.t('answer-ok', { what: result.detail }) };
};

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
  unfreeze: (deed) => {
    const { repo, reason } = readPayload(deed.payload);
    const input = {
      repo: repo ?? deed.view?.task.repo ?? '',
      reason: reason ?? '',
      actor: actorOf(deed.ask.user),
    };
    return onRepo(deed, deed.ask.house.env.control.repo.unfreeze?.(input), 'unfreeze');
  },
  resume: (deed) => {
    const repo = readPayload(deed.payload).repo ?? deed.view?.task.repo ?? null;
    return onRepo(
      deed,
      deed.ask.house.env.control.repo.resume?.({ repo, actor: actorOf(deed.ask.user) }),
      'resume',
    );
  },
  pause: (deed) => {
    const repo = readPayload(deed.payload).repo ?? null;
    return onRepo(
      deed,
      deed.ask.house.env.control.repo.pause?.({ repo, actor: actorOf(deed.ask.user) }),
      'pause',
    );
  },
  rollback: (deed) => {
    const { repo, sha } = readPayload(deed.payload);
    const task = deed.view?.task.id ?? null;
    const input = {
      repo: repo ?? deed.view?.task.repo ?? '',
      task,
      sha: sha ?? '',
      actor: actorOf(deed.ask.user),
    };
    return onRepo(deed, deed.ask.house.env.control.repo.rollback?.(input), 'rollback');
  },
  revert: (deed) => {
    const { bind, view, ask } = deed;
    const input = {
      task: view?.task.id ?? 0,
      sha: bind.sha ?? view?.task.landedSha ?? '',
      actor: actorOf(ask.user),
    };
    return onRepo(deed, ask.house.env.control.repo.revert?.(input), 'revert');
  },
  'remove-user': removeUser,
};
