import type { ResponseParameters } from '@grammyjs/types';

/**
 * A Bot API method refused, in the words of Telegram. It is a protocol answer, not a fault of ours:
 * the core turns it into `{ok: false, error_code, description, parameters}` and nothing else sees it.
 */
export class ApiRefusal extends Error {
  readonly errorCode: number;
  readonly parameters: ResponseParameters | undefined;

  constructor(errorCode: number, description: string, parameters?: ResponseParameters) {
    super(description);
    this.name = 'ApiRefusal';
    this.errorCode = errorCode;
    this.parameters = parameters;
  }
}

/** 400: the request itself is wrong. `what` follows Telegram's fixed prefix. */
export const badRequest = (what: string, parameters?: ResponseParameters): ApiRefusal =>
  new ApiRefusal(400, `Bad Request: ${what}`, parameters);

/** 403: the person or the chat does not let the bot in. */
export const forbidden = (what: string): ApiRefusal => new ApiRefusal(403, `Forbidden: ${what}`);

/** 409: somebody else receives the updates of this token. */
export const conflict = (what: string): ApiRefusal => new ApiRefusal(409, `Conflict: ${what}`);
