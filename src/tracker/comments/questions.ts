import { escapeHtml } from './html.ts';
import { type Lang, WORDS } from './words.ts';

const MAX_QUESTIONS = 10_000;

/** tracker.md 9.2; `toAnalyse` is the real name of the state, null where the project lacks it. */
export function renderQuestions(text: string, lang: Lang, toAnalyse: string | null): string {
  const { title, howTo } = WORDS[lang].questions;
  const answer = howTo(toAnalyse === null ? null : escapeHtml(toAnalyse));
  return `<p>❓ <b>${title}</b></p><p>${escapeHtml(text, MAX_QUESTIONS)}</p><p>${answer}</p>`;
}
