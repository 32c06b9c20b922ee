import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { renderStages } from '../../src/pipeline/reference.ts';

it('inc-84 the page of stages and gates is current (PIPE-8)', async () => {
  const page = await readFile(new URL('../../docs/reference/stages.md', import.meta.url), 'utf8');
  expect(page).toContain(renderStages().trim());
});
