import { default as pinoPretty } from 'pino-pretty';

/** Log lines as text on standard error, one line each. */
export const pretty = (colorize: boolean) =>
  pinoPretty({
    colorize,
    destination: 2,
    sync: true,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
  });
