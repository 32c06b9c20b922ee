import { shownSha } from '../pipeline/transition.ts';
import type { RunView } from '../pipeline/view.ts';
import { readPayload } from './actions.ts';
import { type Ask, type Outcome, say } from './ask.ts';
import type { Action } from './buttons.ts';
import type { Binding } from './chat-store.ts';
import { stageLabel } from './facts.ts';
import { cost, sha7 } from './format.ts';
import { bindingOf } from './keyboard.ts';
import { prompt } from './prompts.ts';
import { askTwice, type TwoStep } from './two-step.ts';

/** Asks before a task action that needs a second step (CB-20). */
type Build = (ask: Ask, view: RunView, payload: string | null) => Omit<TwoStep, 'binding'> | null;

const BUDGET_FREE_STEPS = 4;

const STEPS: Partial<Record<Action, Build>> = {
  stop: (_ask, { task, now }, payload) => ({
    kind: now.kind === 'deploying' ? 'stop-window' : 'stop',
    args: { wid: task.wid, stage: stageLabel(task.stage) },
    action: 'stop',
    payload,
  }),
  confirm: (ask, { task, project }) => {
    if (!ask.house.env.settings.confirmTwoStep) return null;
    const args = {
      wid: task.wid,
      sha7: sha7(shownSha(task)),
      service: project.service,
      branch: project.baseBranch,
      repo: project.repo,
    };
    const kind = project.deploy === 'none' ? 'confirm-merge' : 'confirm';
    return { kind, args, action: 'confirm', payload: null };
  },
  override: (_ask, { task }, payload) => {
    const { gate, reason } = readPayload(payload);
    const args = { gate, wid: task.wid, sha7: sha7(task.headSha), reason };
    return { kind: 'override', args, action: 'override', payload };
  },
  'raise-budget': (ask, view, payload) => {
    const usd = readPayload(payload).usd ?? Number(payload);
    if (usd <= BUDGET_FREE_STEPS * ask.house.env.settings.raiseUsd) return null;
    const cap = cost((view.money.taskCapUsd ?? 0) + usd);
    return { kind: 'budget', args: { wid: view.task.wid, cap }, action: 'raise-budget', payload };
  },
  unfreeze: (ask, view) => {
    const { repo } = view.task;
    const freeze = ask.house.env.control.projects().find((project) => project.repo === repo)?.freezes[0];
    if (!freeze) return null;
    const args = { repo, time: ask.texts.clock(freeze.since, ask.at), reason: freeze.reason };
    return { kind: 'unfreeze', args, action: 'unfreeze', payload: JSON.stringify({ repo }) };
  },
  revert: (_ask, { task, project }) => ({
    kind: 'revert',
    args: { wid: task.wid, sha7: sha7(task.landedSha), repo: project.repo },
    action: 'revert',
    payload: null,
  }),
};

/** The second step an action needs now, or null when it may take effect at once. */
export function stepFor(
  ask: Ask,
  action: Action,
  about: { view: RunView; payload: string | null; bind?: Binding },
): TwoStep | null {
  const step = STEPS[action]?.(ask, about.view, about.payload) ?? null;
  return step === null ? null : { ...step, binding: about.bind ?? bindingOf(about.view, action) };
}

/** Asks twice where the action needs it; false when it needs no second step. */
export async function questionFirst(
  ask: Ask,
  action: Action,
  about: { view: RunView; payload: string | null },
): Promise<boolean> {
  const step = stepFor(ask, action, about);
  if (step === null) return false;
  await askTwice(ask, step);
  return true;
}

/** Asks for the reason or answer that a tap cannot carry. */
export async function promptFor(
  ask: Ask,
  action: 'reject' | 'answer',
  view: RunView,
  bind?: Binding,
): Promise<Outcome> {
  const key = action === 'reject' ? 'reply-ask-reason' : 'reply-ask-answer';
  const binding = bind ?? bindingOf(view, action);
  await prompt(ask, { action, text: ask.texts.t(key, { wid: view.task.wid }), binding });
  return { result: 'asked', binding };
}

/** Answers in the chat with what an action came to. */
export async function sayDone(ask: Ask, done: Outcome & { text: string }): Promise<Outcome> {
  await say(ask, done.text);
  return done;
}
