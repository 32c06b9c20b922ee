import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { contractText, EXAMPLE_FACTS } from '../pipeline/contract.ts';
import { ROLES, type Role, STAGE_RULES, type WorkStage } from '../pipeline/stages.ts';

/** Tools a role may be given (AGENT-8): no web, sub-agents, schedules or MCP. */
export const TOOLS: readonly string[] = ['Read', 'Glob', 'Grep', 'Write', 'Edit', 'Bash'];

export const PROMPT_MAX_BYTES = 64 * 1024;
const KEYS = ['name', 'description', 'tools'] as const;
const PLACEHOLDER = '{{verdict}}';

export interface RolePrompt {
  role: Role;
  description: string;
  tools: readonly string[];
  /** What goes to `--append-system-prompt`, the verdict block filled in. */
  body: string;
}

export type RolePrompts = Readonly<Record<Role, RolePrompt>>;

/**
 * Reads and checks the six prompts (AGENT-5, AGENT-6). Throws AppError `prompts-invalid` naming every
 * complaint with file and line.
 */
export function loadPrompts(dir: string): RolePrompts {
  const complaints: string[] = [];
  const prompts = {} as Record<Role, RolePrompt>;
  for (const role of ROLES) {
    const path = join(dir, `${role}.md`);
    if (!existsSync(path)) {
      complaints.push(`${path}: missing`);
      continue;
    }
    const read = parsePrompt(role, readFileSync(path, 'utf8'));
    if (Array.isArray(read)) complaints.push(...read.map((complaint) => `${path}${complaint}`));
    else prompts[role] = read;
  }
  if (complaints.length === 0) return prompts;
  throw new AppError('prompts-invalid', `Expected six role prompts, found: ${complaints.join('; ')}.`, {
    fault: 'user',
    hint: 'Front matter has exactly name, description and tools; see agents/README.md.',
  });
}

/** One prompt, or its complaints, each starting with `:<line>: `. */
export function parsePrompt(role: Role, source: string): RolePrompt | string[] {
  const lines = source
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .split('\n');
  const end = lines.indexOf('---', 1);
  if (lines[0] !== '---' || end < 0) return [':1: no front matter between --- lines'];
  const complaints: string[] = [];
  const fields = readFields(lines.slice(1, end), complaints);
  const body = lines
    .slice(end + 1)
    .join('\n')
    .trim();
  const tools = (fields.get('tools') ?? '')
    .split(',')
    .map((tool) => tool.trim())
    .filter(Boolean);
  const lineOf = (key: string) => lines.findIndex((line) => line.startsWith(`${key}:`)) + 1 || 1;
  for (const key of KEYS) if (!fields.get(key)) complaints.push(`:1: expected ${key}, found none`);
  const name = fields.get('name');
  if (name && name !== role) complaints.push(`:${lineOf('name')}: expected name ${role}, found ${name}`);
  for (const tool of tools) {
    if (!TOOLS.includes(tool))
      complaints.push(`:${lineOf('tools')}: unknown tool ${tool}; known: ${TOOLS.join(', ')}`);
  }
  const bytes = Buffer.byteLength(body);
  if (bytes > PROMPT_MAX_BYTES)
    complaints.push(`:${end + 2}: body has ${bytes} bytes, at most ${PROMPT_MAX_BYTES} allowed`);
  if (body === '') complaints.push(`:${end + 2}: body is empty`);
  if (complaints.length > 0) return complaints;
  return {
    role,
    description: fields.get('description') ?? '',
    tools,
    body: body.replaceAll(PLACEHOLDER, () => verdictOf(role)),
  };
}

function readFields(lines: readonly string[], complaints: string[]): Map<string, string> {
  const fields = new Map<string, string>();
  lines.forEach((line, index) => {
    const at = `:${index + 2}: `;
    if (line.trim() === '') return;
    const field = /^([A-Za-z_-]+):\s*(.*)$/.exec(line);
    const key = field?.[1] ?? '';
    if (!field) complaints.push(`${at}expected "key: value"`);
    else if (key === 'model' || key === 'effort')
      complaints.push(`${at}${key} comes from the settings only; remove the line`);
    else if (!(KEYS as readonly string[]).includes(key)) complaints.push(`${at}unknown key ${key}`);
    else if (fields.has(key)) complaints.push(`${at}${key} is given twice`);
    else fields.set(key, (field[2] ?? '').trim().replace(/^(['"])(.*)\1$/, '$2'));
  });
  return fields;
}

/** The verdict blocks of all stages the role works in, verbatim from the shared contract (AGENT-7, PIPE-64). */
function verdictOf(role: Role): string {
  const stages = (Object.keys(STAGE_RULES) as WorkStage[]).filter(
    (stage) => STAGE_RULES[stage].role === role,
  );
  const blocks = stages.map((stage) => contractText(role, stage, EXAMPLE_FACTS)).filter(Boolean);
  if (blocks.length === 0) return '';
  return `The block is read by a program. Here it stands for work item ${EXAMPLE_FACTS.wid}; your brief ends with it for yours.\n\n${blocks.join('\n')}`;
}
