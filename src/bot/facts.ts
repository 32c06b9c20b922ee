import type { RunView } from '../pipeline/view.ts';
import type { WaitFacts } from '../pipeline/waiting.ts';
import { cost, sha7 } from './format.ts';
import type { Texts } from './texts.ts';

type Raw = Readonly<Record<string, string | number | boolean | null | undefined>>;

const CLOCKS = new Set(['time', 'when', 'until']);
const MONEY = new Set(['cap', 'spent', 'cost', 'capUsd', 'spentUsd']);
const STAGES = new Set(['stage', 'from', 'to']);

/** Labels of the stages; the same in every language (CARD-5). */
export const STAGE_LABELS: Readonly<Record<string, string>> = {
  created: 'Created',
  analysis: 'Analysis',
  architecture: 'Architecture',
  development: 'Development',
  review: 'Review',
  testing: 'Testing',
  'deploy-staging': 'Staging',
  deploy: 'Deploy',
  done: 'Done',
  cancelled: 'Stopped',
};

export const stageLabel = (stage: string): string => STAGE_LABELS[stage] ?? stage;

function word(key: string, value: string | number | boolean, texts: Texts, now: number): string {
  if (CLOCKS.has(key) && typeof value === 'number') return texts.clock(value, now);
  if (MONEY.has(key) && typeof value === 'number') return cost(value);
  if (STAGES.has(key)) return stageLabel(String(value));
  if (key === 'wall' || key === 'dur')
    return typeof value === 'number' ? texts.duration(value) : String(value);
  return String(value);
}

/** Facts of a wait or parameters of a ping as finished words for a text (WAIT-1, PING-6). */
export function factArgs(raw: Raw | WaitFacts, texts: Texts, now: number): Record<string, string> {
  const args: Record<string, string> = {};
  for (const [key, value] of Object.entries(raw)) {
    if (value === null || value === undefined || value === '') continue;
    args[key] = word(key, value, texts, now);
  }
  const { sha, prev, since, by, tested, landed } = raw as Readonly<
    Record<string, string | number | undefined>
  >;
  if (typeof sha === 'string') args.sha7 = sha7(sha);
  if (typeof prev === 'string') args.prev7 = sha7(prev);
  if (typeof tested === 'string') args.tested7 = sha7(tested);
  if (typeof landed === 'string') args.landed7 = sha7(landed);
  if (typeof since === 'number') {
    args.dur = texts.duration(now - since);
    args.time ??= texts.clock(since, now);
  }
  if (by !== undefined && by !== null) args.name ??= String(by);
  return args;
}

/** What every text may name about its task. */
export function viewArgs(view: RunView, texts: Texts): Record<string, string> {
  const { task, project } = view;
  const args: Record<string, string> = {
    wid: task.wid,
    title: task.title,
    repo: project.repo,
    project: project.name,
    service: project.service,
    branch: project.baseBranch,
    stage: stageLabel(task.stage),
    max: String(view.maxBounces),
    sha7: sha7(task.testedSha ?? task.headSha),
  };
  if (task.endedAt !== null) args.wall = texts.duration(task.endedAt - task.createdAt);
  return args;
}

/** A role in the reader's language. */
export const roleWord = (texts: Texts, role: string): string =>
  texts.has(`role-${role}`) ? texts.t(`role-${role}`) : role;
