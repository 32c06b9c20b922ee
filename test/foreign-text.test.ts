import { expect, test } from 'vitest';
import { createFence } from '../src/agent/brief/fence.ts';
import { maskTokens } from '../src/app/surfaces/mask-tokens.ts';
import { parseEpic } from '../src/bot/epic.ts';
import { failureOf } from '../src/cli/failure.ts';
import { readCounters } from '../src/delivery/metrics-text.ts';
import { readTestPlan } from '../src/gates/test-plan.ts';
import { readFrontmatter } from '../src/pipeline/frontmatter.ts';
import { intakeDescription } from '../src/pipeline/intake.ts';
import { extractReviewFindings } from '../src/pipeline/review-findings.ts';
import { extractTestFindings } from '../src/pipeline/test-findings.ts';
import { readToken } from '../src/pipeline/tokens.ts';
import { htmlToText } from '../src/tracker/plane/html-text.ts';
import { coverageIn } from '../src/workspace/coverage.ts';
import { countTests } from '../src/workspace/test-count.ts';

const SIZE = 256 * 1024;
/** Reading such a text takes some ten milliseconds; a pattern that tries every beginning takes half a minute. */
const BOUND_MS = 2000;

const filledWith = (part: string): string => part.repeat(SIZE / part.length);
const keys = Array.from({ length: SIZE / 10 }, (_, n) => `key-${n}: a`).join('\n');
const fence = createFence(() => 'a1b2', []);

test.each<[string, (text: string) => unknown, string]>([
  ['tags that never end, in an issue', htmlToText, filledWith('<')],
  ['ends of blocks that never end', htmlToText, filledWith('</p ')],
  ['tags that never end, at the entry gate', intakeDescription, filledWith('<a')],
  ['blank lines in the middle of a brief', (text) => fence('log', text), `${filledWith('\n')}.`],
  ['a verdict that is nothing but keys', (text) => readFrontmatter('12', text), `---\n${keys}\n---\n`],
  ['a test plan that is nothing but keys', readTestPlan, keys],
  ['a word of dashes', (text) => readToken([text]), `A ${filledWith('-')}A`],
  ['a heading of white space', (text) => extractReviewFindings(text, 1), `# ${filledWith(' ')}\u2028x`],
  ['a table of failures', (text) => extractTestFindings(text, 1), filledWith('| FAIL |\n')],
  ['blank lines of a test runner', countTests, filledWith('\n')],
  ['a summary that never ends', countTests, `Tests  ${filledWith('passed ')}`],
  ['many summaries that lead to nothing', countTests, filledWith(`== ${'passed in '.repeat(40)}\n`)],
  ['blank lines of a coverage tool', coverageIn, filledWith('\n')],
  ['a total that never ends', coverageIn, `TOTAL ${filledWith('1')}`],
  ['a log of beginnings of tokens', maskTokens, filledWith('eyJabcdefgh-')],
  ['a part of an epic with a gap', parseEpic, `Title\n- part${filledWith(' ')}.`],
  ['a part of an epic after after after', parseEpic, `Title\n- part ${filledWith('(after ')}.`],
  ['a metric with an endless name', readCounters, `${filledWith('http')}{status="200"} 1`],
  ['an error full of blanks', (text) => failureOf(new Error(text), { debug: false }), `${filledWith(' ')}.`],
])('REC-26 the event loop is not held up by %s', (_, read, text) => {
  const before = performance.now();
  read(text);
  expect(performance.now() - before).toBeLessThan(BOUND_MS);
});
