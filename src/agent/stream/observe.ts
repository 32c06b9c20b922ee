import { NO_TOKENS, type TokenCounts } from '../pricing.ts';
import { count, type Json, list, object, text } from './json.ts';

/** One streamed message: its usage is complete only with its `message_delta` (AGENT-35). */
export interface StreamedMessage extends TokenCounts {
  model: string | null;
}

export interface ToolCall {
  name: string;
  input: Json;
}

export interface Retry {
  attempt: number;
  delayMs: number;
  status: number | null;
}

/** What is known of a run from its event stream, whoever produced it. Only `observe` changes it. */
export interface Observation {
  sessionId: string | null;
  /** Model the stream names; never `<synthetic>`. */
  model: string | null;
  /** Events of the model (AGENT-26): `stream_event`, `assistant`, `result`. */
  modelEvents: number;
  toolCounts: Record<string, number>;
  /** Last call of the main thread. */
  lastTool: ToolCall | null;
  /** Completed main-thread messages. */
  turns: number;
  messages: Map<string, StreamedMessage>;
  /** Input side of the last main-thread message: what fills the window. */
  contextTokens: number;
  /** The last `result` event. */
  result: Json | null;
  /** `error` of the last error message of the CLI itself, and its HTTP status. */
  errorKind: string | null;
  errorStatus: number | null;
  /** Texts the CLI itself wrote; the only ones patterns may be applied to (AGENT-38). */
  ownTexts: string[];
  limit: { resetsAtMs: number | null } | null;
  /** Set while the CLI waits to ask again. */
  retrying: Retry | null;
  lastRetry: Retry | null;
  /** Message being streamed, by thread. */
  open: Map<string, string>;
}

export const createObservation = (): Observation => ({
  sessionId: null,
  model: null,
  modelEvents: 0,
  toolCounts: {},
  lastTool: null,
  turns: 0,
  messages: new Map(),
  contextTokens: 0,
  result: null,
  errorKind: null,
  errorStatus: null,
  ownTexts: [],
  limit: null,
  retrying: null,
  lastRetry: null,
  open: new Map(),
});

/** True for events that come from the model; `init`, `status` and the like are local (AGENT-26). */
export const isModelEvent = (event: Json): boolean =>
  event.type === 'stream_event' || event.type === 'assistant' || event.type === 'result';

/** Folds one event into the observation. Unknown events and fields are ignored. */
export function observe(seen: Observation, event: Json): void {
  seen.sessionId = text(event.session_id) ?? seen.sessionId;
  if (isModelEvent(event)) {
    seen.modelEvents++;
    seen.retrying = null;
  }
  if (event.type === 'stream_event') observeStream(seen, event);
  else if (event.type === 'assistant') observeAssistant(seen, event);
  else if (event.type === 'result') seen.result = event;
  else if (event.type === 'system') observeSystem(seen, event);
  else if (event.type === 'rate_limit_event') observeLimit(seen, object(event.rate_limit_info));
}

function observeStream(seen: Observation, event: Json): void {
  const inner = object(event.event);
  const thread = text(event.parent_tool_use_id) ?? '';
  if (inner.type === 'message_start') {
    const message = object(inner.message);
    const id = text(message.id) ?? `#${seen.messages.size}`;
    seen.open.set(thread, id);
    seen.messages.set(id, {
      ...NO_TOKENS,
      ...countsOf(object(message.usage)),
      model: noteModel(seen, message),
    });
  }
  const id = seen.open.get(thread);
  const message = id === undefined ? undefined : seen.messages.get(id);
  if (inner.type === 'message_delta' && message) {
    Object.assign(message, countsOf(object(inner.usage)));
    if (thread === '') seen.contextTokens = contextOf(message);
  }
  if (inner.type === 'message_stop' && thread === '') seen.turns++;
}

function observeAssistant(seen: Observation, event: Json): void {
  const message = object(event.message);
  const own = event.error !== undefined || message.model === '<synthetic>';
  if (!own) noteModel(seen, message);
  for (const value of list(message.content)) {
    const block = object(value);
    if (own && text(block.text)) seen.ownTexts.push(text(block.text) ?? '');
    if (block.type === 'tool_use') noteTool(seen, block, event.parent_tool_use_id == null);
  }
  if (own) {
    seen.errorKind = text(event.error);
    seen.errorStatus = count(event.api_error_status) || null;
  }
}

function observeSystem(seen: Observation, event: Json): void {
  if (event.subtype === 'init') noteModel(seen, event);
  if (event.subtype !== 'api_retry') return;
  seen.retrying = {
    attempt: count(event.attempt),
    delayMs: count(event.retry_delay_ms),
    status: count(event.error_status) || null,
  };
  seen.lastRetry = seen.retrying;
}

function observeLimit(seen: Observation, info: Json): void {
  if (info.status !== 'rejected') return;
  const seconds = count(info.resetsAt);
  seen.limit = { resetsAtMs: seconds > 0 ? seconds * 1000 : null };
}

function noteTool(seen: Observation, block: Json, main: boolean): void {
  const name = text(block.name) ?? 'unknown';
  seen.toolCounts[name] = (seen.toolCounts[name] ?? 0) + 1;
  if (main) seen.lastTool = { name, input: object(block.input) };
}

function noteModel(seen: Observation, source: Json): string | null {
  const model = text(source.model);
  if (model === null || model === '<synthetic>') return null;
  seen.model = model;
  return model;
}

const contextOf = (usage: TokenCounts): number =>
  usage.inputTokens + usage.cacheReadTokens + usage.cacheCreationTokens;

/** The counts present in an API usage object, under our names (AGENT-34). */
export function countsOf(usage: Json): Partial<TokenCounts> {
  const counts: Partial<TokenCounts> = {};
  const take = (key: keyof TokenCounts, ...names: string[]) => {
    const name = names.find((candidate) => usage[candidate] !== undefined);
    if (name !== undefined) counts[key] = count(usage[name]);
  };
  take('inputTokens', 'input_tokens');
  take('outputTokens', 'output_tokens');
  take('cacheReadTokens', 'cache_read_input_tokens', 'cache_read_tokens');
  take('cacheCreationTokens', 'cache_creation_input_tokens', 'cache_creation_tokens');
  return counts;
}
