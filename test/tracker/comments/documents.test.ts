import { expect, test } from 'vitest';
import { type DocumentsOf, documentsOf } from '../../../src/tracker/comments/documents.ts';

const of = (change: Partial<DocumentsOf>): DocumentsOf => ({
  role: 'analyst',
  stage: 'analysis',
  wid: 'SHOP-007',
  branch: 'feature/SHOP-007-x',
  prNumber: 12,
  lang: 'en',
  file: (path) => `https://git.example.org/${path}`,
  exists: () => true,
  branchUrl: 'https://git.example.org/branch',
  prUrl: 'https://git.example.org/pulls/12',
  ...change,
});

test.each([
  [
    'analyst',
    'analysis',
    ['Business request', 'BRD', 'Specification', 'Acceptance Criteria', 'Test Plan', 'UI Test Cases'],
  ],
  ['architect', 'architecture', ['ADR']],
  ['developer', 'development', ['Branch feature/SHOP-007-x', 'PR #12']],
  ['reviewer', 'review', ['Review']],
  ['tester', 'testing', ['Test report']],
  ['deployer', 'deploy-staging', ['Staging log']],
  ['deployer', 'deploy', ['Deploy log']],
] as const)('PLANE-50 the %s at %s lists its own documents', (role, stage, labels) => {
  expect(documentsOf(of({ role, stage })).map((document) => document.label)).toEqual(labels);
});

test('PLANE-50 the ADR link is the directory, a missing file is not listed, nothing linkable lists nothing', () => {
  expect(documentsOf(of({ role: 'architect', stage: 'architecture' }))).toEqual([
    { label: 'ADR', url: 'https://git.example.org/docs/work-items/SHOP-007/06-adr' },
  ]);
  const some = documentsOf(of({ lang: 'ru', exists: (path) => path.endsWith('02-trz.md') }));
  expect(some.map((document) => document.label)).toEqual(['ТЗ (TRZ)']);
  expect(documentsOf(of({ file: () => null }))).toEqual([]);
  expect(documentsOf(of({ role: 'developer', stage: 'development', branchUrl: null, prUrl: null }))).toEqual(
    [],
  );
});
