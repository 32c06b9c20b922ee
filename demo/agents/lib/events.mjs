// The event stream of the Claude Code CLI, as far as the engine reads it: what a scripted agent prints so that
// live activity, turns and the result work as with a model.
import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 120;
let messages = 0;
let turns = 0;
const startedAt = Date.now();

const print = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const usage = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
};

export function begin() {
  print({ type: 'system', subtype: 'init', cwd: process.cwd(), model: 'scripted' });
}

/** Announces one use of a tool, and stays with it long enough to be seen. */
export async function using(name, input) {
  messages += 1;
  turns += 1;
  const message = { id: `step-${messages}`, role: 'assistant', model: 'scripted', usage };
  const stream = (event) => print({ type: 'stream_event', event, parent_tool_use_id: null });
  stream({ type: 'message_start', message: { ...message, content: [] } });
  print({
    type: 'assistant',
    message: { ...message, content: [{ type: 'tool_use', id: `use-${messages}`, name, input }] },
    parent_tool_use_id: null,
  });
  stream({ type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage });
  stream({ type: 'message_stop' });
  await delay(PAUSE_MS);
}

export function finish(text) {
  print({
    type: 'result',
    subtype: 'success',
    is_error: false,
    terminal_reason: 'completed',
    result: text,
    num_turns: turns,
    duration_ms: Date.now() - startedAt,
    total_cost_usd: 0,
    usage,
    modelUsage: {},
    permission_denials: [],
  });
}
