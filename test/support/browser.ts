import { inject, type TestContext } from 'vitest';

/** Path of the browser for this e2e test; skips the test with the visible reason where there is none. */
export function requireChromium(context: Pick<TestContext, 'skip'>): string {
  const chromium = inject('chromium');
  if ('missing' in chromium) return context.skip(`no browser: ${chromium.missing}`);
  return chromium.path;
}
