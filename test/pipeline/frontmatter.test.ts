import { describe, expect, it } from 'vitest';
import { ARTEFACT_MAX_BYTES, readFrontmatter } from '../../src/pipeline/frontmatter.ts';

const FILE = '12-review.md';
const read = (content: string | null) => readFrontmatter(FILE, content);

describe('the frontmatter reader (PIPE-65)', () => {
  const refusals: [string, string | null, string | RegExp][] = [
    ['a missing file', null, '12-review.md not found'],
    ['an empty file', '', 'No YAML frontmatter in 12-review.md'],
    ['prose before the block', 'Review\n---\na: b\n---\n', 'No YAML frontmatter in 12-review.md'],
    ['an indented fence', ' ---\na: b\n---\n', 'No YAML frontmatter in 12-review.md'],
    ['four dashes', '----\na: b\n---\n', 'No YAML frontmatter in 12-review.md'],
    ['a block without an end', '---\nverdict: APPROVED\n', 'Malformed YAML frontmatter in 12-review.md'],
    ['a fence inside a line only', '---\na: x --- y\n', 'Malformed YAML frontmatter in 12-review.md'],
    ['a list', '---\n- a\n---\n', 'Malformed YAML frontmatter in 12-review.md (not a mapping)'],
    ['a bare word', '---\nAPPROVED\n---\n', 'Malformed YAML frontmatter in 12-review.md (not a mapping)'],
    ['an empty block', '---\n---\n', 'Malformed YAML frontmatter in 12-review.md (not a mapping)'],
    ['broken YAML', '---\na: "b\n---\n', /^Invalid YAML frontmatter in 12-review\.md: [^\n]+$/],
    [
      'a duplicate key',
      '---\nverdict: REQUEST_CHANGES\nverdict: APPROVED\n---\n',
      /^Invalid YAML frontmatter in 12-review\.md: .*unique/,
    ],
    ['a second document', '---\na: b\n--- c: d\n---\n', /^Invalid YAML frontmatter in 12-review\.md: /],
  ];
  it.each(refusals)('refuses %s', (_what, content, reason) => {
    const result = read(content);
    expect(result.ok).toBe(false);
    expect(result).toEqual({
      ok: false,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });

  const values: [string, string, Record<string, string>][] = [
    ['a byte order mark and CRLF', '\uFEFF---\r\nverdict: APPROVED\r\n---\r\n', { verdict: 'APPROVED' }],
    ['trailing spaces after the first fence', '---  \nverdict: APPROVED\n---\n', { verdict: 'APPROVED' }],
    [
      '--- inside a value',
      '---\nnote: a --- b\nverdict: APPROVED\n---\n',
      { note: 'a --- b', verdict: 'APPROVED' },
    ],
    [
      'an indented --- inside a block value',
      '---\nnote: |\n  ---\n  x\nok: y\n---\n',
      { note: '---\nx', ok: 'y' },
    ],
    [
      'a boolean, a number and a quoted blank',
      '---\na: true\nb: 2\nc: " x "\n---\n',
      { a: 'true', b: '2', c: 'x' },
    ],
    [
      'digits with one e, as written',
      `---\ncommit: 1${'2'.repeat(37)}e1\n---\n`,
      { commit: `1${'2'.repeat(37)}e1` },
    ],
    ['null, blank, list and map as absent', '---\na: null\nb:\nc: [x]\nd: {e: f}\ng: ""\nh: ~\n---\n', {}],
    ['the original case', '---\nverdict: Approved\n---\n', { verdict: 'Approved' }],
    [
      'a harmless __proto__ key',
      '---\n__proto__: x\nverdict: A\n---\n',
      { ['__proto__']: 'x', verdict: 'A' },
    ],
  ];
  it.each(values)('reads %s', (_what, content, fields) => {
    const result = read(content);
    expect(result.ok && { ...result.fields }).toEqual(fields);
  });

  it('keeps the body, later fences included', () => {
    expect(read('---\na: b\n---\nbody\n---\nmore')).toMatchObject({ ok: true, body: 'body\n---\nmore' });
  });

  it('reads only the first MiB', () => {
    const late = `---\n${'#'.repeat(ARTEFACT_MAX_BYTES)}\nverdict: APPROVED\n---\n`;
    expect(read(late)).toEqual({ ok: false, reason: 'Malformed YAML frontmatter in 12-review.md' });
  });
});
