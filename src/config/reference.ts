import { type Definition, GROUPS, listDefinitions } from './schema.ts';
import type { Family, Group, Setting } from './setting.ts';

type Field = Setting<unknown> | Family<string, unknown>;
type AnyGroup = Group<Record<string, Field>, string>;

const settingOf = (field: Field): Setting<unknown> => ('words' in field ? field.each : field);

/** The default in words: quoted as code, `unset`, or what it follows. */
function defaultText({ default: standard, defaultWords }: Setting<unknown>): string {
  if (defaultWords !== undefined) return defaultWords;
  if (standard === undefined) return 'unset';
  return `\`${standard.replace(/^=/, '')}\``;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function row(key: string, field: Field): string {
  const setting = settingOf(field);
  const name =
    'words' in field ? key.replace('*', `{${field.words.map((word) => word.toUpperCase()).join(',')}}`) : key;
  const type = `${setting.type}${setting.kill ? ' K' : ''}`;
  return `| ${[`\`${name}\``, type, defaultText(setting), setting.meaning].map(cell).join(' | ')} |`;
}

function renderGroup({ title, fields }: AnyGroup): string {
  const rows = Object.entries(fields).map(([key, field]) => row(key, field));
  return [`## ${title}`, '', '| Key | Type | Default | Meaning |', '|---|---|---|---|', ...rows].join('\n');
}

const INTRODUCTION = `# Settings

Every setting is an environment variable. A variable that is empty counts as unset. Values are read once at start, in this order:
\`--data-dir\` (for \`ORCH_DATA_DIR\`), the process environment, the env file, the default. The env file is \`ORCH_ENV_FILE\`, else \`.env\` in
the working directory, else \`<data>/.env\`; nothing in it is expanded or executed. A wrong value stops the start with exit code 78; all
problems are printed together, each with its fix.

With no variable set the product runs: chat page on loopback, local tracker and forge, embedded Redis, SQLite below \`~/.orchestrator\`.

- **K**: kill-switch. \`false\` means that the feature does not exist.
- **secret**: may also be given as \`<KEY>_FILE\`, the path of a file whose content is the value. Never logged or shown.
- **repos**: comma-separated repositories that a gate is narrowed to; unset or \`*\` is every project.
- **csv**: comma-separated. **usd**: a positive number or \`off\`. **path**: absolute, or relative to the working directory; \`~\` is expanded.
- Units are part of the key: \`_S\` seconds, \`_MS\` milliseconds, \`_H\` hours, \`_DAYS\`, \`_MB\`, \`_USD\`. \`<data>\` is \`ORCH_DATA_DIR\`.
`;

/** `docs/reference/settings.md`: the table of all settings. */
export function renderSettingsReference(): string {
  const groups = Object.values(GROUPS) as unknown as readonly AnyGroup[];
  return `${[INTRODUCTION, ...groups.map((group) => `${renderGroup(group)}\n`)].join('\n')}`;
}

function templateLines({ key, setting }: Definition): string[] {
  const isValue = setting.defaultWords === undefined && !/^[=]|</.test(setting.default ?? '');
  const standard = isValue ? (setting.default ?? '') : '';
  const kind = setting.secret ? `secret, or ${key}_FILE` : setting.type;
  const words = isValue ? '' : `; default: ${defaultText(setting)}`;
  return [`# ${`${setting.meaning} (${kind}${words})`.replaceAll('`', '')}`, `#${key}=${standard}`];
}

/** `.env.example`: every key, commented out, with its default; copied to `.env` it changes nothing. */
export function renderEnvTemplate(): string {
  const lines = ['# Settings of Orchestrator. Copy to .env and uncomment what you need.'];
  let title = '';
  for (const definition of listDefinitions()) {
    if (definition.groupTitle !== title) lines.push('', `# --- ${definition.groupTitle} ---`);
    title = definition.groupTitle;
    lines.push(...templateLines(definition));
  }
  return `${lines.join('\n')}\n`;
}

/** As `parseEnvFile` reads it back; quotes only where the text alone would be read as another. */
const envValue = (text: string): string =>
  text !== text.trim() || /^(["']).*\1$/.test(text) ? `"${text}"` : text;

/** The template with these values in force; keys it does not know are kept at its end. */
export function renderEnvFile(values: Readonly<Record<string, string>>): string {
  const left = new Map(Object.entries(values));
  const lines = renderEnvTemplate()
    .trimEnd()
    .split('\n')
    .map((line) => {
      const key = /^#(ORCH_[A-Z0-9_]+)=/.exec(line)?.[1];
      const value = key === undefined ? undefined : left.get(key);
      if (key === undefined || value === undefined) return line;
      left.delete(key);
      return `${key}=${envValue(value)}`;
    });
  const kept = [...left].map(([key, value]) => `${key}=${envValue(value)}`);
  return `${[...lines, ...(kept.length > 0 ? ['', '# --- others ---', ...kept] : [])].join('\n')}\n`;
}
