import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** What the last stage of the image takes over from the build. */
const copied = [...read('Dockerfile').matchAll(/^COPY --from=build (.+) \S+$/gm)].flatMap(([, from = '']) =>
  from.split(' ').map((name) => name.replace('/app/', '')),
);

it('the image carries everything the program reads from its own installation', () => {
  const wanted = [
    'package.json',
    'node_modules',
    'dist',
    'bin',
    'agents',
    'demo',
    'scripts/deploy-wrapper.sh',
  ];
  expect(wanted.filter((name) => !copied.includes(name))).toEqual([]);
  // The one file of `scripts/` that runs in production is read by this module.
  expect(read('src/app/delivery/hooks.ts')).toContain('../../scripts/deploy-wrapper.sh');
});

it('the image can tell the commit it was built from, as the reference hook builds it (SHIP-180)', () => {
  expect(read('Dockerfile')).toMatch(/^ARG COMMIT_SHA=$/m);
  expect(read('scripts/deploy-hook.sh')).toContain('--build-arg "COMMIT_SHA=$DEPLOY_SHA"');
});
