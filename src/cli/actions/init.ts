import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { absolutePath } from '../../config/paths.ts';
import { canAsk, createAsking } from '../asking.ts';
import { placeOf } from '../checks/place.ts';
import type { CliContext, Flags } from '../context.ts';
import { createPrinter, type Printer } from '../output/printer.ts';
import { loadSettings } from '../settings.ts';
import { answersOf, type Wishes } from '../wizard/answers.ts';
import { type BotCheck, checkBot, pairingCode } from '../wizard/bot.ts';
import { detectMeans, type Means } from '../wizard/detect.ts';
import { readEnvValues, type Written, writeSettings } from '../wizard/files.ts';

export interface InitOptions extends Wishes {
  /** Asks nothing. */
  yes: boolean;
}

interface Result {
  ok: boolean;
  means: readonly Means[];
  files: readonly Written[];
  bot: (BotCheck & { code: string | null }) | null;
  /** What to do next, in order. */
  next: readonly string[];
}

/** `init`: asks what it needs, writes env file and registry, says what comes next; repeatable. 1 when something is missing. */
export async function init(
  context: CliContext,
  flags: Flags,
  { yes, ...wishes }: InitOptions,
): Promise<number> {
  const dataDir = dataDirOf(context, flags);
  const means = detectMeans(context.env);
  const asking = yes || flags.json || !canAsk(context) ? null : createAsking(context);
  const known = { ...readEnvValues(join(dataDir, '.env')), ...ownKeys(context.env) };
  const values = await answersOf({ wishes, known, asking });
  // Where the data lies is said by where the file lies.
  delete values.ORCH_DATA_DIR;
  const files = writeSettings(dataDir, values);
  const loaded = loadSettings(context, { ...flags, dataDir });
  const bot =
    loaded.config.telegram.botToken === undefined
      ? null
      : await checkBot(placeOf(context, loaded).http, loaded);
  const code = bot?.ok ? await pairingCode(context, { ...flags, dataDir }, loaded) : null;
  const missing = means.filter(({ needed, path }) => needed && path === null);
  const result: Result = {
    ok: missing.length === 0 && bot?.ok !== false,
    means,
    files,
    bot: bot === null ? null : { ...bot, code },
    next: nextSteps(context, { dataDir, values, bot, code }),
  };
  const printer = createPrinter(context);
  if (flags.json) printer.json(result);
  else say(printer, result);
  return result.ok ? 0 : 1;
}

const dataDirOf = ({ env, cwd, home }: CliContext, { dataDir }: Flags): string =>
  absolutePath(dataDir ?? (env.ORCH_DATA_DIR?.trim() || '~/.orchestrator'), { cwd, homeDir: home });

const ownKeys = (env: CliContext['env']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) =>
      key.startsWith('ORCH_') && value?.trim() ? [[key, value.trim()]] : [],
    ),
  );

interface Outcome {
  dataDir: string;
  values: Readonly<Record<string, string>>;
  bot: BotCheck | null;
  code: string | null;
}

function nextSteps({ cwd, home, env }: CliContext, { dataDir, values, bot, code }: Outcome): string[] {
  const at = dataDir === join(home, '.orchestrator') ? '' : ` --data-dir ${dataDir}`;
  const other =
    env.ORCH_ENV_FILE ??
    [resolve(cwd, '.env')].find((file) => file !== join(dataDir, '.env') && existsSync(file));
  return [
    ...(other === undefined
      ? []
      : [`${other} is read before ${join(dataDir, '.env')}: remove it, or move its values.`]),
    `orchestrator project add <path or URL of a repository>${at}`,
    ...(values.ORCH_PLANE_API_URL ? [`orchestrator init plane${at}`] : []),
    ...(values.ORCH_GITEA_URL ? [`orchestrator init gitea${at}`] : []),
    `orchestrator doctor${at}`,
    `orchestrator start${at}`,
    ...(code === null
      ? []
      : [`Within 10 minutes, send ${bot?.name ? `@${bot.name}` : 'your bot'}: /start ${code}`]),
  ];
}

function say(printer: Printer, { means, files, bot, next }: Result): void {
  const mark = (ok: boolean, needed: boolean) => (ok ? '✓' : needed ? '✗' : '!');
  printer.lines([
    ...means.map(
      ({ name, path, needed, without }) => `${mark(path !== null, needed)} ${name}: ${path ?? without}`,
    ),
    ...(bot === null
      ? []
      : [
          `${mark(bot.ok && bot.reason === null, !bot.ok)} telegram: ${bot.name === null ? bot.reason : `@${bot.name}`}`,
        ]),
    ...files.map(({ file, changed }) => `${changed ? '+' : '✓'} ${file}${changed ? '' : ' (as it was)'}`),
    '',
    'Next:',
    ...next.map((step) => `  ${step}`),
  ]);
}
