/** Who has to act: the person using us, the machine around us, or us (a bug). */
export type Fault = 'user' | 'environment' | 'internal';

export interface AppErrorOptions {
  /** Default `internal`. */
  fault?: Fault;
  /** True when the same call may succeed later without a change. Default false. */
  retry?: boolean;
  /** What to do about it, one sentence for a person. */
  hint?: string;
  cause?: unknown;
}

/**
 * The one error type of the product. `code` is a stable string to compare; `message` says what was
 * expected and what was found; `hint` says what to do.
 */
export class AppError extends Error {
  readonly code: string;
  readonly fault: Fault;
  readonly retry: boolean;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.fault = options.fault ?? 'internal';
    this.retry = options.retry ?? false;
    this.hint = options.hint;
  }
}

/** One line for a person: message, then the hint. Never a stack trace. */
export function describeError(error: unknown): string {
  if (error instanceof AppError) return error.hint ? `${error.message} ${error.hint}` : error.message;
  return error instanceof Error ? error.message : String(error);
}
