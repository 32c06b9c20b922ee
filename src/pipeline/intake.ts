/** One thing QG-0 found wrong with a request; lengths in Unicode code points (PIPE-18). */
export type IntakeProblem =
  | { kind: 'title-short' | 'description-short'; n: number; min: number }
  | { kind: 'title-long'; n: number; max: number };

export interface IntakeText {
  title: string;
  /** May hold HTML: its tags do not count. */
  description: string;
}

export interface IntakeLimits {
  titleMin: number;
  titleMax: number;
  descriptionMin: number;
}

/** What counts as no title at all, whatever the limits are (PIPE-19). */
const MISSING_TITLE_BELOW = 3;

const lengthOf = (text: string): number => [...text].length;

/** A description as QG-0 counts it: HTML stripped, white space collapsed, trimmed. */
export const intakeDescription = (description: string): string =>
  description
    .replace(/<\/?[a-z][^<>]*>/gi, ' ')
    .replace(/&nbsp;/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim();

/** True for an empty title, `untitled` in any case, and one shorter than 3 (PIPE-19). */
export function isTitleMissing(title: string): boolean {
  const text = title.trim();
  return lengthOf(text) < MISSING_TITLE_BELOW || text.toLowerCase() === 'untitled';
}

/** Which fields are worth one request for the issue's own text (PIPE-19). */
export function missingFields(text: IntakeText, limits: Pick<IntakeLimits, 'descriptionMin'>) {
  return {
    title: isTitleMissing(text.title),
    description: lengthOf(intakeDescription(text.description)) < limits.descriptionMin,
  };
}

/** The request completed by what the tracker answered: a longer description, a title that is one (PIPE-19). */
export function completeIntake(given: IntakeText, fetched: IntakeText | null): IntakeText {
  const useTitle = fetched !== null && lengthOf(fetched.title.trim()) >= MISSING_TITLE_BELOW;
  const useDescription =
    fetched !== null &&
    lengthOf(intakeDescription(fetched.description)) >= lengthOf(intakeDescription(given.description));
  const title = (useTitle ? fetched.title : given.title).trim();
  return {
    title: title === '' ? 'untitled' : title,
    description: useDescription ? fetched.description : given.description,
  };
}

/** QG-0: every problem of a request at once; none means it may start (PIPE-18, PIPE-20). */
export function checkIntake(text: IntakeText, limits: IntakeLimits): IntakeProblem[] {
  const problems: IntakeProblem[] = [];
  const title = text.title.trim();
  const titleLength = isTitleMissing(title) ? missingLength(title) : lengthOf(title);
  if (isTitleMissing(title) || titleLength < limits.titleMin)
    problems.push({ kind: 'title-short', n: titleLength, min: limits.titleMin });
  else if (titleLength > limits.titleMax)
    problems.push({ kind: 'title-long', n: titleLength, max: limits.titleMax });
  const n = lengthOf(intakeDescription(text.description));
  if (n < limits.descriptionMin) problems.push({ kind: 'description-short', n, min: limits.descriptionMin });
  return problems;
}

/** `untitled` stands for no title, so it is reported as 0 characters. */
const missingLength = (title: string): number => (title.toLowerCase() === 'untitled' ? 0 : lengthOf(title));
