import { expect, test } from 'vitest';
import { htmlToText } from '../../../src/tracker/plane/html-text.ts';
import { toPlaneIssue } from '../../../src/tracker/plane/wire.ts';

test.each([
  ['<p>One</p><p>two  three</p>', 'One\ntwo three'],
  ['a<br>b<br/>c', 'a\nb\nc'],
  ['<ul><li>x</li><li>y</li></ul>', 'x\ny'],
  ['a <b>bold</b> word', 'a bold word'],
  ['&lt;b&gt; &amp;amp; &#39;&#x27;&nbsp;x', "<b> &amp; '' x"],
  ['&constructor; &toString;', '&constructor; &toString;'],
  ['&unknown; &#999999999;', '&unknown; &#999999999;'],
  ['', ''],
])('PLANE-7 %j reads %j', (html, text) => {
  expect(htmlToText(html)).toBe(text);
});

test.each([
  [{ description_stripped: '  plain ', description_html: '<p>other</p>' }, 'plain'],
  [{ description_stripped: ' ', description_html: '<p>from html</p>' }, 'from html'],
  [{ description_stripped: 'None', description_html: '<p>from html</p>' }, 'from html'],
  [{ description_stripped: null, description_html: 'None' }, ''],
])('PLANE-7 of %j the description is %j', (fields, description) => {
  expect(toPlaneIssue({ id: 'i', ...fields })?.description).toBe(description);
});

test('PLANE-5 states and labels come as ids or as objects, absent values as words', () => {
  const issue = toPlaneIssue({
    id: 'i',
    name: 'None',
    state: { id: 's', name: 'Todo' },
    labels: ['l1', { id: 'l2', name: 'x' }, 'None', null],
    sequence_id: '7',
    archived_at: 'None',
    updated_at: '2026-11-20T10:00:00Z',
    updated_by: { id: 'u' },
  });
  expect(issue).toMatchObject({
    title: '',
    state: 's',
    labels: ['l1', 'l2'],
    seq: 7,
    archived: false,
    updatedBy: 'u',
  });
  expect(issue?.updatedAt).toBe(Date.parse('2026-11-20T10:00:00Z'));
  for (const nothing of [null, 7, [], {}, { id: 'None' }]) expect(toPlaneIssue(nothing)).toBeNull();
});
