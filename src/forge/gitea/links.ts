import type { ForgeLinks } from '../port.ts';

/** FORGE-80, FORGE-81: links on the public address; none where people could not follow them. */
export function createLinks(options: {
  /** `ORCH_GITEA_PUBLIC_URL`, else `ORCH_GITEA_URL`. */
  publicUrl: string;
  owner: string;
  repo: string;
}): ForgeLinks {
  const base = linkBase(options.publicUrl);
  const link = (...segments: string[]): string | null =>
    base === null ? null : [base, ...[options.owner, options.repo, ...segments].map(encodePath)].join('/');
  return {
    file: (at, path) =>
      'branch' in at ? link('src/branch', at.branch, path) : link('src/commit', at.sha, path),
    branch: (branch) => link('src/branch', branch),
    pullRequest: (number) => link('pulls', String(number)),
    commit: (sha) => link('commit', sha),
    compare: (baseSha, sha) => link('compare', `${baseSha}...${sha}`),
  };
}

/** Percent-encoded part by part; slashes stay (FORGE-81). */
const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** Null when the address is empty, unreadable, not http(s) or loopback. */
function linkBase(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return null;
  return isLoopback(hostname) ? null : url.replace(/\/+$/, '');
}

/** `URL` has normalised every spelling of an IPv4 address already. */
const isLoopback = (host: string): boolean =>
  /^(localhost|.*\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])\.?$/i.test(
    host,
  );
