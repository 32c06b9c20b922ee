import type { GiteaFacts } from '../../forge/gitea/setup.ts';
import { ENGINE_CONTEXT } from '../../gates/ci/engine.ts';
import type { Project } from '../../pipeline/project.ts';
import { type Found, hint, ok, problem } from './finding.ts';

type Rule = (facts: GiteaFacts, project: Project) => Found | null;

/** An unknown value is no problem: the first use tells. */
const RULES: readonly Rule[] = [
  ({ loginRefused }) =>
    loginRefused === undefined
      ? null
      : problem(loginRefused, 'make a token with the scopes read:user, write:repository and write:issue'),
  ({ archived }) => (archived ? problem('the repository is archived', 'unarchive it') : null),
  ({ empty }) => (empty ? problem('the repository is empty', 'push a first commit to main') : null),
  ({ mayPush }) =>
    mayPush === false
      ? problem('the token may not push', 'give its user write access; the token needs write:repository')
      : null,
  ({ defaultBranch }, { baseBranch }) =>
    defaultBranch !== undefined && defaultBranch !== baseBranch
      ? problem(
          `default branch is ${defaultBranch}, expected ${baseBranch}`,
          'set base_branch of the project',
        )
      : null,
  ({ allowsMerge, allowsFastForward }) =>
    allowsMerge === false && allowsFastForward === false
      ? problem(
          'neither merge commits nor fast-forward merges are allowed',
          'allow one of them in the settings of the repository',
        )
      : null,
  ({ mainProtected }, { baseBranch }) =>
    mainProtected === false
      ? hint(
          `${baseBranch} is not protected`,
          'protect it against direct pushes; merges by the bot stay allowed',
        )
      : null,
  ({ mainProtected, mayPushMain, login }, { baseBranch }) =>
    mainProtected && mayPushMain
      ? hint(
          `${login ?? 'the bot'} may push to ${baseBranch} directly`,
          'take its user off the push allow list; it merges only',
        )
      : null,
  ({ mayMergeMain, login }, { baseBranch }) =>
    mayMergeMain === false
      ? problem(
          `${login ?? 'the bot'} may not merge into ${baseBranch}`,
          'add its user to the merge allow list of the branch protection',
        )
      : null,
  ({ requiredApprovals: n }, { baseBranch, requirePrReview }) =>
    n > 0 && !requirePrReview
      ? hint(
          `${baseBranch} wants ${n} approval(s) before a merge`,
          'set "require_pr_review": true for the project, so that tasks wait for them',
        )
      : null,
  ({ requiredContexts: wanted }, { baseBranch, ci }) =>
    ci === 'engine' && wanted.some((context) => context !== ENGINE_CONTEXT)
      ? problem(
          `${baseBranch} wants the checks ${wanted.join(', ')}, the engine reports ${ENGINE_CONTEXT}`,
          'set "ci": "forge" for the project, or ask for that check alone',
        )
      : null,
];

/** What of one repository stands in the way of a delivery (FORGE-107), after what it is. */
export function repositoryFound(project: Project, facts: GiteaFacts): Found[] {
  const of = project.repo;
  const who = `${facts.fullName} as ${facts.login ?? 'unknown'}, server ${facts.version ?? 'unknown'}`;
  return [ok(who, of), ...RULES.flatMap((rule) => rule(facts, project) ?? []).map((one) => ({ ...one, of }))];
}
