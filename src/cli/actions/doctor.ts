import { describeSettings } from '../../config/describe.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { ConfigError } from '../../config/problems.ts';
import type { Finding } from '../checks/finding.ts';
import { CHECKS, MACHINE_CHECKS } from '../checks/index.ts';
import { placeOf } from '../checks/place.ts';
import { runChecks } from '../checks/run-checks.ts';
import type { CliContext, Flags } from '../context.ts';
import { printFindings } from '../output/findings.ts';
import { createPrinter } from '../output/printer.ts';
import { loadSettings } from '../settings.ts';

export interface DoctorFlags extends Flags {
  /** Mend what is safe, then look again. */
  fix: boolean;
  /** Also list settings at their default. */
  settings: boolean;
}

/** `doctor`: one line per check with its fix; exit code 1 when something must be mended. */
export async function doctor(context: CliContext, flags: DoctorFlags): Promise<number> {
  const { loaded, found } = readSettings(context, flags);
  const findings = [
    ...found,
    ...(await runChecks(MACHINE_CHECKS, context, flags)),
    ...(loaded === null ? [] : await runChecks(CHECKS, placeOf(context, loaded), flags)),
  ];
  const ok = findings.every(({ level }) => level !== 'problem');
  const settings = loaded === null ? [] : describeSettings(loaded);
  const printer = createPrinter(context);
  if (flags.json) {
    printer.json({ ok, checks: findings, settings });
    return ok ? 0 : 1;
  }
  printFindings(printer, findings);
  const shown = flags.settings ? settings : settings.filter(({ source }) => source !== 'default');
  if (shown.length > 0) printer.lines(['', printer.style('bold', 'Settings')]);
  printer.table(shown.map(({ key, value, source }) => [`  ${key}`, source, value]));
  if (!flags.settings) printer.note('Settings at their default are left out; see them with --settings.');
  return ok ? 0 : 1;
}

interface Settings {
  loaded: LoadedConfig | null;
  found: Finding[];
}

const setting = (level: Finding['level'], detail: string, fix: string | null = null): Finding => ({
  name: 'settings',
  level,
  detail,
  fix,
});

/** Invalid settings are findings like any other; the machine is looked at all the same. */
function readSettings(context: CliContext, flags: Flags): Settings {
  try {
    const loaded = loadSettings(context, flags);
    const notices = loaded.notices.map((text) => setting('hint', text));
    return { loaded, found: [setting('ok', 'valid'), ...notices] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const found = error.problems.map(({ key, problem, fix }) =>
      setting('problem', `${key}: ${problem}`, fix),
    );
    return { loaded: null, found };
  }
}
