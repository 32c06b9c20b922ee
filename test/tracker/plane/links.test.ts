import { expect, test } from 'vitest';
import { planeIssueUrl } from '../../../src/tracker/plane/links.ts';

const of = (webUrl: string) => planeIssueUrl({ webUrl, workspace: 'acme', project: 'p1', issue: 'i1' });

test.each([
  'http://localhost:3000',
  'http://plane.localhost',
  'http://127.0.0.1',
  'http://127.9.9.9:8080',
  'http://0.0.0.0',
  'http://[::1]:80',
  'http://2130706433',
  'ftp://plane.example.org',
  'javascript:alert(1)',
  'plane.example.org',
  '',
])('PLANE-11 %j makes no link', (webUrl) => {
  expect(of(webUrl)).toBeNull();
});

test('PLANE-11 trailing slashes are dropped and parts are encoded', () => {
  expect(of('https://plane.example.org//')).toBe('https://plane.example.org/acme/projects/p1/issues/i1/');
  expect(planeIssueUrl({ webUrl: 'https://p.example', workspace: 'a/b', project: 'p', issue: 'i' })).toBe(
    'https://p.example/a%2Fb/projects/p/issues/i/',
  );
  expect(planeIssueUrl({ webUrl: 'https://p.example', workspace: 'a', project: '', issue: 'i' })).toBeNull();
});
