import { expect, test } from 'vitest';
import { checkIntake, completeIntake, missingFields } from '../../src/pipeline/intake.ts';

const LIMITS = { titleMin: 5, titleMax: 80, descriptionMin: 20 };
const GOOD = 'x'.repeat(20);

test.each([
  ['x'.repeat(5), GOOD, []],
  ['x'.repeat(80), GOOD, []],
  ['👍'.repeat(80), '👍'.repeat(20), []],
  ['  xxxxx  ', `  ${GOOD}  `, []],
  ['xxxx', GOOD, [{ kind: 'title-short', n: 4, min: 5 }]],
  ['x'.repeat(81), GOOD, [{ kind: 'title-long', n: 81, max: 80 }]],
  ['', GOOD, [{ kind: 'title-short', n: 0, min: 5 }]],
  ['Untitled', GOOD, [{ kind: 'title-short', n: 0, min: 5 }]],
  ['xxxxx', 'x'.repeat(19), [{ kind: 'description-short', n: 19, min: 20 }]],
  ['xxxxx', '', [{ kind: 'description-short', n: 0, min: 20 }]],
  ['xxxxx', '<p>a</p><p>b   \n c</p>', [{ kind: 'description-short', n: 5, min: 20 }]],
  ['xxxxx', 'keep a < b and c > d as text', []],
  [
    'xx',
    'short',
    [
      { kind: 'title-short', n: 2, min: 5 },
      { kind: 'description-short', n: 5, min: 20 },
    ],
  ],
])('PIPE-18 title %j with description %j has problems %j', (title, description, problems) => {
  expect(checkIntake({ title, description }, LIMITS)).toEqual(problems);
});

test.each([
  ['', '', { title: true, description: true }],
  ['untitled', GOOD, { title: true, description: false }],
  ['ab', GOOD, { title: true, description: false }],
  ['abc', 'x'.repeat(19), { title: false, description: true }],
])('PIPE-19 of title %j and description %j what is missing', (title, description, missing) => {
  expect(missingFields({ title, description }, LIMITS)).toEqual(missing);
});

test.each([
  [
    { title: '', description: '' },
    { title: 'Fetched', description: 'long text' },
    { title: 'Fetched', description: 'long text' },
  ],
  [
    { title: 'Given', description: 'longer text' },
    { title: 'ab', description: 'short' },
    { title: 'Given', description: 'longer text' },
  ],
  [{ title: '', description: 'a' }, null, { title: 'untitled', description: 'a' }],
  [
    { title: ' ', description: 'a' },
    { title: '', description: 'b' },
    { title: 'untitled', description: 'b' },
  ],
])('inc-33 PIPE-19 %j completed by %j is %j', (given, fetched, whole) => {
  expect(completeIntake(given, fetched)).toEqual(whole);
});
