import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';

/** Structured logger; children carry `taskId stage attempt jobId deliveryId`. */
export type Logger = PinoLogger;

export interface LogOptions {
  level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Values (and their base64 forms) that must never appear in a line. */
  secrets?: readonly string[];
  destination?: DestinationStream;
}

/** Replaces every secret and its base64 form by `***`. Secrets shorter than 6 characters are left alone. */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const needles = secrets
    .filter((secret) => secret.length >= 6)
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('base64'),
    ])
    .sort((a, b) => b.length - a.length);
  return (text) => needles.reduce((line, needle) => line.replaceAll(needle, '***'), text);
}

/** Creates the root logger. Redaction runs over the finished line, so no field can bypass it. */
export function createLogger(options: LogOptions = {}): Logger {
  const redact = createRedactor(options.secrets ?? []);
  return pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      hooks: { streamWrite: redact },
    },
    options.destination ?? pino.destination({ fd: 2, sync: true }),
  );
}

/** A logger that drops everything, for tests and one-shot commands. */
export const silentLogger = (): Logger => pino({ level: 'silent' });
