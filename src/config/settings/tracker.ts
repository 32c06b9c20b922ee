import { ROLES } from '../../pipeline/stages.ts';
import { formatted, int, oneOf, path, secret, string, url } from '../kinds.ts';
import { family, group, type Setting } from '../setting.ts';

/** The registry itself is parsed in `projects.ts`, which can say where in it a problem is. */
const projectsJson: Setting<string | undefined> = {
  ...formatted({ type: 'json array', expected: 'text', read: (text) => text }, 'registry, inline', {}),
  kind: 'json',
};

export const tracker = group('tracker', {
  ORCH_PROJECTS_JSON: projectsJson,
  ORCH_PROJECTS_FILE: path('registry, file; together with `ORCH_PROJECTS_JSON` refused', {
    defaultWords: '`<data>/projects.json` if it exists',
  }),
  ORCH_QG0_TITLE_MIN: int('shortest title', { default: '5' }),
  ORCH_QG0_TITLE_MAX: int('longest title', { default: '80' }),
  ORCH_QG0_DESCRIPTION_MIN: int('shortest description', { default: '20' }),
  ORCH_PLANE_API_URL: url('Plane, without `/api/v1`', {}),
  ORCH_PLANE_WEB_URL: url('base of links for people; loopback ⇒ no links', {
    default: '=ORCH_PLANE_API_URL',
  }),
  ORCH_PLANE_WORKSPACE_SLUG: string('workspace', {}),
  ORCH_PLANE_API_TOKEN: secret('shared token', {}),
  ORCH_PLANE_WEBHOOK_SECRET: secret('unset ⇒ webhook refuses everything, polling is the way in', {}),
  'ORCH_PLANE_BOT_*': family(
    [...ROLES, 'stream'],
    secret('comment authors; `STREAM` is the engine itself', { defaultWords: 'shared token' }),
  ),
  ORCH_PLANE_API_STYLE: oneOf(['auto', 'work-items', 'issues'], 'name of the issue resource', {
    default: 'auto',
  }),
  ORCH_PLANE_TIMEOUT_S: int('per request', { default: '10' }, { min: 1 }),
  ORCH_PLANE_MAX_PAGES: int('pages per list', { default: '50' }, { min: 1 }),
  ORCH_PLANE_STATES_TTL_S: int('status map cache, `0` = process life; stale on error', { default: '300' }),
  ORCH_TRACKER_RATE_PER_MIN: int('requests per minute and token', { default: '50' }, { min: 1 }),
});
