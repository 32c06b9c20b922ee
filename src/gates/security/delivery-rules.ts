import { matchesPattern } from '../../pipeline/path-pattern.ts';
import type { Project } from '../../pipeline/project.ts';

/** Scanner configuration, ignore lists, CI definitions (SHIP-2). */
const RULE_FILES: readonly string[] = [
  '.gitleaks.toml',
  '.gitleaksignore',
  '.secretlintrc*',
  '.secretlintignore',
  '.npmrc',
  '.orchestrator/**',
  '.ci/**',
  '.gitea/workflows/**',
  '.forgejo/workflows/**',
  '.github/workflows/**',
  '.github/actions/**',
  '.woodpecker/**',
  '.woodpecker.y*ml',
  '.drone.y*ml',
  '.gitlab-ci.y*ml',
  'Jenkinsfile',
];

/** Where the usual frameworks keep what changes a database. */
const MIGRATIONS: readonly string[] = [
  '**/migrations/**',
  '**/migrate/**',
  '**/alembic/versions/**',
  '**/flyway/**',
  '**/liquibase/**',
];

/** Changed paths that change a database: rolling back the service may not be enough (SHIP-80). */
export const migrationChanges = (paths: readonly string[]): string[] =>
  paths.filter((path) => MIGRATIONS.some((pattern) => matchesPattern(path, pattern)));

/** Changed paths that alter how the project is checked or delivered; shown in the confirm request (SHIP-2). */
export function deliveryRuleChanges(paths: readonly string[], project: Project): string[] {
  const hook = project.deployHook.script;
  const patterns = hook ? [...RULE_FILES, hook.replace(/^\.\//, '')] : RULE_FILES;
  return paths.filter((path) => patterns.some((pattern) => matchesPattern(path, pattern)));
}
