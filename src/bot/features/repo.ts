import type { FreezeScope } from '../../pipeline/effects.ts';
import { actorOf, scopeOf, sees } from '../access.ts';
import { announce } from '../actions.ts';
import { type Ask, OK, type Outcome, say, USAGE } from '../ask.ts';
import { NO_BINDING } from '../buttons.ts';
import type { Command } from '../command.ts';
import { sha7 } from '../format.ts';
import { bindingOf } from '../keyboard.ts';
import { cut, type Line } from '../markup.ts';
import type { ProjectInfo, RepoResult } from '../ports.ts';
import { NO_PROJECT, projectOf } from '../project-ref.ts';
import { prompt, refuseTooLong } from '../prompts.ts';
import { firstWord, parseRef, withTask } from '../task-ref.ts';
import { askTwice } from '../two-step.ts';

const SCOPES: readonly FreezeScope[] = ['intake', 'delivery', 'all'];
const repo = { group: 'repo', changes: true } as const;

async function sayResult(
  ask: Ask,
  result: RepoResult | undefined,
  words: { command: string; done: string },
): Promise<Outcome> {
  if (result === undefined) {
    await say(ask, ask.texts.t('reply-unavailable', { command: words.command }));
    return { result: 'unavailable' };
  }
  await say(ask, result.ok ? words.done : result.message);
  return result.ok ? OK : { result: 'refused', reason: result.message };
}

async function freeze(ask: Ask, args: string): Promise<Outcome> {
  const { word, rest } = firstWord(args);
  const project = await projectOf(ask, word);
  if (!project) return NO_PROJECT;
  const second = firstWord(rest);
  const named = SCOPES.find((scope) => scope === second.word.toLowerCase());
  const reason = named ? second.rest : rest;
  if (reason === '') return USAGE;
  if (await refuseTooLong(ask, reason)) return { result: 'too-long' };
  const scope = named ?? 'all';
  const result = ask.house.env.control.repo.freeze?.({
    repo: project.repo,
    scope,
    reason,
    actor: actorOf(ask.user),
  });
  if (result?.ok) announce(ask, 'frozen', { repo: project.repo, params: { scope, reason } });
  const done = ask.texts.t('reply-frozen', { repo: project.repo, scope });
  return sayResult(ask, result, { command: 'freeze', done });
}

async function unfreeze(ask: Ask, args: string): Promise<Outcome> {
  const { word, rest } = firstWord(args);
  const project = await projectOf(ask, word);
  if (!project) return NO_PROJECT;
  const [first] = project.freezes;
  if (!first) {
    await say(ask, ask.texts.t('reply-not-frozen', { repo: project.repo }));
    return { result: 'not_frozen' };
  }
  const time = ask.texts.clock(first.since, ask.at);
  await askTwice(ask, {
    kind: 'unfreeze',
    args: { repo: project.repo, time, reason: cut(first.reason, 300) },
    action: 'unfreeze',
    payload: JSON.stringify({ repo: project.repo, reason: rest }),
    binding: NO_BINDING,
  });
  return { result: 'asked' };
}

const claiming =
  (name: 'pause' | 'resume') =>
  async (ask: Ask, args: string): Promise<Outcome> => {
    const project = args === '' ? null : await projectOf(ask, args);
    if (args !== '' && !project) return NO_PROJECT;
    if (project === null && scopeOf(ask.user) !== null) {
      await say(ask, ask.texts.t('access-scope', { project: ask.texts.t('word-all') }));
      return { result: 'forbidden', reason: 'scope' };
    }
    const target = { repo: project?.repo ?? null, actor: actorOf(ask.user) };
    const result = ask.house.env.control.repo[name]?.(target);
    const what = project?.repo ?? ask.texts.t('reply-queue-all');
    return sayResult(ask, result, { command: name, done: ask.texts.t(`reply-${name}d`, { what }) });
  };

async function rollback(ask: Ask, args: string): Promise<Outcome> {
  const { word } = firstWord(args);
  if (parseRef(word) === null && (ask.replied === null || word !== '')) {
    const project = await projectOf(ask, word);
    return project ? planRollback(ask, { repo: project.repo, task: null }) : NO_PROJECT;
  }
  return withTask(ask, { command: 'rollback', args }, (view) =>
    planRollback(ask, { repo: view.task.repo, task: view.task.id }),
  );
}

