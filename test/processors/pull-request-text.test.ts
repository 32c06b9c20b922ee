import { expect, test } from 'vitest';
import { createLinks } from '../../src/forge/gitea/links.ts';
import { pullRequestText } from '../../src/processors/pull-request-text.ts';

const links = createLinks({ publicUrl: 'https://git.example.test', owner: 'acme', repo: 'shop' });
const named = {
  ...{ wid: 'SHOP-007', title: 'Show it', branch: 'feature/SHOP-007-a#b' },
  issueUrl: 'https://plane.example.test/shop/issues/7',
};

test('FORGE-31 the body is a paragraph, links to documents and tracker issue, and the trailer', () => {
  expect(pullRequestText(named, links)).toEqual({
    title: 'SHOP-007: Show it',
    body: [
      'Show it',
      '',
      'Documents: [docs/work-items/SHOP-007](https://git.example.test/acme/shop/src/branch/feature/SHOP-007-a%23b/docs/work-items/SHOP-007)',
      'Issue: <https://plane.example.test/shop/issues/7>',
      '',
      'Work-Item: SHOP-007',
      '',
    ].join('\n'),
  });
});

test('FORGE-31, FORGE-80 without a public address the documents are named, not linked; a long title is cut', () => {
  const none = { file: () => null };
  const { title, body } = pullRequestText({ ...named, title: 'x'.repeat(300), issueUrl: null }, none);
  expect(title).toHaveLength(255);
  expect(body).toContain('Documents: `docs/work-items/SHOP-007/`\n\nWork-Item: SHOP-007\n');
});

test('a person’s words close no issue, mention nobody and format nothing', () => {
  const { body } = pullRequestText({ ...named, title: 'Fixes #3 for @ada\n\n# <b>`x`</b> [y](z)' }, links);
  expect(body.split('\n')[0]).toBe('Fixes \\#3 for \\@ada \\# \\<b\\>\\`x\\`\\</b\\> \\[y\\]\\(z\\)');
});
