import { edit, peek, write } from './desk.mjs';

/** Adds one line to the unreleased part of CHANGELOG.md, once. */
export async function addToChangelog(line) {
  const log = peek('CHANGELOG.md');
  if (log.includes(line)) return;
  // A project that keeps no such part gets one.
  if (!log.includes('## [Unreleased]')) {
    await write(
      'CHANGELOG.md',
      `${log.trim() || '# Changelog'}\n\n## [Unreleased]\n\n### Added\n\n- ${line}\n`,
    );
    return;
  }
  const added = /## \[Unreleased\]\n\n### Added\n\n/.exec(log)?.[0];
  const from = added ?? '## [Unreleased]\n';
  await edit('CHANGELOG.md', from, added ? `${added}- ${line}\n` : `${from}\n### Added\n\n- ${line}\n`);
}
