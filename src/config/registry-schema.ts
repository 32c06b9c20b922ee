import { z } from 'zod';
import { COMPLEXITIES } from '../pipeline/complexity.ts';
import { ROLES, STATUS_KEYS } from '../pipeline/stages.ts';
import { TRACKS } from '../pipeline/track.ts';
import { readUrl } from './kinds.ts';
import { EFFORTS } from './models.ts';

/** A shell-free command line as an operator writes it; a blank one is a mistake, `"none"` the way to say no. */
const Command = z.string().trim().min(1, { error: 'is empty' });
const None = z.literal('none');
const Url = z
  .string()
  .refine((text) => readUrl(text) !== undefined, { error: 'is not an absolute http or https URL' });
const Usd = z.union([z.literal('off'), z.number().positive()], {
  error: 'is not a positive number or "off"',
});
const TimeoutS = z
  .int({ error: 'is not a whole number of seconds' })
  .min(1, { error: 'is not at least 1 second' });

const matching = (pattern: RegExp) =>
  z.string().regex(pattern, { error: `does not match ${pattern.source}` });
const RepoName = matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/).refine(
  (name) => !name.includes('..') && !/(\.|\.git|\.lock)$/i.test(name),
  { error: 'contains ".." or ends in ".", ".git" or ".lock"' },
);

const Health = z.strictObject({
  url: Url.optional(),
  ok_field: z.string().min(1).default('status'),
  ok_value: z.string().default('ok'),
  sha_field: z.string().min(1).default('commit'),
});

const Staging = z.strictObject({
  mode: z.enum(['hook', 'agent']),
  base_url: Url,
  check: Command.optional().describe('`builtin` or a command; without it the health probe is the check'),
  health: Health.optional(),
  timeout_s: TimeoutS.optional(),
  token_file: z
    .string()
    .min(1)
    .optional()
    .describe("file with the staging instance's admin token, for the check `builtin`"),
});

const VIA = ['auto', 'ssh', 'systemd-run', 'docker', 'setsid'] as const;

/** One registry entry as written, snake_case (REG-2). Defaults that depend on settings are applied later. */
export const RegistryEntry = z.strictObject({
  repo: RepoName.describe('repository name, unique without regard to case'),
  prefix: matching(/^[A-Z][A-Z0-9]{1,9}$/).describe('work item prefix, unique'),
  name: z.string().min(1).optional().describe('display name; default: repo'),
  tracker: z.enum(['local', 'plane']).optional().describe('default: plane with plane_project_id, else local'),
  plane_project_id: z.uuid({ error: 'is not a UUID' }).optional().describe('project in Plane'),
  state_names: z.partialRecord(z.enum(STATUS_KEYS), z.string().min(1)).default({}),
  forge: z
    .enum(['local', 'gitea'])
    .optional()
    .describe('default: gitea when ORCH_GITEA_URL is set, else local'),
  owner: z.string().min(1).optional().describe('owner on the forge; default: ORCH_GITEA_OWNER'),
  source: z.string().min(1).optional().describe('local forge: path or URL imported once'),
  base_branch: z.string().min(1).optional().describe('default: ORCH_BASE_BRANCH'),
  agent_models: z.partialRecord(z.enum(ROLES), z.string()).default({}),
  models_by_complexity: z
    .partialRecord(z.enum(COMPLEXITIES), z.partialRecord(z.enum(ROLES), z.string()))
    .default({})
    .describe('models for tasks of a size their analysis shows, before agent_models; empty: off'),
  agent_efforts: z.partialRecord(z.enum(ROLES), z.enum(EFFORTS)).default({}),
  budgets: z
    .strictObject({ attempt_usd: Usd.optional(), task_usd: Usd.optional(), day_usd: Usd.optional() })
    .default({}),
  approvers: z
    .array(z.union([z.string().min(1), z.int()]).transform(String))
    .default([])
    .describe('user ids that may decide in chat; empty: everybody whose role allows it'),
  track: z
    .enum(TRACKS)
    .default('full')
    .describe('`bugfix`: analyst and architect in one short analysis; a request may say `track: …` itself'),
  knowledge_file: z
    .union([None, matching(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[\w./-]+$/)])
    .default('AGENTS.md')
    .describe('what agents must know of the project, kept in its repository; `none`: there is none'),
  protected_paths: z.array(z.string().min(1)).default([]),
  worker_labels: z
    .array(z.string().min(1))
    .default([])
    .describe('labels a host must have (`ORCH_WORKER_LABELS`) to run agents of this project'),
  setup: Command.optional(),
  checks: z.union([Command, z.strictObject({ command: Command, timeout_s: TimeoutS.optional() })]).optional(),
  coverage_gate: z
    .boolean()
    .default(false)
    .describe('a merge may not lower the coverage that `checks` prints; what landed last is the measure'),
  ci: z.enum(['forge', 'required', 'engine', 'none']).optional(),
  require_pr_review: z.boolean().default(false),
  staging: z.union([None, Staging]).optional(),
  deploy: z.enum(['hook', 'agent', 'none']).optional(),
  service: z.string().min(1).optional(),
  health: Health.extend({ url: Url }).optional(),
  confirm_deploy: z.boolean().default(true),
  deploy_hook: z
    .strictObject({
      script: z.string().min(1).optional(),
      via: z.enum(VIA).optional(),
      env: z.record(z.string(), z.string()).default({}),
    })
    .default({ env: {} }),
  deploy_window: z.string().optional(),
  post_deploy: z
    .strictObject({
      action: z.enum(['ALERT_ONLY', 'ROLLBACK']).default('ALERT_ONLY'),
      probes: z.array(Url).default([]),
      metrics_url: Url.optional(),
    })
    .default({ action: 'ALERT_ONLY', probes: [] }),
  image: z.union([None, z.strictObject({ name: z.string().min(1), build: Command })]).optional(),
  secrets_scan: z.enum(['auto', 'gitleaks', 'secretlint']).default('auto'),
  dependency_audit: Command.default('auto').describe('`auto`, `none` or a command'),
});
export type RegistryEntry = z.infer<typeof RegistryEntry>;

/** Other spellings of a field (REG-2). */
export const SYNONYMS: Readonly<Record<string, string>> = {
  work_item_prefix: 'prefix',
  test_command: 'checks',
};

/** JSON schema of the registry file, for editors. */
export function renderRegistryJsonSchema(): string {
  const entry = z.toJSONSchema(RegistryEntry, { io: 'input', unrepresentable: 'any' });
  const { $schema, ...item } = entry;
  const list = { type: 'array', items: { $ref: '#/$defs/project' } };
  const file = {
    type: 'object',
    properties: { $schema: { type: 'string' }, projects: list },
    required: ['projects'],
    additionalProperties: false,
  };
  const schema = {
    $schema,
    title: 'Orchestrator project registry',
    anyOf: [list, file],
    $defs: { project: item },
  };
  return `${shortListsOnOneLine(JSON.stringify(schema, null, 2))}\n`;
}

/** The layout of the repository's formatter: a list of words that fits stands on one line. */
const shortListsOnOneLine = (text: string): string =>
  text.replace(
    /^(.*)\[\n\s+((?:"[^"]*",?\s+)+)\](,?)$/gm,
    (whole, head: string, words: string, tail: string) => {
      const line = `${head}[${words.trim().replace(/\s+/g, ' ')}]${tail}`;
      return line.length <= 110 ? line : whole;
    },
  );
