import type { TestCount } from './count.ts';

/** Everything from tests passed to verified production: the room, its gates, the running system. */
export const DELIVERY_FILES = [
  'test/delivery/',
  'test/e2e/delivery/',
  'test/gates/security-',
  'test/gates/branch-mergeable',
  'test/gates/image-freshness',
];

/** The last line of `npm run test:delivery -- --json`. */
export const deliveryLine = ({ passed, failed, skipped }: TestCount): string =>
  JSON.stringify({ cases: passed + failed + skipped, passed });
