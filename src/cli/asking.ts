import * as clack from '@clack/prompts';
import { AppError } from '../errors.ts';
import type { CliContext } from './context.ts';

export interface Choice<T> {
  value: T;
  label: string;
  hint?: string;
}

/** Questions to the person at the terminal; each throws AppError `cancelled` when they leave. */
export interface Asking {
  confirm(message: string, initial?: boolean): Promise<boolean>;
  /** `check` says what is wrong with an answer; empty answers give `initial`. */
  text(message: string, options?: TextOptions): Promise<string>;
  /** Not shown while it is typed. */
  secret(message: string, check?: (value: string) => string | undefined): Promise<string>;
  select<T>(message: string, choices: readonly Choice<T>[], initial?: T): Promise<T>;
}

export interface TextOptions {
  initial?: string;
  hint?: string;
  check?: (value: string) => string | undefined;
}

/** True where a person can be asked. */
export const canAsk = ({ stdin, stderr }: Pick<CliContext, 'stdin' | 'stderr'>): boolean =>
  stdin.isTTY === true && stderr.isTTY === true;

/** Asks on standard error, so that standard output stays data. */
export function createAsking({ stdin, stderr }: Pick<CliContext, 'stdin' | 'stderr'>): Asking {
  const streams = { input: stdin, output: stderr };
  return {
    confirm: async (message, initial = true) =>
      answered(await clack.confirm({ ...streams, message, initialValue: initial })),
    text: async (message, { initial, hint, check } = {}) =>
      answered(
        await clack.text({
          ...streams,
          message,
          ...(initial === undefined ? {} : { defaultValue: initial, placeholder: initial }),
          ...(initial === undefined && hint !== undefined ? { placeholder: hint } : {}),
          validate: (value) => check?.(value?.trim() || initial || ''),
        }),
      ).trim(),
    secret: async (message, check) =>
      answered(
        await clack.password({ ...streams, message, validate: (value) => check?.(value ?? '') }),
      ).trim(),
    select: async <T>(message: string, choices: readonly Choice<T>[], initial?: T) => {
      const options = choices.map(({ value, label, hint }, index) => ({
        value: index,
        label,
        ...(hint === undefined ? {} : { hint }),
        disabled: false,
        of: value,
      }));
      const first = Math.max(
        0,
        choices.findIndex(({ value }) => value === initial),
      );
      const index = answered(await clack.select({ ...streams, message, options, initialValue: first }));
      return (choices[index] as Choice<T>).value;
    },
  };
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (!clack.isCancel(answer)) return answer as Exclude<T, symbol>;
  throw new AppError('cancelled', 'Stopped; nothing was changed.', { fault: 'user' });
}
