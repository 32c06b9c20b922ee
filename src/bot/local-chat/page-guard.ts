import type { IncomingHttpHeaders } from 'node:http';

/** Where the page may be reached, and so what `Host` and `Origin` may say (LOCAL-2, LOCAL-3). */
export interface GuardOptions {
  host: string;
  port: number;
  /** Any host name leads here; then `Origin` must still match `Host`. */
  allowRemote: boolean;
}

/** True for addresses that only this machine can reach. */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

/** A host as it stands in a URL. */
export const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/**
 * Undefined when the request comes from this page or from a program on this machine; else the one line
 * to refuse it with. It stops other web pages and rebound names, not people: that is what the key is for.
 */
export function findForeign(headers: IncomingHttpHeaders, options: GuardOptions): string | undefined {
  const { host = '', origin } = headers;
  const own = ['127.0.0.1', 'localhost', '[::1]', urlHost(options.host)].map(
    (name) => `${name}:${options.port}`,
  );
  if (!options.allowRemote && !own.includes(host.toLowerCase())) {
    return `Refused: expected Host ${own[0]}, found ${quote(host)}.`;
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return `Refused: expected Origin http://${quote(host)}, found ${quote(origin)}.`;
  }
  if (headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate') {
    return 'Refused: the request comes from another site.';
  }
  return undefined;
}

/** Foreign text in our answer: printable ASCII, short. */
const quote = (text: string): string => text.replace(/[^\x21-\x7e]/g, '?').slice(0, 80) || '(none)';
