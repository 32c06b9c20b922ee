import type { AgentRequest } from '../port.ts';

export interface ClaudeOptions {
  /** The executable, absolute or looked up in PATH. */
  bin: string;
  /** `ORCH_AGENT_SETTING_SOURCES`. */
  settingSources: readonly string[];
  /** Program that prints the API key; null where the CLI has a login of its own (AGENT-21). */
  apiKeyHelper: string | null;
}

/** Flags the CLI must know; `doctor` and the preflight look for them in its help (AGENT-16). */
export const REQUIRED_FLAGS = [
  '--print',
  '--output-format',
  '--verbose',
  '--include-partial-messages',
  '--session-id',
  '--resume',
  '--append-system-prompt',
  '--permission-mode',
  '--permission-prompts',
  '--tools',
  '--allowedTools',
  '--settings',
  '--setting-sources',
  '--strict-mcp-config',
  '--disable-slash-commands',
  '--max-budget-usd',
  '--model',
  '--effort',
  '--fallback-model',
] as const;

/**
 * The argument vector of a run (AGENT-14). No positional argument: several flags take lists and would swallow
 * it; the brief goes to stdin.
 */
export function claudeArgv(request: AgentRequest, options: ClaudeOptions): [string, ...string[]] {
  const { session, prompt } = request;
  return [
    options.bin,
    '--print',
    ...['--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
    ...(session.resume ? ['--resume', session.id] : ['--session-id', session.id]),
    ...['--append-system-prompt', prompt.body],
    ...['--permission-mode', 'acceptEdits', '--permission-prompts', 'none'],
    ...['--tools', prompt.tools.join(',')],
    // Edits are allowed by the mode; Bash needs to be named, or every command would be denied.
    ...(prompt.tools.includes('Bash') ? ['--allowedTools', 'Bash'] : []),
    ...(options.apiKeyHelper ? ['--settings', JSON.stringify({ apiKeyHelper: options.apiKeyHelper })] : []),
    ...['--setting-sources', options.settingSources.join(',')],
    ...['--strict-mcp-config', '--disable-slash-commands'],
    ...optional('--max-budget-usd', request.runCapUsd?.toFixed(2)),
    ...optional('--model', request.model),
    ...optional('--effort', request.effort),
    ...optional('--fallback-model', request.fallbackModel),
  ];
}

const optional = (flag: string, value: string | null | undefined): string[] => (value ? [flag, value] : []);
