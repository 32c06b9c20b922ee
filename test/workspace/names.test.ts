import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  assertRepoName,
  assertSha,
  assertWid,
  isBranchName,
  slugOf,
  taskBranchName,
  utcStamp,
} from '../../src/workspace/names.ts';
import { whyRefused } from '../../src/workspace/push-target.ts';
import { below, repoPath } from '../../src/workspace/safe-path.ts';

test.each([
  ['Show delivery date in cart', 'show-delivery-date-in-cart'],
  ['Экспорт отчётов в CSV', 'eksport-otchetov-v-csv'],
  ['Über-Größe: 50 % Rabatt', 'uber-grosse-50-rabatt'],
  ['日本語', ''],
  ['Подъезд, Щука и Ёж', 'podezd-shchuka-i-ezh'],
  ['Їжак і ґанок, Є', 'yizhak-i-ganok-ye'],
  ['İstanbul ışık', 'istanbul-isik'],
  ['ÆØŁĐÞ œuvre', 'aeoldth-oeuvre'],
  [`${'a'.repeat(29)} bcd`, 'a'.repeat(29)],
  ['cafe\u0301 ﬁne', 'cafe-fine'],
])('FORGE-63 the slug of %j is %j', (title, slug) => {
  expect(slugOf(title)).toBe(slug);
});

test('inc-83 FORGE-64 every title gives a branch name git accepts, at most 30 characters of slug', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (title) => {
      const branch = taskBranchName('SHOP-007', title, { taken: () => false, fallbackId: 'abcdef01-2345' });
      expect(branch).toMatch(/^feature\/SHOP-007(-[a-z0-9][a-z0-9-]{0,29})?$/);
      expect(branch.endsWith('-')).toBe(false);
    }),
  );
});

test('FORGE-64 a taken name gets the first eight characters of the fallback id', () => {
  const name = (fallbackId: string) => taskBranchName('SHOP-007', 'x', { taken: () => true, fallbackId });
  expect(name('abcdef01-2345')).toBe('feature/SHOP-007-abcdef01');
  expect(name('http:d9520d6b-8b6f-481c')).toBe('feature/SHOP-007-d9520d6b');
});

test.each([
  '',
  '-a',
  'a..b',
  'a b',
  'a~1',
  'a.lock',
  'a/.b',
  'a//b',
  '/a',
  'a/',
  'a@{b',
  'a\\b',
  'a\nb',
  '@',
  'a.',
])('FORGE-101 %j is no branch name', (branch) => {
  expect(isBranchName(branch)).toBe(false);
});

test('FORGE-101 names are checked before they become part of a path, ref or URL', () => {
  for (const repo of ['a/../b', '..', '.git', '_wt', '-x', 'a/b', '', 'x.git'])
    expect(() => assertRepoName(repo), repo).toThrow();
  for (const wid of ['SHOP-07', 'shop-007', 'SHOP-007/..', 'SHOP-007\n'])
    expect(() => assertWid(wid)).toThrow();
  expect(() => assertSha('a'.repeat(39))).toThrow();
  expect(() => assertSha('a'.repeat(64))).not.toThrow();
  expect(utcStamp(Date.UTC(2026, 10, 20, 1, 2, 3))).toBe('20261120T010203Z');
});

test.each(['..', '../x', '/etc/passwd', 'a/../b', 'a/./b', '.git/config', 'a/.GIT/x', 'a\\b', 'a\0b', ''])(
  'FORGE-102 %j is no repository path',
  (file) => {
    expect(() => repoPath(file)).toThrow();
  },
);

test('FORGE-102 a computed path must lie below its root', () => {
  expect(below('/r', 'a', 'b')).toBe('/r/a/b');
  for (const part of ['..', '.', '', '/x', 'a/../..']) expect(() => below('/r', part), part).toThrow();
});

const SHA = 'a'.repeat(40);
test.each([
  ['refs/heads/feature/SHOP-007', undefined, true],
  ['refs/heads/feature/SHOP-007-x', SHA, true],
  ['refs/heads/staging-log/SHOP-007-20260101000000', undefined, true],
  ['refs/heads/deploy-log/SHOP-007-20260101000000', undefined, true],
  ['refs/heads/revert/SHOP-007-1', undefined, true],
  ['refs/archive/SHOP-007/20260101T000000Z', undefined, true],
  ['refs/tags/archive/SHOP-007/20260101T000000Z', undefined, true],
  ['refs/heads/main', undefined, false],
  ['main', undefined, false],
  ['refs/heads/feature/SHOP-0071', undefined, false],
  ['refs/heads/feature/SHOP-008-x', undefined, false],
  ['refs/archive/SHOP-008/x', undefined, false],
  ['refs/tags/v1.0.0', undefined, false],
  ['+refs/heads/feature/SHOP-007', undefined, false],
  ['refs/heads/feature/SHOP-007:refs/heads/main', undefined, false],
  ['refs/archive/SHOP-007/x', SHA, false],
  ['refs/heads/deploy-log/SHOP-007-1', SHA, false],
  ['refs/heads/feature/SHOP-007', 'main', false],
])('FORGE-90 push to %s with lease %s is allowed: %s', (ref, lease, allowed) => {
  const why = whyRefused({ wid: 'SHOP-007', sha: SHA, ref, ...(lease ? { lease } : {}) }, 'main');
  expect(why === null).toBe(allowed);
  if (!allowed && lease === undefined) expect(why).toContain(ref);
});

test('FORGE-90 a project whose main looks like a task branch is still never pushed', () => {
  const request = { wid: 'SHOP-007', sha: SHA, ref: 'refs/heads/feature/SHOP-007' };
  expect(whyRefused(request, 'feature/SHOP-007')).toContain('never pushed');
});
