import { shownSha } from '../../pipeline/transition.ts';
import type { RunView } from '../../pipeline/view.ts';
import type { Waiting, WaitingKind } from '../../pipeline/waiting.ts';
import type { Action, ButtonSpec } from '../buttons.ts';
import { cost, sha7 } from '../format.ts';
import { waitOf } from '../sentence.ts';
import type { Texts } from '../texts.ts';

export interface ButtonOptions {
  /** `ORCH_BUDGET_RAISE_USD`. */
  raiseUsd: number;
}

type Key =
  | 'approve'
  | 'reject'
  | 'brd'
  | 'why'
  | 'answer'
  | 'stop'
  | 'pr'
  | 'diff'
  | 'confirm'
  | 'retry'
  | 'log'
  | 'recheck'
  | 'check-again'
  | 'fix'
  | 'rollback'
  | 'deploy-again'
  | 'revert'
  | 'raise-budget'
  | 'resume-now'
  | 'not-before'
  | 'unfreeze'
  | 'resume';

const WATCHED_WAIT: readonly Key[] = ['why', 'stop'];
const BY_SYSTEM: readonly Key[] = ['resume-now', 'why', 'stop'];

/** Buttons of each waiting kind (chat.md 5.1); causes with buttons of their own are below. */
export const BUTTONS: Readonly<Record<WaitingKind | 'queued' | 'running', readonly Key[]>> = {
  approval: ['approve', 'reject', 'brd', 'why'],
  answers: ['answer', 'stop'],
  'pr-review': ['pr', 'reject', 'stop'],
  confirm: ['confirm', 'reject', 'stop', 'diff'],
  blocked: ['retry', 'log', 'stop'],
  hold: ['retry', 'pr', 'stop'],
  budget: ['raise-budget', 'stop'],
  limit: ['resume-now', 'not-before', 'stop'],
  backoff: BY_SYSTEM,
  breaker: BY_SYSTEM,
  runtime: BY_SYSTEM,
  ci: WATCHED_WAIT,
  lease: WATCHED_WAIT,
  dependency: WATCHED_WAIT,
  serial: WATCHED_WAIT,
  window: WATCHED_WAIT,
  queued: WATCHED_WAIT,
  deploying: WATCHED_WAIT,
  frozen: ['why', 'unfreeze', 'stop'],
  paused: ['why', 'resume', 'stop'],
  running: ['log', 'stop'],
  stopping: [],
};

const BY_CAUSE: Readonly<Record<string, readonly Key[]>> = {
  'staging-failed': ['recheck', 'fix', 'stop'],
  'deploy-failed': ['rollback', 'deploy-again', 'fix', 'revert', 'stop'],
  'deploy-unknown': ['check-again', 'deploy-again', 'rollback', 'stop'],
};

/** Action and label of a key where they differ from its name. */
const ACTION: Partial<Record<Key, Action>> = {
  recheck: 'retry',
  'check-again': 'regate',
  'deploy-again': 'retry',
};
const LABEL: Partial<Record<Key, string>> = {
  recheck: 'btn-check-again',
  'resume-now': 'btn-try-now',
  'raise-budget': 'btn-raise',
};

const HOUR_MS = 3_600_000;

/** Suggested earliest time of a limited task: the reset plus an hour, on the hour. */
const notBefore = (wait: Waiting): number => Math.ceil((wait.deadline + HOUR_MS) / HOUR_MS) * HOUR_MS;

function link(key: Key, view: RunView, texts: Texts): ButtonSpec[] | null {
  const urls: Partial<Record<Key, string | null>> = {
    brd: view.links.brd,
    pr: view.links.pr,
    diff: view.links.diff,
  };
  if (!(key in urls)) return null;
  const url = urls[key];
  return url ? [{ text: texts.t(`btn-${key}`), url }] : [];
}

function button(key: Key, view: RunView, texts: Texts, options: ButtonOptions): ButtonSpec[] {
  const links = link(key, view, texts);
  if (links) return links;
  const { now, task, project } = view;
  if (key === 'rollback' && !canRollBack(view)) return [];
  const action = ACTION[key] ?? (key as Action);
  const sha = sha7(shownSha(task));
  if (key === 'confirm') {
    return [{ text: texts.t(project.deploy === 'none' ? 'btn-merge' : 'btn-deploy', { sha7: sha }), action }];
  }
  const wait = waitOf(now);
  if (key === 'not-before' && wait) {
    const at = notBefore(wait);
    return [
      { text: texts.t('btn-not-before', { time: texts.clock(at, view.at) }), action, payload: String(at) },
    ];
  }
  if (key === 'raise-budget') {
    return [
      {
        text: texts.t('btn-raise', { usd: cost(options.raiseUsd) }),
        action,
        payload: String(options.raiseUsd),
      },
    ];
  }
  return [{ text: texts.t(LABEL[key] ?? `btn-${key}`), action }];
}

/** A previous release exists and no rollback was done yet (SHIP-170). */
const canRollBack = (view: RunView): boolean =>
  view.previousServedSha !== null && view.task.watch?.rolledBack?.ok !== true && !view.watch?.rolledBack?.ok;

function keysOf(view: RunView): readonly Key[] {
  const { now, watch } = view;
  if (now.kind === 'ended') {
    const watching = watch?.state === 'WATCHING' || watch?.state === 'DEGRADED';
    return watching ? ['rollback'] : [];
  }
  if (now.kind === 'working') return BUTTONS.running;
  const cause = waitOf(now)?.cause;
  if (cause !== undefined && cause in BY_CAUSE) return BY_CAUSE[cause] ?? [];
  return BUTTONS[now.kind];
}

/** Buttons of the task's state, two to a row (chat.md 5.1); links that cannot be built are left out (CB-10). */
export function cardButtons(view: RunView, texts: Texts, options: ButtonOptions): ButtonSpec[][] {
  const flat = keysOf(view).flatMap((key) => button(key, view, texts, options));
  const rows: ButtonSpec[][] = [];
  for (let i = 0; i < flat.length; i += 2) rows.push(flat.slice(i, i + 2));
  return rows;
}
