/** What the server thinks of addresses. */
export interface LinkPolicy {
  /**
   * Telegram refuses host names without a dot. The page on this machine may show `http://localhost:3000`
   * (LINK-4), because there it leads somewhere.
   */
  allowLocalhost: boolean;
}

/** True for an address Telegram accepts in a link or button: http, https, tg, mailto, tel, bare domain. */
export function isAcceptableUrl(url: string, policy: LinkPolicy): boolean {
  const candidate = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(url) ? url : `http://${url}`;
  try {
    const parsed = new URL(candidate);
    if (['tg:', 'ton:', 'mailto:', 'tel:'].includes(parsed.protocol)) return true;
    if (!['http:', 'https:'].includes(parsed.protocol)) return false;
    return /\.|^\[/.test(parsed.hostname) || (policy.allowLocalhost && parsed.hostname === 'localhost');
  } catch {
    return false;
  }
}
