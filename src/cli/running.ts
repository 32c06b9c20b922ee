import { AppError } from '../errors.ts';
import { type ControlClient, createControlClient } from '../http/control-client.ts';
import type { CliContext, Flags } from './context.ts';
import { createPrinter } from './output/printer.ts';
import type { Reading } from './reading.ts';
import { loadSettings, socketOf } from './settings.ts';

export const isNotRunning = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'not-running';

/** Commands that change something: only through the control process (REC-140a). */
export const changing = (context: CliContext, flags: Flags): ControlClient =>
  createControlClient(socketOf(loadSettings(context, flags)));

/** What the control process answers to commands that only read. */
const readingOf = (client: ControlClient): Reading => ({
  listTasks: client.listTasks,
  showTask: client.showTask,
  taskLog: client.taskLog,
  status: () => client.call('GET', '/status') as ReturnType<Reading['status']>,
  queue: () => client.call('GET', '/queue') as ReturnType<Reading['queue']>,
});

/**
 * Commands that only read: through the control process, else from the database, read-only, saying so (REC-140a).
 * Throws AppError `not-running` when there is no database either.
 */
export async function reading<T>(
  context: CliContext,
  flags: Flags,
  use: (from: Reading) => Promise<T>,
): Promise<T> {
  const loaded = loadSettings(context, flags);
  try {
    return await use(readingOf(createControlClient(socketOf(loaded))));
  } catch (error) {
    if (!isNotRunning(error)) throw error;
    const { openOffline } = await import('./offline.ts');
    const offline = openOffline(context, loaded);
    createPrinter(context).note('No control process is running; this is read from the database.');
    try {
      return await use(offline.reading);
    } finally {
      offline.close();
    }
  }
}
