import type { RunView } from '../../pipeline/view.ts';
import { hasRole, scopeOf } from '../access.ts';
import { type Ask, OK, type Outcome, say, USAGE } from '../ask.ts';
import type { Command } from '../command.ts';
import { stageLabel } from '../facts.ts';
import { bindingOf } from '../keyboard.ts';
import type { Line } from '../markup.ts';
import { sayDone } from '../questions.ts';
import { submit } from '../submit.ts';
import { firstWord, parseRef, withTask } from '../task-ref.ts';
import { taskCommand } from './decide.ts';

/** `/auto … deploy` needs an owner (chat.md section 3). */
async function auto(ask: Ask, view: RunView, rest: string): Promise<Outcome> {
  const [which, state] = rest.toLowerCase().split(/\s+/);
  if ((which !== 'approve' && which !== 'deploy') || (state !== 'on' && state !== 'off'))
    return { ...USAGE, binding: bindingOf(view) };
  if (which === 'deploy' && !hasRole(ask.user.role, 'owner')) {
    await say(ask, ask.texts.t('answer-forbidden', { role: 'owner' }));
    return { result: 'forbidden', reason: 'owner', binding: bindingOf(view) };
  }
  const done = submit(ask, { name: 'auto', view, args: { auto: which, on: state === 'on' } });
  return sayDone(ask, done);
}

async function showDeps(ask: Ask, view: RunView): Promise<Outcome> {
  const { texts } = ask;
  const edges = ask.house.env.control.dependencies(view.task.id);
  const lines = edges.map(
    ({ direction, wid, stage }): Line => [texts.t(`deps-${direction}`, { wid, stage: stageLabel(stage) })],
  );
  await say(ask, [
    [texts.t('deps-title', { wid: view.task.wid })],
    ...(lines.length > 0 ? lines : [[texts.t('deps-none')]]),
  ]);
  return { ...OK, binding: bindingOf(view) };
}

/** Adds or removes an edge; a cycle is refused by name (REC-103). */
async function editDep(ask: Ask, view: RunView, edit: { on: string; remove: boolean }): Promise<Outcome> {
  const { control } = ask.house.env;
  const ref = parseRef(edit.on);
  const [found] = ref ? control.find(ref, scopeOf(ask.user)) : [];
  if (!found) {
    await say(ask, ask.texts.t('reply-no-task', { ref: edit.on }));
    return { result: 'unknown-task', binding: bindingOf(view) };
  }
  const cycle = edit.remove ? null : control.cycleOf(view.task.id, found.task);
  if (cycle) {
    await say(ask, ask.texts.t('deps-cycle', { cycle: cycle.join(' → ') }));
    return { result: 'cycle', reason: cycle.join(' → '), binding: bindingOf(view) };
  }
  const args = { dependency: { on: found.wid, remove: edit.remove } };
  return sayDone(ask, submit(ask, { name: 'depend', view, args }));
}

async function deps(ask: Ask, args: string): Promise<Outcome> {
  const { word, rest } = firstWord(args);
  const edits = word === 'add' || word === 'rm';
  if (edits && !hasRole(ask.user.role, 'operator')) {
    await say(ask, ask.texts.t('answer-forbidden', { role: 'operator' }));
    return { result: 'forbidden', reason: 'operator' };
  }
  const input = { command: edits ? `deps ${word}` : 'deps', args: edits ? rest : args };
  return withTask(ask, input, (view, on) =>
    edits ? editDep(ask, view, { on: firstWord(on).word, remove: word === 'rm' }) : showDeps(ask, view),
  );
}

export const SWITCH_COMMANDS: readonly Command[] = [
  taskCommand(
    {
      name: 'auto',
      role: 'operator',
      group: 'decide',
      args: '<task> <approve|deploy> <on|off>',
      example: '/auto ORCH-042 approve on',
      changes: true,
    },
    auto,
  ),
  {
    name: 'deps',
    role: 'viewer',
    group: 'work',
    args: '<task> · add <task> <on-task> · rm <task> <on-task>',
    example: '/deps add ORCH-043 ORCH-042',
    changes: true,
    run: deps,
  },
];
