/** Address of an issue for people (PLANE-11); null when a part is missing or people could not follow it. */
export function planeIssueUrl(of: {
  /** `ORCH_PLANE_WEB_URL`, else `ORCH_PLANE_API_URL`. */
  webUrl: string;
  workspace: string;
  project: string;
  issue: string;
}): string | null {
  const { webUrl, workspace, project, issue } = of;
  if (!workspace || !project || !issue || !URL.canParse(webUrl)) return null;
  const { protocol, hostname } = new URL(webUrl);
  if ((protocol !== 'http:' && protocol !== 'https:') || isLoopback(hostname)) return null;
  const path = [workspace, 'projects', project, 'issues', issue].map(encodeURIComponent).join('/');
  return `${webUrl.replace(/\/+$/, '')}/${path}/`;
}

/** `URL` has normalised every spelling of an IPv4 address already. */
const isLoopback = (host: string): boolean =>
  /^(localhost|.*\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])\.?$/i.test(
    host,
  );