/** Asks before a rollback; one that may not be safe needs the wid typed (SHIP-171). */
export async function planRollback(
  ask: Ask,
  target: { repo: string; task: number | null },
): Promise<Outcome> {
  const plan = ask.house.env.control.repo.rollbackPlan?.(target);
  if (!plan) return sayResult(ask, undefined, { command: 'rollback', done: '' });
  if (!plan.ok) return sayResult(ask, plan, { command: 'rollback', done: '' });
  const task = target.task ?? plan.task;
  const view = task === null ? null : ask.house.env.control.view(task);
  const binding = view ? bindingOf(view, 'rollback') : NO_BINDING;
  const payload = JSON.stringify({ repo: target.repo, sha: plan.sha });
  const named = { service: plan.service, sha7: sha7(plan.sha), prev7: sha7(plan.previousSha) };
  const question = { ...named, warning: plan.warning === null ? '' : ` ${plan.warning}` };
  if (plan.warning !== null && view) {
    const { t } = ask.texts;
    const text = `${t('ask-rollback', question)}\n${t('reply-ask-wid', { wid: view.task.wid })}`;
    await prompt(ask, { action: 'rollback-wid', text, payload, binding });
  } else {
    await askTwice(ask, { kind: 'rollback', args: question, action: 'rollback', payload, binding });
  }
  return { result: 'asked', binding };
}

async function projects(ask: Ask): Promise<Outcome> {
  const { texts } = ask;
  const seen = ask.house.env.control.projects().filter((project) => sees(ask.user, project.repo));
  const lines = seen.flatMap((project): Line[] => {
    const none = texts.t('word-none');
    const words = { ...project, staging: project.staging ?? none, deploy: project.deploy ?? none };
    const { name, repo, tracker, forge, staging, deploy, lastDeploy } = words;
    const frozen = project.freezes.map((freeze): Line => [`  ${texts.t('queue-frozen', { ...freeze })}`]);
    return [
      [texts.t('projects-row', { name, repo, tracker, forge, staging, deploy })],
      ...(project.gatesOff.length > 0
        ? [[`  ${texts.t('projects-off', { gates: project.gatesOff.join(', ') })}`]]
        : []),
      ...frozen,
      ...(project.paused ? [[`  ${texts.t('projects-paused', { name: project.paused.by })}`]] : []),
      ...(lastDeploy ? [[`  ${texts.t('projects-last', lastArgs(ask, lastDeploy))}`]] : []),
    ];
  });
  await say(ask, [
    [texts.t('projects-title')],
    ...(lines.length > 0 ? lines : [[texts.t('reply-no-projects')]]),
  ]);
  return OK;
}

const lastArgs = (ask: Ask, last: NonNullable<ProjectInfo['lastDeploy']>) => ({
  sha7: sha7(last.sha),
  time: ask.texts.clock(last.at, ask.at),
  result: last.result,
});

async function health(ask: Ask): Promise<Outcome> {
  const { texts, house } = ask;
  const lines = await house.env.control.health?.();
  if (!lines) return sayResult(ask, undefined, { command: 'health', done: '' });
  const connection = house.connection();
  const lost = house.env.store.unshownCards().filter(({ state }) => state === 'lost').length;
  const detail = lost > 0 ? `${connection}, ${texts.t('digest-failed', { n: lost })}` : connection;
  const chat = { name: texts.t('health-chat'), ok: connection === 'ok' && lost === 0, detail };
  const rows = [...lines, chat].map(
    ({ ok, name, detail }): Line => [`${ok ? '✅' : '❌'} ${name}: ${detail}`],
  );
  await say(ask, [[texts.t('health-title')], ...rows]);
  return OK;
}

export const REPO_COMMANDS: readonly Command[] = [
  {
    ...repo,
    name: 'freeze',
    role: 'operator',
    args: '<project> [intake|delivery|all] <reason>',
    example: '/freeze shop delivery release week',
    run: freeze,
  },
  {
    ...repo,
    name: 'unfreeze',
    role: 'owner',
    args: '<project> [reason]',
    example: '/unfreeze shop',
    run: unfreeze,
  },
  {
    ...repo,
    name: 'rollback',
    role: 'owner',
    args: '<project or task>',
    example: '/rollback shop',
    run: rollback,
  },
  { ...repo, name: 'pause', role: 'operator', args: '[project]', example: '/pause', run: claiming('pause') },
  {
    ...repo,
    name: 'resume',
    role: 'operator',
    args: '[project]',
    example: '/resume',
    run: claiming('resume'),
  },
  {
    ...repo,
    changes: false,
    name: 'projects',
    role: 'viewer',
    args: '',
    example: '/projects',
    run: projects,
  },
  { ...repo, changes: false, name: 'health', role: 'viewer', args: '', example: '/health', run: health },
];
