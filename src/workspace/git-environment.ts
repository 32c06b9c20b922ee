import type { GitOptions, GitPlace } from './git.ts';

/** A path in a repository is never a pattern, and no directory but the named one is trusted. */
const FIXED_CONFIG: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.quotePath', 'false'],
  ['protocol.ext.allow', 'never'],
  ['submodule.recurse', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['rerere.enabled', 'false'],
  ['commit.gpgSign', 'false'],
  ['core.symlinks', 'true'],
  ['advice.detachedHead', 'false'],
];

/** The whole environment of one git process (FORGE-71, FORGE-103): nothing is inherited from us. */
export function gitEnvironment(path: string, place: GitPlace, options: GitOptions): Record<string, string> {
  const trusted = [place.gitDir, place.commonDir, place.workTree].filter((dir) => dir !== undefined);
  const config = [
    ...FIXED_CONFIG,
    ...trusted.map((dir) => ['safe.directory', dir] as const),
    ...(options.config ?? []),
  ];
  return {
    PATH: path,
    HOME: '/dev/null',
    LC_ALL: 'C',
    GIT_DIR: place.gitDir,
    ...(place.commonDir ? { GIT_COMMON_DIR: place.commonDir } : {}),
    ...(place.workTree ? { GIT_WORK_TREE: place.workTree } : {}),
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'false',
    SSH_ASKPASS: 'false',
    GIT_EDITOR: 'true',
    GIT_SEQUENCE_EDITOR: 'true',
    GIT_PAGER: 'cat',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], i) => [
        [`GIT_CONFIG_KEY_${i}`, key],
        [`GIT_CONFIG_VALUE_${i}`, value],
      ]),
    ),
    ...options.env,
  };
}
