import { csv, int, path, secret, string, url } from '../kinds.ts';
import { group } from '../setting.ts';

const seconds = (standard: number, meaning: string) =>
  int(meaning, { default: String(standard) }, { min: 1 });

export const forge = group('forge', {
  ORCH_FORGE_DIR: path('repositories of the local forge', { default: '<data>/forge' }),
  ORCH_REPOS_DIR: path('mirrors, shared clones, worktrees', { default: '<data>/repos' }),
  ORCH_HOST_REPOS_DIR: path('the same directory as the deploy host sees it', {
    default: '<repos>',
    defaultWords: '`ORCH_REPOS_DIR`',
  }),
  ORCH_BASE_BRANCH: string('default of `base_branch`', { default: 'main' }),
  ORCH_GITEA_URL: url('Gitea or Forgejo; set ⇒ new projects use it', {}),
  ORCH_GITEA_PUBLIC_URL: url('base of links; loopback ⇒ no links', { default: '=ORCH_GITEA_URL' }),
  ORCH_GITEA_OWNER: string('default owner of repositories', {}),
  ORCH_GITEA_TOKEN: secret('`Authorization: token …`', {}),
  ORCH_GITEA_WEBHOOK_SECRET: secret('unset ⇒ webhook refuses everything, polling is used', {}),
  ORCH_GITEA_TIMEOUT_S: seconds(10, 'per request'),
  ORCH_GIT_TIMEOUT_S: seconds(15, 'local git reads'),
  ORCH_GIT_FETCH_TIMEOUT_S: seconds(30, 'fetch'),
  ORCH_GIT_PUSH_TIMEOUT_S: seconds(120, 'push'),
  ORCH_GIT_REBASE_TIMEOUT_S: seconds(120, 'rebase, worktree add'),
  ORCH_GIT_CLONE_TIMEOUT_S: seconds(600, 'first clone'),
  ORCH_GIT_AUTHOR_NAME: string('identity of engine commits', { default: 'Orchestrator' }),
  ORCH_GIT_AUTHOR_EMAIL: string('identity of engine commits', { default: 'orchestrator@localhost' }),
  ORCH_WORKTREE_KEEP_H: int('worktree of a done task is kept this long', { default: '24' }),
  ORCH_CHECKS_TIMEOUT_S: seconds(1200, 'limit of a check command'),
  ORCH_CHECKS_ENV_PASSTHROUGH: csv('variable names passed to check commands', {}),
  ORCH_ARTEFACT_PATHS: csv('paths that do not count as source of a release', { default: 'docs/work-items/' }),
});
