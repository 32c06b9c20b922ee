import { describeSettings } from '../../config/describe.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { ConfigError } from '../../config/problems.ts';
import type { Finding } from '../checks/finding.ts';
import { checkForges } from '../checks/gitea.ts';
import { checkMachine } from '../checks/machine.ts';
import { checkRunning } from '../checks/running.ts';
import type { CliContext, Flags } from '../context.ts';
import { printFindings } from '../output/findings.ts';
import { createPrinter } from '../output/printer.ts';
import { loadSettings } from '../settings.ts';

/** `doctor`: one line per check with its fix; exit code 1 when something must be mended. */
export async function doctor(context: CliContext, flags: Flags & { settings: boolean }): Promise<number> {
  const { loaded, configFindings } = readSettings(context, flags);
  const findings = [
    ...configFindings,
    ...(await checkMachine(context, loaded?.config ?? null)),
    ...(loaded === null ? [] : await checkRunning(loaded)),
    ...(loaded === null ? [] : await checkForges(context, loaded)),
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
  configFindings: Finding[];
}

/** Invalid settings are findings like any other; the rest is checked all the same. */
function readSettings(context: CliContext, flags: Flags): Settings {
  try {
    const loaded = loadSettings(context, flags);
    const notices = loaded.notices.map(
      (text): Finding => ({ name: 'settings', level: 'hint', detail: text, fix: null }),
    );
    const valid: Finding = { name: 'settings', level: 'ok', detail: 'valid', fix: null };
    return { loaded, configFindings: [valid, ...notices] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const configFindings = error.problems.map(
      ({ key, problem, fix }): Finding => ({
        name: 'settings',
        level: 'problem',
        detail: `${key}: ${problem}`,
        fix,
      }),
    );
    return { loaded: null, configFindings };
  }
}
