import { describe, expect, it } from 'vitest';
import type { PingRow } from '../../src/bot/chat-store.ts';
import { linesText } from '../../src/bot/markup.ts';
import { renderPing } from '../../src/bot/pings.ts';
import { createCatalog } from '../../src/bot/texts.ts';
import { NOON, runOf, viewOf } from '../support/bot/views.ts';

const rowOf = (ping: string, params: PingRow['params']): PingRow => ({
  ...{ cause: 'c', chat: '1', task: 1, seq: 1, ping, sound: 'sound', params, stage: null, attempt: null },
  ...{ waiting: null, createdAt: NOON, sentAt: null, message: null, droppedAt: null },
});

const say = (
  lang: 'en' | 'ru',
  ping: string,
  params: PingRow['params'],
  host: string | null = 'w1',
): string => {
  const view = viewOf({ runs: [runOf('development', { host })] });
  const options = { texts: createCatalog()(lang, 'UTC'), now: NOON, mention: null };
  return linesText(renderPing(rowOf(ping, params), view, options));
};

/** Every word a text of section 8 asks for is filled by the machine or the surface, never by a dash. */
describe('words of pings', () => {
  const gate = { gate: 'security_gate', reason: 'gitleaks is not installed' };
  it.each([
    ['cannot-verify', { ...gate, how: 'remove-and-retry' }, 'Fix: remove the cause, then Retry, or Stop'],
    [
      'cannot-verify',
      { ...gate, how: 'declare' },
      'Fix: declare it in the project’s registry entry, then Retry',
    ],
    ['cannot-verify', { ...gate, how: 'install gitleaks' }, 'Fix: install gitleaks'],
    ['cannot-verify', gate, 'Fix: remove the cause, then Retry, or Stop'],
    [
      'deploy-failed-no-rollback',
      { reason: 'exit 1', why: 'hook-did-not' },
      'Not rolled back: the hook reported no rollback.',
    ],
    ['deploy-failed-no-rollback', { reason: 'exit 1' }, 'Not rolled back: no rollback was reported.'],
    ['not-stopped', { step: 'agent' }, 'could not prove that its processes on w1 are dead.'],
    ['not-stopped', { pgid: 4711, host: 'w2' }, 'could not prove that process group 4711 on w2 is dead.'],
    ['secrets-found', { n: 3 }, '3 possible secret(s) in the branch.'],
  ] as const)('%s with %o', (ping, params, words) => {
    expect(say('en', ping, params)).toContain(words);
    for (const lang of ['en', 'ru'] as const) expect(say(lang, ping, params)).not.toMatch(/—|\{/);
  });

  it('an approval says what the rest may cost and take, where enough was delivered', () => {
    const estimate = {
      ...{ tasks: 5, sameSize: true },
      ...{ usd: { typical: 3.1, high: 6 }, ms: { typical: 2_700_000, high: 7_200_000 } },
    };
    const view = viewOf({ estimate });
    const words = (lang: 'en' | 'ru', shown = view) =>
      linesText(
        renderPing(rowOf('approve', {}), shown, {
          texts: createCatalog()(lang, 'UTC'),
          now: NOON,
          mention: null,
        }),
      );
    expect(words('en')).toContain(
      '🔮 To deliver: about $3.10 and 45m of work, seldom over $6.00 and 120m (last 5 tasks of this size here)',
    );
    expect(words('ru')).toContain('примерно $3.10 и 45м работы');
    expect(words('en', viewOf())).not.toContain('🔮');
  });

  it('names the process group the newest run reported (section 8, not stopped)', () => {
    const progress = {
      phase: 'stopping',
      activity: null,
      turns: 1,
      tokensIn: 0,
      tokensOut: 0,
      costUsd: null,
    };
    const run = runOf('development', {
      host: 'w3',
      progress: { ...progress, estimated: false, model: null, at: NOON, pgid: 31337 },
    });
    const options = { texts: createCatalog()('en', 'UTC'), now: NOON, mention: null };
    expect(
      linesText(renderPing(rowOf('not-stopped', { step: 'agent' }), viewOf({ runs: [run] }), options)),
    ).toBe('🛑 SHOP-001: could not prove that process group 31337 on w3 is dead.');
  });

  it('without a started run it speaks of this host', () => {
    expect(say('en', 'not-stopped', {}, null)).toContain('on this host are dead');
    expect(say('ru', 'not-stopped', {}, null)).toContain('на этом хосте');
  });
});
