import { AppError } from '../../errors.ts';
import { GITEA } from '../checks/gitea.ts';
import { placeOf } from '../checks/place.ts';
import { runChecks } from '../checks/run-checks.ts';
import type { CliContext, Flags } from '../context.ts';
import { printFindings } from '../output/findings.ts';
import { createPrinter } from '../output/printer.ts';
import { loadSettings } from '../settings.ts';

/** `init gitea` (FORGE-58, FORGE-107): webhooks are created, everything else is checked; 1 when something must be mended. */
export async function initGitea(context: CliContext, flags: Flags): Promise<number> {
  const loaded = loadSettings(context, flags);
  if (!loaded.projects.some(({ forge }) => forge === 'gitea'))
    throw new AppError('no-gitea-project', 'Expected a project with `forge: gitea`, found none.', {
      fault: 'user',
      hint: 'Set it in projects.json, with ORCH_GITEA_URL and ORCH_GITEA_TOKEN.',
    });
  const checks = await runChecks([GITEA], placeOf(context, loaded), { fix: true });
  const ok = checks.every(({ level }) => level !== 'problem');
  const printer = createPrinter(context);
  if (flags.json) printer.json({ ok, checks });
  else printFindings(printer, checks);
  return ok ? 0 : 1;
}
