import type { LoadedConfig } from '../../config/load.ts';
import { createLogger, type Logger } from '../../log.ts';
import type { CliContext } from '../context.ts';
import { wantsColour } from '../output/terminal.ts';

/** The root logger on standard error: JSON lines, or text for people; secrets never pass. */
export async function createCliLogger(
  context: CliContext,
  { config, secrets }: LoadedConfig,
): Promise<Logger> {
  const { logLevel, logFormat } = config.server;
  if (logFormat === 'json') return createLogger({ level: logLevel, secrets });
  const { pretty } = await import('../output/pretty.ts');
  return createLogger({
    level: logLevel,
    secrets,
    destination: pretty(wantsColour(context.stderr, context.env)),
  });
}
