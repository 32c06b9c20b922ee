import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MESSAGE_TEXT, readFormattedText } from '../../../src/bot/local-chat/formatted-text.ts';
import { createParams } from '../../../src/bot/local-chat/params.ts';
import { ApiRefusal } from '../../../src/bot/local-chat/refusal.ts';

const read = (text: string, limit = 4096) =>
  readFormattedText(
    createParams({ text, parse_mode: 'HTML' }),
    { ...MESSAGE_TEXT, limit },
    { allowLocalhost: false },
  );
const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

describe('HTML as Telegram reads it', () => {
  const cases: [title: string, html: string, text: string, entities: object[]][] = [
    [
      'nested marks',
      '<b>a<i>b</i></b>',
      'ab',
      [
        { type: 'bold', length: 2 },
        { type: 'italic', offset: 1 },
      ],
    ],
    [
      'aliases',
      '<strong>a</strong><em>b</em><del>c</del><ins>d</ins>',
      'abcd',
      [{ type: 'bold' }, { type: 'italic' }, { type: 'strikethrough' }, { type: 'underline' }],
    ],
    ['an empty closing tag', '<b>a</>', 'a', [{ type: 'bold' }]],
    ['numeric and named references', '&#65;&#x1F600;&lt;&nbsp;', 'A😀<&nbsp;', []],
    [
      'a code block with a language',
      '<pre><code class="language-ts">x</code></pre>',
      'x',
      [{ type: 'pre', language: 'ts', length: 1 }],
    ],
    [
      'code cut out of bold',
      '<b>a<code>b</code>c</b>',
      'abc',
      [
        { type: 'bold', offset: 0, length: 1 },
        { type: 'code', offset: 1, length: 1 },
        { type: 'bold', offset: 2, length: 1 },
      ],
    ],
    [
      'spoilers both ways',
      '<tg-spoiler>a</tg-spoiler><span class="tg-spoiler">b</span>',
      'ab',
      [
        { type: 'spoiler', offset: 0 },
        { type: 'spoiler', offset: 1 },
      ],
    ],
    [
      'an expandable quote',
      '<blockquote expandable>q</blockquote>',
      'q',
      [{ type: 'expandable_blockquote' }],
    ],
    ['a link Telegram does not like, as words', '<a href="javascript:alert(1)">x</a>', 'x', []],
    ['a link without a dot in its host, as words', '<a href="http://localhost/">x</a>', 'x', []],
    [
      'outer white space trimmed with its marks',
      ' \n<b>a </b>',
      'a',
      [{ type: 'bold', offset: 0, length: 1 }],
    ],
    ['an empty mark as nothing', 'a<b></b>', 'a', []],
    [
      'commands and addresses found by themselves',
      '/why https://a.example/x. @someone',
      '/why https://a.example/x. @someone',
      [
        { type: 'bot_command', offset: 0, length: 4 },
        { type: 'url', offset: 5, length: 19 },
        { type: 'mention', offset: 26 },
      ],
    ],
    [
      'no command in a path, in code or before a figure',
      'src/a/b <code>/x</code> 5/18',
      'src/a/b /x 5/18',
      [{ type: 'code' }],
    ],
  ];
  test.each(cases)('%s', (_title, html, text, entities) => {
    const parsed = read(html);
    expect(parsed.text).toBe(text);
    expect(parsed.entities).toMatchObject(entities);
    expect(parsed.entities).toHaveLength(entities.length);
  });

  test('SAFE-1: escaped text of any kind comes out as it went in, and is never a mark', () => {
    const marks = ['bold', 'italic', 'code', 'pre', 'text_link', 'spoiler'];
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), (text) => {
        fc.pre(text.trim() !== '' && !/\p{Cc}/u.test(text));
        const parsed = read(escapeHtml(text));
        expect(parsed.text).toBe(text.trim());
        expect(parsed.entities.filter(({ type }) => marks.includes(type))).toEqual([]);
      }),
    );
  });

  test('any input is either read or refused, and entities stay inside the text', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      'b',
      'a',
      'href',
      '=',
      '"',
      "'",
      '&',
      ';',
      '#x',
      ' ',
      '\n',
      'ж😀',
      '<b>',
      '</b>',
      '<pre>',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        try {
          const { text, entities } = read(parts.join(''));
          for (const { offset, length } of entities) {
            expect(offset >= 0 && length > 0 && offset + length <= text.length).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ApiRefusal);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
