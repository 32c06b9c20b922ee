import { expect, test } from 'vitest';
import { maskTokens } from '../../../src/app/surfaces/mask-tokens.ts';

const A = 'Ab3'.repeat(14);

test.each([
  ['GitHub', `ghp_${A}`],
  ['GitHub, fine-grained', `github_pat_${A}`],
  ['GitLab', `glpat-${A.slice(0, 20)}`],
  ['Anthropic', `sk-ant-api03-${A}`],
  ['Slack', `xoxb-123456789012-${A.slice(0, 12)}`],
  ['npm', `npm_${A.slice(0, 36)}`],
  ['AWS', 'AKIAABCDEFGHIJKLMNOP'],
  ['Plane', `plane_api_${A.slice(0, 32)}`],
  ['Telegram', `123456789:${A.slice(0, 35)}`],
  ['a JWT', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${A.slice(0, 12)}`],
])('VIEW-6 a token of %s is masked in a log', (_, token) => {
  expect(maskTokens(`read ${token} from .env`)).toBe('read *** from .env');
});

test('VIEW-6 a password in an address, a header and a private key are masked', () => {
  expect(maskTokens('push https://bot:s3cr3t-word@git.example.test/a')).toBe(
    'push https://bot:***@git.example.test/a',
  );
  expect(maskTokens('Authorization: Bearer abcdef0123456789')).toBe('Authorization: Bearer ***');
  const key = [
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    'b3BlbnNzaC1rZXk',
    '-----END OPENSSH PRIVATE KEY-----',
  ].join('\n');
  expect(maskTokens(`cat id\n${key}\ndone`)).toBe('cat id\n***\ndone');
});

test('what an ordinary log holds stays as it is', () => {
  const log = [
    'commit 8683e3281cccc6b8e8edf624ff0fc52dfc926a4c',
    'GET http://127.0.0.1:8500/health 200',
    'src/task-list.ts:12:34 error TS2339',
    '2026-03-12T14:30:00.123Z run t12.development.2.g1',
    'https://git.example.test/acme/shop/compare/8683e32...db8ff0f',
  ].join('\n');
  expect(maskTokens(log)).toBe(log);
});
