import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runStagingCheck } from '../../delivery/staging-check/run.ts';
import { createHttpClient } from '../../http-client.ts';
import type { StagingCheckFlags } from '../commands/staging-check.ts';
import type { CliContext } from '../context.ts';
import { usageError } from '../failure.ts';
import { createPrinter } from '../output/printer.ts';

const OFF = /^(false|0|no|off)$/i;
const TIMEOUT_MS = 15_000;

/** `staging-check`: exit code as in SHIP-31. */
export async function stagingCheck(context: CliContext, options: StagingCheckFlags): Promise<number> {
  const { baseUrl, mode, expectSha, json } = options;
  if (!/^https?:\/\//i.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw usageError(`--base-url: expected an http or https URL, found "${baseUrl}".`);
  }
  const tolerance = context.env.ORCH_STAGING_INFRA_TOLERANCE_ENABLED?.trim() ?? '';
  const adminToken = await tokenOf(context, options);
  const http = createHttpClient({
    userAgent: `Orchestrator/${context.version}`,
    timeoutMs: TIMEOUT_MS,
    redact: (text) => (adminToken === undefined ? text : text.replaceAll(adminToken, '***')),
  });
  const report = await runStagingCheck(
    { http, now: Date.now, sleep: (ms) => delay(ms) },
    {
      baseUrl,
      mode,
      strict: options.strict === true || OFF.test(tolerance),
      ...(expectSha === undefined ? {} : { expectSha }),
      ...(adminToken === undefined ? {} : { adminToken }),
    },
  );
  const printer = createPrinter(context);
  const { lines, ...data } = report;
  if (typeof json === 'string') await writeFile(resolve(context.cwd, json), `${JSON.stringify(data)}\n`);
  if (json === true) printer.json(data);
  else printer.lines(lines);
  return report.exitCode;
}

/** A secret comes in a file, never on a command line (SET-7). */
async function tokenOf({ cwd }: CliContext, { tokenFile }: StagingCheckFlags): Promise<string | undefined> {
  if (tokenFile === undefined) return undefined;
  try {
    return (await readFile(resolve(cwd, tokenFile), 'utf8')).trim();
  } catch (cause) {
    throw usageError(
      `--token-file: "${tokenFile}" cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
    );
  }
}
