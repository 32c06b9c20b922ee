import { ACCESS } from './access.ts';
import { CLAUDE, PROMPTS } from './agents.ts';
import type { Check, Machine } from './check.ts';
import { CLOCK } from './clock.ts';
import { CONTROL } from './control.ts';
import { BACKUP, DATABASE } from './database.ts';
import { GITEA } from './gitea.ts';
import { GIT, NODE } from './machine.ts';
import { PLANE } from './plane.ts';
import { PROJECTS, SOURCES } from './projects.ts';
import { REDIS, REDIS_EXPOSURE, REDIS_SERVER } from './redis.ts';
import { AUDIT_TOOLS, SECRET_SCANNER } from './scanners.ts';
import { HEALTH, HOOKS } from './services.ts';
import { DIRECTORIES, DISK, PERMISSIONS } from './storage.ts';
import { TELEGRAM } from './telegram.ts';
import { PUBLIC_URL } from './webhooks.ts';
import { WORKTREES } from './worktrees.ts';

/** What is looked at even when the settings are not valid. */
export const MACHINE_CHECKS: readonly Check<Machine>[] = [NODE, GIT];

/** Everything else that can be wrong, in the order it is shown; `docs/reference/doctor.md` is rendered from it. */
export const CHECKS: readonly Check[] = [
  DIRECTORIES,
  DISK,
  PERMISSIONS,
  DATABASE,
  BACKUP,
  REDIS,
  REDIS_SERVER,
  REDIS_EXPOSURE,
  CLOCK,
  CLAUDE,
  PROMPTS,
  CONTROL,
  ACCESS,
  PUBLIC_URL,
  TELEGRAM,
  PLANE,
  GITEA,
  PROJECTS,
  SOURCES,
  WORKTREES,
  HOOKS,
  HEALTH,
  SECRET_SCANNER,
  AUDIT_TOOLS,
];
