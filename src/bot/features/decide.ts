import { GATE_RULES, GATES, type GateName } from '../../pipeline/stages.ts';
import { shownSha } from '../../pipeline/transition.ts';
import type { RunView } from '../../pipeline/view.ts';
import { denialOf } from '../access.ts';
import { PERFORM } from '../actions.ts';
import { type Ask, type Outcome, say } from '../ask.ts';
import type { Action } from '../buttons.ts';
import type { Command } from '../command.ts';
import { sha7 } from '../format.ts';
import { bindingOf } from '../keyboard.ts';
import { prompt, refuseTooLong } from '../prompts.ts';
import { promptFor, questionFirst, sayDone } from '../questions.ts';
import { submit } from '../submit.ts';
import { firstWord, withTask } from '../task-ref.ts';

type OnTask = (ask: Ask, view: RunView, rest: string) => Promise<Outcome>;

/** A command about one task: finds it, checks approvers and length, then runs (ACC-10, RPL-3). */
export function taskCommand(head: Omit<Command, 'run' | 'args'> & { args?: string }, run: OnTask): Command {
  const command = { ...head, args: head.args ?? '<task>' };
  return {
    ...command,
    run: (ask, args) =>
      withTask(ask, { command: head.name, args }, async (view, rest) => {
        const denial = denialOf(ask, { role: head.role, action: head.name, project: view.project });
        if (denial !== null) {
          await say(ask, denial);
          return { result: 'forbidden', reason: 'approvers', binding: bindingOf(view) };
        }
        if (await refuseTooLong(ask, rest)) return { result: 'too-long', binding: bindingOf(view) };
        return run(ask, view, rest);
      }),
  };
}

const decide = { role: 'operator', group: 'decide', changes: true } as const;

/** Performs an action at once, or asks twice first. */
const perform =
  (action: Action): OnTask =>
  async (ask, view, rest) => {
    const payload = rest === '' ? null : rest;
    if (await questionFirst(ask, action, { view, payload }))
      return { result: 'asked', binding: bindingOf(view) };
    const done = PERFORM[action]?.({ ask, payload, bind: bindingOf(view, action), view });
    return done ? sayDone(ask, done) : { result: 'unavailable' };
  };

const approve: OnTask = async (ask, view, rest) => {
  const done = submit(ask, { name: 'approve', view, ...(rest ? { text: rest } : {}) });
  if (done.applied.ok && rest)
    submit(ask, { name: 'note', view: ask.house.env.control.view(view.task.id) ?? view, text: rest });
  await say(ask, done.applied.ok ? ask.texts.t('reply-approved') : done.text);
  return done;
};

const reject: OnTask = (ask, view, rest) =>
  rest === ''
    ? promptFor(ask, 'reject', view)
    : sayDone(ask, submit(ask, { name: 'reject', view, text: rest }));

const answer: OnTask = (ask, view, rest) =>
  rest === ''
    ? promptFor(ask, 'answer', view)
    : sayDone(ask, submit(ask, { name: 'answer', view, text: rest }));

/** A matching commit in the command is the second step; another one is refused with both (section 16.6). */
const confirm: OnTask = async (ask, view, rest) => {
  const { word } = firstWord(rest);
  if (word === '') return perform('confirm')(ask, view, '');
  const shown = shownSha(view.task) ?? '';
  const named = word.toLowerCase();
  if (view.now.kind === 'confirm' && (named.length < 7 || !shown.startsWith(named))) {
    await say(ask, ask.texts.t('answer-confirm-sha', { old: named.slice(0, 40), new: sha7(shown) }));
    return { result: 'stale_sha', binding: bindingOf(view, 'confirm') };
  }
  return sayDone(ask, submit(ask, { name: 'confirm-deploy', view }));
};

const gateNamed = (word: string): GateName | null =>
  GATES.find((gate) => gate === word || gate === `check_${word}`) ?? null;

const override: OnTask = async (ask, view, rest) => {
  const { word, rest: reason } = firstWord(rest);
  const gate = gateNamed(word);
  const overridable = GATES.filter((name) => GATE_RULES[name].overridable);
  if (gate === null) {
    await say(ask, ask.texts.t('reply-pick-gate', { gates: overridable.join(', ') }));
    return { result: 'unknown-gate' };
  }
  if (!GATE_RULES[gate].overridable) {
    await say(ask, ask.texts.t('reply-no-gate', { gate }));
    return { result: 'not_allowed', binding: bindingOf(view) };
  }
  if (reason === '') {
    const text = ask.texts.t('reply-ask-override', { gate, wid: view.task.wid });
    await prompt(ask, { action: 'override', text, payload: gate, binding: bindingOf(view) });
    return { result: 'asked', binding: bindingOf(view) };
  }
  return perform('override')(ask, view, JSON.stringify({ gate, reason }));
};

const simple =
  (name: 'retry' | 'regate' | 'fix'): OnTask =>
  async (ask, view, rest) =>
    sayDone(ask, submit(ask, { name, view, ...(rest ? { text: rest } : {}) }));

/** Decisions of people (PIPE-29). */
export const DECIDE_COMMANDS: readonly Command[] = [
  taskCommand({ ...decide, name: 'approve', args: '<task> [note]', example: '/approve ORCH-042' }, approve),
  taskCommand(
    { ...decide, name: 'reject', args: '<task> <reason>', example: '/reject ORCH-042 wrong page' },
    reject,
  ),
  taskCommand(
    { ...decide, name: 'answer', args: '<task> <text>', example: '/answer ORCH-042 CSV only' },
    answer,
  ),
  taskCommand(
    { ...decide, role: 'owner', name: 'confirm', args: '<task> [sha]', example: '/confirm ORCH-042 3f9a2c1' },
    confirm,
  ),
  taskCommand(
    { ...decide, name: 'stop', args: '<task> [reason]', example: '/stop ORCH-042 not needed' },
    perform('stop'),
  ),
  taskCommand(
    { ...decide, name: 'retry', args: '<task> [note]', example: '/retry ORCH-042' },
    simple('retry'),
  ),
  taskCommand({ ...decide, name: 'regate', example: '/regate ORCH-042' }, simple('regate')),
  taskCommand({ ...decide, name: 'fix', args: '<task> [note]', example: '/fix ORCH-042' }, simple('fix')),
  taskCommand(
    {
      ...decide,
      role: 'owner',
      name: 'override',
      args: '<task> <gate> <reason>',
      example: '/override ORCH-042 ci_green runner is broken',
    },
    override,
  ),
];
