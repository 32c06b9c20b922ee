import { isDelivered } from '../../pipeline/stages.ts';
import type { CardNote, RunView } from '../../pipeline/view.ts';
import * as format from '../format.ts';
import type { Line } from '../markup.ts';
import type { Texts } from '../texts.ts';

const NOTES_MAX = 3;

function noteText(note: CardNote, texts: Texts): string {
  switch (note.kind) {
    case 'board-differs':
      return texts.t('note-board-differs', { status: note.status });
    case 'issue-gone':
      return texts.t('note-issue-gone');
    case 'restored':
      return texts.t('note-restored', { n: note.count });
    case 'foreign-push':
      return texts.t('note-foreign-push', { sha7: format.sha7(note.sha) });
    case 'branch-deleted':
      return texts.t('note-branch-deleted');
    case 'pr-closed':
      return texts.t('note-pr-closed');
    case 'merged-outside':
      return texts.t('note-merged-outside');
    case 'gate-off':
      return texts.t('note-gate-off', { gate: note.gate });
    case 'dependency-unchecked':
      return texts.t('note-dependency-unchecked', { dep: note.on });
    default:
      return note satisfies never;
  }
}

/** Automatic labels that are on, then at most three notes (CARD-11). */
export function flagLines(view: RunView, texts: Texts): Line[] {
  const { approve, deploy } = view.task.auto;
  const on = [...(approve ? ['autoApprove'] : []), ...(deploy ? ['autoDeploy'] : [])];
  const notes = view.notes.slice(0, NOTES_MAX).map((note): Line => [noteText(note, texts)]);
  return [...(on.length > 0 ? [[`🤖 ${on.join(' · ')}`]] : []), ...notes];
}

/** Tokens of all runs, failed ones included (CARD-7). */
export function usageTotals(view: RunView): { input: number; output: number; agentMs: number } {
  const totals = { input: 0, output: 0, agentMs: 0 };
  for (const { usage, progress, startedAt, endedAt } of view.runs) {
    totals.input += usage
      ? usage.inputTokens + usage.cacheReadTokens + usage.cacheCreationTokens
      : (progress?.tokensIn ?? 0);
    totals.output += usage ? usage.outputTokens : (progress?.tokensOut ?? 0);
    if (startedAt !== null) totals.agentMs += (endedAt ?? view.at) - startedAt;
  }
  return totals;
}

/** Totals and budget (CARD-12). */
export function moneyLines(view: RunView, texts: Texts): Line[] {
  const { input, output } = usageTotals(view);
  const { spentUsd, estimated, taskCapUsd } = view.money;
  const total = `💰 ${format.tokens(input)}↓/${format.tokens(output)}↑ · ${format.cost(spentUsd, estimated)}`;
  if (taskCapUsd === null || taskCapUsd <= 0) return [[total]];
  const percent = Math.round((spentUsd / taskCapUsd) * 100);
  const args = { spent: format.cost(spentUsd), cap: format.cost(taskCapUsd), p: percent };
  return [[total], [`${percent >= 80 ? '⚠️ ' : ''}${texts.t('card-budget', args)}`]];
}

/** The watch of production, while it goes on (CARD-13). */
export function watchLines(view: RunView, texts: Texts): Line[] {
  const { watch } = view;
  if (watch?.state !== 'WATCHING') return [];
  const text = texts.t('card-watch', { i: watch.ticks, n: watch.of });
  return [[watch.failed > 0 ? `${text} · ${texts.t('card-watch-failed', { f: watch.failed })}` : text]];
}

/** Times and what was delivered, once done (CARD-14). */
export function doneLines(view: RunView, texts: Texts): Line[] {
  const { task, project, links } = view;
  if (!isDelivered(task.stage)) return [];
  const human = task.review.ms + task.confirm.ms;
  const times = texts.t('card-total', {
    wall: texts.duration(task.endedAt === null ? null : task.endedAt - task.createdAt),
    sum: texts.duration(usageTotals(view).agentMs),
    human: texts.duration(human),
  });
  const sha = format.sha7(project.deploy === 'none' ? task.landedSha : (task.servedSha ?? task.landedSha));
  const shipped = texts.t(project.deploy === 'none' ? 'card-merged' : 'card-deployed', { sha7: sha });
  if (task.prNumber === null) return [[times], [shipped]];
  const pr = texts.t('card-pr', { n: task.prNumber });
  return [[times], [links.pr ? { link: pr, url: links.pr } : pr, ` · ${shipped}`]];
}
