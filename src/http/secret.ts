import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Compares two secrets in constant time, whatever their lengths. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Request headers as Node gives them: lower-case names. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The first of these headers that is present, as one text. */
export function headerOf(headers: Headers, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = headers[name.toLowerCase()];
    if (value !== undefined) return Array.isArray(value) ? value[0] : value;
  }
  return undefined;
}

/** Decides over the raw bytes of a request whether it comes from who it says. */
export type Verifier = (raw: Buffer, headers: Headers) => boolean;

/**
 * Hex HMAC-SHA256 of the raw body in one of these headers, compared in constant time after trimming and
 * lower-casing; a wrong length is a mismatch (PLANE-39, FORGE-51).
 */
export function createHmacVerifier(secret: string, headerNames: readonly string[]): Verifier {
  return (raw, headers) => {
    const given = headerOf(headers, ...headerNames)
      ?.trim()
      .toLowerCase();
    if (given === undefined) return false;
    return sameSecret(given, createHmac('sha256', secret).update(raw).digest('hex'));
  };
}

/** A header that must equal the secret (CHAT-13). */
export function createTokenVerifier(secret: string, headerName: string): Verifier {
  return (_raw, headers) => sameSecret(headerOf(headers, headerName) ?? '', secret);
}
