import { expect, it } from 'vitest';
import { parseEnvFile } from '../../src/config/env-file.ts';

it('reads raw JSON, = in values, export, comments, quotes and CRLF line ends (SET-2)', () => {
  const text = [
    '# a comment',
    '',
    'ORCH_PROJECTS_JSON=[{"repo":"a","name":"x = \'y\' # z"}]',
    'export ORCH_GITEA_TOKEN=abc==',
    'ORCH_LANG="ru"',
    "ORCH_TZ='UTC'",
    'ORCH_SELF_REPO="half',
    'ORCH_PUBLIC_URL=$HOME/`id`',
    '  ORCH_REDIS_PREFIX = spaced  ',
    'not a setting',
    '=nothing',
    '   # indented comment',
  ].join('\r\n');
  expect(parseEnvFile(text)).toEqual({
    ORCH_PROJECTS_JSON: '[{"repo":"a","name":"x = \'y\' # z"}]',
    ORCH_GITEA_TOKEN: 'abc==',
    ORCH_LANG: 'ru',
    ORCH_TZ: 'UTC',
    ORCH_SELF_REPO: '"half',
    ORCH_PUBLIC_URL: '$HOME/`id`',
    ORCH_REDIS_PREFIX: 'spaced',
  });
});
