import type { IntakeProblem } from '../../pipeline/intake.ts';
import { escapeHtml } from './html.ts';
import { type Lang, WORDS } from './words.ts';

/** One QG-0 problem in words (PLANE-51); plain text, for every surface. */
export function intakeProblemText(problem: IntakeProblem, lang: Lang): string {
  const words = WORDS[lang];
  switch (problem.kind) {
    case 'title-short':
      return words.titleShort(problem.n, problem.min);
    case 'title-long':
      return words.titleLong(problem.n, problem.max);
    case 'description-short':
      return words.descriptionShort(problem.n, problem.min);
    default:
      return problem satisfies never;
  }
}

/** The comment a refused issue gets (PLANE-51). */
export function renderIntakeComment(problems: readonly IntakeProblem[], lang: Lang): string {
  const items = problems.map((problem) => `<li>${escapeHtml(intakeProblemText(problem, lang))}</li>`);
  return `<p>⚠️ ${WORDS[lang].intakeTitle}</p><ul>${items.join('')}</ul>`;
}
