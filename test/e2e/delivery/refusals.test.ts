import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type System, startSystem } from '../../support/system.ts';

/** Put together here, so that no scanner finds it in this repository. */
const TOKEN = ['ghp', 'w9Xq3R7tYu2PzLk8Vb5NmHs6Ej1Fa4Gd0CiO'].join('_');
/** Kept out of the task's own text, which is committed too. */
const hidden = (text: string): string => `base64:${Buffer.from(text).toString('base64')}`;
const SOURCE = hidden(`export const token = '${TOKEN}';\n`);
const RULES = JSON.stringify({ rules: [] });

describe.concurrent('what a gate refuses is never delivered', () => {
  let system: System;
  beforeAll(async () => {
    const lacking = (repo: string, prefix: string, keys: string[]) => ({
      repo,
      prefix,
      service: repo,
      ...Object.fromEntries(keys.map((key) => [key, undefined])),
    });
    system = await startSystem({
      settings: { ORCH_POST_DEPLOY_ENABLED: 'false' },
      more: [
        lacking('no-checks', 'NOCHECK', ['checks', 'ci']),
        lacking('no-staging', 'NOSTAGE', ['staging']),
        lacking('no-deploy', 'NODEP', ['deploy']),
        lacking('no-health', 'NOHEALTH', ['health']),
        lacking('no-image', 'NOIMAGE', ['image']),
      ],
    });
  });
  afterAll(() => system?.close());

  const secrets: [string, Parameters<System['newTask']>[1]][] = [
    ['in a commit', [{ write: { 'src/token.js': SOURCE } }]],
    ['in the history of a deleted file', [{ write: { 'key.txt': hidden(TOKEN) } }, { remove: ['key.txt'] }]],
    [
      'behind a scanner configuration the branch weakened',
      [
        {
          write: { '.secretlintrc.json': RULES, '.secretlintignore': '**\n', '.gitleaksignore': '*\n' },
        },
        { write: { 'src/token.js': SOURCE } },
      ],
    ],
  ];

  test.each(secrets)(
    'a secret %s goes back to the developer, autoDeploy or not (SHIP-46, PIPE-36)',
    async (_, commits) => {
      const main = system.git('rev-parse', 'main');
      const id = await system.newTask('Use the token', commits);
      system.command(id, 'auto', { args: { auto: 'deploy', on: true } });
      const refused = await system.approve(id, 'a bounce', ({ bounces }) => bounces.length > 0);
      expect(refused.bounces[0]).toMatchObject({ cause: 'security', reason: '1 possible secret' });
      system.command(id, 'stop', { text: 'seen' });
      await system.until(id, 'cancelled', ({ stage }) => stage === 'cancelled');
      expect(system.git('rev-parse', 'main')).toBe(main);
      expect(system.app.parts.house.deploys.latest(id)).toBeNull();
      expect(system.hookCalls()).toEqual([]);
      const said = JSON.stringify(system.app.parts.house.verdicts.of(id));
      expect(said).not.toContain(TOKEN);
    },
  );

  const missing: [project: string, key: string][] = [
    ['no-checks', 'checks'],
    ['no-staging', 'staging'],
    ['no-image', 'image'],
    ['no-deploy', 'deploy'],
    ['no-health', 'health.url'],
  ];
  test.each(missing)('%s: blocked with the sentence that names `%s` (PIPE-11)', async (project, key) => {
    const id = await system.newTask('Write a note', [{ write: { 'note.md': '# Note\n' } }], { project });
    const held = await system.carry(id, 'blocked', ({ activity }) => activity.kind === 'blocked');
    expect(held.activity).toMatchObject({ cause: 'cannot-verify' });
    expect((held.activity as { reason?: string }).reason).toContain(`set ${key}, or declare`);
    expect(held.landedSha).toBeNull();
    expect(system.hookCalls()).toEqual([]);
  });
});
