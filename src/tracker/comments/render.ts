import type { CommentKind } from '../../pipeline/effects.ts';
import type { IntakeProblem } from '../../pipeline/intake.ts';
import type { Role, Stage, StatusKey } from '../../pipeline/stages.ts';
import type { DocumentLink } from './documents.ts';
import type { Spent } from './format.ts';
import { cutComment } from './html.ts';
import { renderIntakeComment } from './intake.ts';
import { PARAGRAPHS } from './paragraphs.ts';
import { renderQuestions } from './questions.ts';
import { ICONS, renderStatusComment, roleTitle } from './status-comment.ts';
import { renderSummary, type SpentRun } from './summary.ts';
import type { Lang } from './words.ts';

/** Kinds that the engine posts beside those of its own effects. */
export type EngineComment = CommentKind | 'qg0';

export interface CommentInput {
  kind: EngineComment;
  lang: Lang;
  /** Where the task was when the comment was caused. */
  stage: Stage;
  author: Role | 'stream';
  params: Readonly<Record<string, unknown>>;
  task: { testedSha: string | null; headSha: string | null };
  /** Name of a control state in this project; null where it does not exist there (PLANE-48). */
  stateName: (key: StatusKey) => string | null;
  /** For dates in texts. Default `UTC`. */
  tz?: string;
  /** `finished`: PLANE-50. */
  verdict?: string | null;
  durationMs?: number | null;
  documents?: readonly DocumentLink[];
  usage?: Spent | null;
  /** `summary`: all runs of the task. */
  runs?: readonly SpentRun[];
  /** `qg0`. */
  problems?: readonly IntakeProblem[];
  /** `done`: what the project declares; `none` has nothing to deploy. */
  deploy?: 'hook' | 'agent' | 'none' | null;
  /** Told about whatever could not be built (PLANE-47). */
  onError?: (error: unknown) => void;
}

/** The text of one engine comment as HTML, at most 50,000 characters. Never throws (PLANE-47). */
export function renderComment(input: CommentInput): string {
  try {
    return cutComment(build(input));
  } catch (error) {
    input.onError?.(error);
    return fallback(input.author);
  }
}

function build(input: CommentInput): string {
  const { kind, lang, author } = input;
  switch (kind) {
    case 'finished':
      return renderStatusComment({
        ...input,
        role: author === 'stream' ? 'deployer' : author,
        approved: input.stateName('approved'),
        rejected: input.stateName('rejected'),
        ...(input.onError ? { onPart: input.onError } : {}),
      });
    case 'questions':
      return renderQuestions(String(input.params.text ?? ''), lang, input.stateName('to_analyse'));
    case 'summary':
      return renderSummary(input.runs ?? [], lang);
    case 'qg0':
      return renderIntakeComment(input.problems ?? [], lang);
    default:
      return `<p>${PARAGRAPHS[kind](input)}</p>`;
  }
}

function fallback(author: Role | 'stream'): string {
  return author === 'stream' ? '<p>ℹ️ Orchestrator</p>' : `<p>${ICONS[author]} ${roleTitle(author)}</p>`;
}
