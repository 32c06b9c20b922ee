import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUTTONS } from '../../src/bot/cards/card-buttons.ts';
import { COMMANDS } from '../../src/bot/commands.ts';
import { clean, cut, escapeText, linesHtml, splitLines } from '../../src/bot/markup.ts';
import { renderPing } from '../../src/bot/pings.ts';
import { causeWords, sentence, shortSentence } from '../../src/bot/sentence.ts';
import { REFUSALS } from '../../src/bot/submit.ts';
import { createCatalog, readSources } from '../../src/bot/texts.ts';
import { PING_KINDS } from '../../src/pipeline/effects.ts';
import { REJECT_REASONS } from '../../src/pipeline/events.ts';
import { WAITING_KINDS } from '../../src/pipeline/waiting.ts';
import { NOON, viewOf, waitingView } from '../support/bot/views.ts';

const catalog = createCatalog();
const LANGS = ['en', 'ru'] as const;
const CAUSES = [
  ...[
    'analysis-empty',
    'rework-exhausted',
    'no-progress',
    'no-verdict',
    'cannot-verify',
    'ci-timeout',
    'ci-silent',
  ],
  ...[
    'staging-failed',
    'deploy-failed',
    'dep-cycle',
    'agent-failed',
    'provider-exhausted',
    'analysis-returns',
  ],
  ...['project-changed', 'step-faulted', 'restart-loop', 'runaway', 'restored', 'unknown-state'],
  ...['pr-create-failed', 'merge-refused', 'merge-not-proven', 'tree-mismatch', 'deploy-unknown'],
];

const keysOf = (source: string): string[] =>
  [...source.matchAll(/^([a-z][A-Za-z0-9_-]*) =/gm)].map((match) => match[1] ?? '').sort();

const pingRow = (ping: string, params = {}) => ({
  cause: 'c',
  chat: '1',
  task: 1,
  seq: 1,
  ping,
  sound: 'sound' as const,
  params,
  stage: null,
  attempt: null,
  waiting: null,
  createdAt: NOON,
  sentAt: null,
  message: null,
  droppedAt: null,
});

describe('chat texts', () => {
  it('exist under the same keys in English and Russian (CHAT-6)', () => {
    const { en, ru } = readSources();
    expect(keysOf(ru)).toEqual(keysOf(en));
    expect(new Set(keysOf(en)).size).toBe(keysOf(en).length);
  });

  it('name the same variables in both languages', () => {
    const { en, ru } = readSources();
    const variables = (source: string) =>
      Object.fromEntries(
        source.split('\n').flatMap((line) => {
          const key = /^([a-z][A-Za-z0-9_-]*) =/.exec(line)?.[1];
          const names = new Set([...line.matchAll(/\$([A-Za-z0-9_]+)/g)].map((match) => match[1]));
          return key ? [[key, [...names].sort()]] : [];
        }),
      );
    expect(variables(ru)).toEqual(variables(en));
  });

  it.each(LANGS)(
    'have one complete sentence and short form for every waiting kind in %s (WAIT-1)',
    (lang) => {
      const texts = catalog(lang);
      for (const kind of WAITING_KINDS) {
        const view = waitingView(kind);
        expect(sentence(view, texts), kind).not.toMatch(/wait-|—|\{/);
        expect(shortSentence(view, texts), kind).not.toMatch(/short-|—|\{/);
        expect(BUTTONS[kind], kind).toBeDefined();
      }
    },
  );

  it.each(LANGS)('have words for every ping kind in %s (section 8)', (lang) => {
    const texts = catalog(lang);
    for (const kind of PING_KINDS) {
      const lines = renderPing(pingRow(kind), viewOf(), { texts, now: NOON, mention: null });
      expect(linesHtml(lines), kind).not.toMatch(/ping-|\{/);
    }
  });

  it.each(LANGS)('have words for every cause in %s (PING-6)', (lang) => {
    for (const cause of CAUSES) expect(catalog(lang).has(`cause-${cause}`), cause).toBe(true);
    expect(causeWords('runaway', { n: '3', day: '1' }, catalog(lang))).toContain('3');
  });

  it('have a sentence for every reject reason and a help line for every command', () => {
    for (const reason of REJECT_REASONS) expect(REFUSALS[reason], reason).toBeTypeOf('function');
    for (const { name } of COMMANDS) expect(catalog('en').has(`help-${name}`), name).toBe(true);
  });

  it('print a dash for what is missing and the key of what is unknown; a broken catalogue stops the start (CHAT-4)', () => {
    expect(catalog('en').t('wait-serial', { repo: 'shop' })).toBe(
      'Waits for its turn in shop: — is before it.',
    );
    expect(catalog('ru').t('no-such-text')).toBe('no-such-text');
    expect(() => createCatalog({ en: 'a = { $x', ru: '' })).toThrow(/texts of "en" cannot be read/);
    expect(createCatalog({ en: 'a = only here', ru: '' })('ru').t('a')).toBe('only here');
  });

  it('leave Plane out where it is not the tracker (PING-4)', () => {
    const texts = catalog('ru');
    const options = { texts, now: NOON, mention: null };
    const plane = viewOf({ project: { tracker: 'plane' } });
    expect(linesHtml(renderPing(pingRow('approve'), viewOf(), options))).not.toContain('Plane');
    expect(linesHtml(renderPing(pingRow('approve'), plane, options))).toContain('статус Approved в Plane');
  });
});

describe('markup', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('<', '>', '&', '"', '@', '\u202e', '\u0000', 'a', '💥', '\ud83d') }),
  );

  it('inc-94 of any text is balanced and carries no foreign tag, control character or mention (SAFE-1, SAFE-3)', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const html = escapeText(text);
        expect(html).not.toMatch(/[<>]/);
        expect(html.replace(/&(amp|lt|gt);/g, '')).not.toContain('&');
        expect(html).not.toMatch(/@\w/);
        expect(['\u0000', '\u202e'].some((unsafe) => clean(text).includes(unsafe))).toBe(false);
      }),
    );
  });

  it('is never cut inside a surrogate pair (SAFE-2)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, max) => {
        expect(cut(text, max + 1).length).toBeLessThanOrEqual(max + 1);
        expect(cut(text, max + 1)).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
      }),
    );
  });

  it('is split at line ends into messages that fit (SAFE-2)', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3000 }), { maxLength: 12 }), (texts) => {
        for (const part of splitLines(texts.map((text) => [text]))) {
          expect(linesHtml(part).length).toBeLessThanOrEqual(4096);
        }
      }),
    );
  });
});
