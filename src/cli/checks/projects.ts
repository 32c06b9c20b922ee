import { stat } from 'node:fs/promises';
import { describeProject } from '../../config/project-summary.ts';
import type { Project } from '../../pipeline/project.ts';
import { runProcess } from '../../subprocess.ts';
import type { Check, Place } from './check.ts';
import { type Found, hint, ok, problem } from './finding.ts';

export const PROJECTS: Check = {
  name: 'projects',
  about: 'the registry has projects, each says what it has and has not, and which gates are off',
  look({ loaded: { config, projects } }) {
    if (projects.length === 0) return [hint('the registry is empty', 'describe one in projects.json')];
    return projects.flatMap((project) => {
      const { repo, checks, staging, deploy, image, gates_off: off } = describeProject(project, config);
      const missing = Object.entries({ checks, staging, deploy, image })
        .filter(([, stated]) => stated === 'missing')
        .map(([name]) => name);
      return [
        missing.length === 0
          ? ok('everything is stated', repo)
          : problem(
              `does not say ${missing.join(', ')}`,
              'state each in projects.json, "none" where there is none',
              { of: repo },
            ),
        ...off.map((gate) => hint(gate, null, { of: `${repo}.gate-off` })),
      ];
    });
  },
};

const GIT_MS = 20_000;

/** Reads one ref, as the first clone will; asks nobody for a password. */
async function sourceFound(
  { env, home }: Place,
  { source = '', baseBranch, repo: of }: Project,
): Promise<Found> {
  if (source.startsWith('/') && (await stat(source).catch(() => null)) === null)
    return problem(`${source} does not exist`, 'correct "source" of the project', { of });
  const ended = await runProcess({
    argv: ['git', 'ls-remote', '--heads', '--', source, baseBranch],
    cwd: '/',
    env: {
      PATH: env.PATH ?? '',
      HOME: home,
      GIT_TERMINAL_PROMPT: '0',
      GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
    },
    deadlineMs: GIT_MS,
    killGraceMs: 1000,
    maxOutputBytes: 64 * 1024,
  });
  if (ended.exitCode !== 0) {
    const said = ended.stderrTail.trim().split('\n').at(-1) ?? '';
    return problem(
      `${source} cannot be read: ${said || 'no answer'}`,
      'check "source" and the rights of this user',
      { of },
    );
  }
  const [sha] = ended.stdoutTail.split('\t');
  return sha
    ? ok(`${source}, ${baseBranch} at ${sha.slice(0, 7)}`, of)
    : problem(`${source} has no branch ${baseBranch}`, 'push a first commit, or set base_branch', { of });
}

export const SOURCES: Check = {
  name: 'source',
  about: 'the repository each project of the local forge is taken from can be read and has its base branch',
  async look(place) {
    const mine = place.loaded.projects.filter(
      ({ forge, source }) => forge === 'local' && source !== undefined,
    );
    return Promise.all(mine.map((project) => sourceFound(place, project)));
  },
};
