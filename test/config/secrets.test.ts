import { describe, expect, it } from 'vitest';
import { load, problemsOf } from './load-settings.ts';

describe('secrets (SET-7)', () => {
  const files = { '/run/token': 'top-secret\n', '/run/empty': '\n' };

  it('takes the value from <KEY>_FILE without one trailing newline', () => {
    const loaded = load({ ORCH_ADMIN_TOKEN_FILE: '/run/token' }, { files });
    expect(loaded.config.security.adminToken).toBe('top-secret');
    expect(loaded.secrets).toEqual(['top-secret']);
    expect(loaded.notices).toEqual([]);
  });

  it('refuses both forms together, a missing file and an empty one', () => {
    const both = problemsOf({ ORCH_ADMIN_TOKEN: 'a', ORCH_ADMIN_TOKEN_FILE: '/run/token' }, { files });
    expect(both.map(({ key }) => key)).toEqual(['ORCH_ADMIN_TOKEN']);
    for (const path of ['/run/none', '/run/empty']) {
      expect(problemsOf({ ORCH_ADMIN_TOKEN_FILE: path }, { files }).map(({ key }) => key)).toEqual([
        'ORCH_ADMIN_TOKEN_FILE',
      ]);
    }
  });

  it('warns about a file that others can read', () => {
    const { notices } = load(
      { ORCH_ADMIN_TOKEN_FILE: '/run/token' },
      { files, modes: { '/run/token': 0o100644 } },
    );
    expect(notices).toEqual([
      expect.stringContaining('ORCH_ADMIN_TOKEN_FILE: "/run/token" is readable by others'),
    ]);
  });

  it('never prints a secret in a complaint', () => {
    const problems = problemsOf({ ORCH_REDIS_URL: 'password@host' });
    expect(JSON.stringify(problems)).not.toContain('password@host');
  });

  it('accepts the file form of a member of a family', () => {
    const { config } = load({ ORCH_PLANE_BOT_STREAM_FILE: '/run/token' }, { files });
    expect(config.tracker.planeBot.stream).toBe('top-secret');
  });
});
