import { isWorkStage, STAGE_RULES } from '../../pipeline/stages.ts';
import { escapeHtml } from './html.ts';
import type { CommentInput, EngineComment } from './render.ts';
import { roleTitle } from './status-comment.ts';
import { WORDS } from './words.ts';

type Paragraph = (input: CommentInput) => string;

/** A value of the effect, escaped; empty when it is absent. */
const text = ({ params }: CommentInput, key: string): string => escapeHtml(params[key]).trim();
const textOr = (input: CommentInput, key: string, fallback: string): string => text(input, key) || fallback;
const words = ({ lang }: CommentInput) => WORDS[lang];

/** First 7 digits of the commit the comment is about. */
const sha7 = ({ params, task }: CommentInput): string =>
  escapeHtml(String(params.sha ?? task.testedSha ?? task.headSha ?? '').slice(0, 7)) || '—';

/** The texts end with a full stop of their own. */
const sentence = (reason: string): string => reason.replace(/(?<!\.)\.+$/, '');

/** `2026-11-20 14:05 UTC`. */
function instant(at: unknown, tz = 'UTC'): string {
  if (typeof at !== 'number' || !Number.isFinite(at)) return '—';
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: tz, dateStyle: 'short', timeStyle: 'short' });
  return escapeHtml(`${parts.format(at)} ${tz}`);
}

const gateFailed: Paragraph = (input) =>
  words(input).gateFailed({
    stage: input.stage,
    check: textOr(input, 'check', textOr(input, 'cause', '—')),
    reason: textOr(input, 'reason', '—'),
  });

const rollback: Paragraph = (input) => {
  const { rollbackCauses } = words(input);
  const known = Object.entries(rollbackCauses).find(([name]) => name === input.params.cause);
  return words(input).rollback({
    what: known?.[1] ?? textOr(input, 'cause', '—'),
    reason: sentence(textOr(input, 'reason', '—')),
    n: textOr(input, 'n', '?'),
    max: textOr(input, 'max', '?'),
  });
};

const rejected: Paragraph = (input) => {
  const { noReason, rejectedAtAnalysis, rejected: later } = words(input);
  const given = text(input, 'reason');
  const reason = given === '' || given === WORDS.en.noReason ? noReason : given;
  if (input.stage === 'analysis' || !isWorkStage(input.stage)) return rejectedAtAnalysis(reason);
  const prev = STAGE_RULES[input.stage].previous;
  return later({ old: input.stage, prev, role: STAGE_RULES[prev].role, reason });
};

const blocked: Paragraph = (input) => {
  const { actions, blocked: say } = words(input);
  const known = Object.entries(actions).find(([cause]) => cause === input.params.cause);
  const action = textOr(input, 'action', known?.[1] ?? actions.other);
  return say({
    stage: textOr(input, 'failed', input.stage),
    reason: sentence(textOr(input, 'reason', textOr(input, 'cause', '—'))),
    action,
  });
};

const decided: Paragraph = (input) => {
  const by = textOr(input, 'by', '—');
  return input.params.what === 'approved'
    ? words(input).approvedBy(by)
    : words(input).confirmedBy(sha7(input), by);
};

const auto: Paragraph = (input) => {
  const label = textOr(input, 'label', '—');
  return input.params.what === 'approve'
    ? words(input).autoApproved(label)
    : words(input).autoConfirmed(sha7(input), label);
};

const confirm: Paragraph = (input) => {
  const name = input.stateName('confirm_deploy');
  return words(input).confirm({
    merge: (input.params.deploy ?? input.deploy) === 'none',
    sha: sha7(input),
    time: instant(input.params.time, input.tz),
    state: name === null ? null : escapeHtml(name),
  });
};

const ignored: Paragraph = (input) => {
  const { ignoredReasons, ignored: say } = words(input);
  const known = Object.entries(ignoredReasons).find(([reason]) => reason === input.params.reason);
  return say(textOr(input, 'status', '—'), known?.[1] ?? sentence(textOr(input, 'reason', '—')));
};

/** Every comment that is one paragraph (tracker.md 9.3), without its `<p>`. */
export const PARAGRAPHS: Readonly<
  Record<Exclude<EngineComment, 'finished' | 'questions' | 'summary' | 'qg0'>, Paragraph>
> = {
  started: (input) => words(input).started,
  empty: (input) => words(input).empty,
  relaunched: (input) => words(input).relaunched(roleTitle(input.author)),
  stage: (input) =>
    words(input).stage({
      old: textOr(input, 'old', '—'),
      next: textOr(input, 'new', input.stage),
      role: text(input, 'role') || null,
    }),
  'gate-failed': gateFailed,
  conflict: (input) => words(input).conflict(textOr(input, 'reason', '—')),
  rollback,
  'staging-failed': (input) => words(input).stagingFailed(textOr(input, 'reason', '—')),
  'deploy-failed': (input) => words(input).deployFailed(textOr(input, 'reason', '—')),
  rejected,
  blocked,
  decided,
  auto,
  confirm,
  'confirm-void': (input) => words(input).confirmVoid(textOr(input, 'reason', '—')),
  hold: (input) => words(input).hold(sentence(textOr(input, 'reason', '—'))),
  done: (input) =>
    (input.params.deploy ?? input.deploy) === 'none' ? words(input).doneMerged : words(input).done,
  watch: (input) => words(input).watch(text(input, 'state'), sentence(text(input, 'reason'))),
  stopped: (input) => words(input).stopped(text(input, 'archive') || null),
  ignored,
};
