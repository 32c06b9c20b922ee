import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { AppError } from '../errors.ts';
import type { TaskCommand } from '../pipeline/events.ts';
import type { TaskDetail, TaskListQuery, TaskLog, TaskLogQuery, TaskSummary } from './control-api.ts';

/** Body of a new task as it goes over the wire (TRK-12). */
export interface NewTask {
  project: string;
  title: string;
  description?: string;
  labels?: readonly string[];
  blocked_by?: readonly string[];
  start?: boolean;
}

/**
 * The other end of the control socket, for commands that read or change a running system (REC-140a).
 * Every call throws AppError `not-running` when there is no control process, and what the server
 * answered (`unknown-task`, a reason of PIPE-15, …) as AppError with that code.
 */
export interface ControlClient {
  /** Any route; the answer's JSON. The server is the same program, so its answers are not checked again. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  listTasks(query?: Partial<TaskListQuery>): Promise<{ tasks: readonly TaskSummary[]; total: number }>;
  showTask(wid: string): Promise<TaskDetail>;
  taskLog(query: TaskLogQuery): Promise<TaskLog>;
  createTask(task: NewTask): Promise<{ work_item_id: string; task_id: number | null; status: string }>;
  /** `body` has the keys of REC-140: text, sha, gate, cap, usd, on, …. */
  command(wid: string, command: TaskCommand, body?: Readonly<Record<string, unknown>>): Promise<TaskSummary>;
}

const queryText = (query: object): string => {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  return new URLSearchParams(pairs.map(([key, value]): [string, string] => [key, String(value)])).toString();
};

/** Talks to the control process whose socket is at this path. */
export function createControlClient(socketPath: string, timeoutMs = 30_000): ControlClient {
  const call: ControlClient['call'] = async (method, path, body) => {
    const answer = await send({ socketPath, method, path, timeout: timeoutMs }, body);
    const value: unknown = await json(answer).catch(() => null);
    // A process that is not ready says what it misses (REC-140).
    if ((answer.statusCode ?? 500) < 400 || (path === '/ready' && hasChecks(value))) return value;
    throw refusal(value);
  };
  const task = (wid: string, rest = ''): string => `/tasks/${encodeURIComponent(wid)}${rest}`;
  const typed = <T>(answer: Promise<unknown>): Promise<T> => answer as Promise<T>;
  return {
    call,
    listTasks: (query = {}) => typed(call('GET', `/tasks?${queryText(query)}`)),
    showTask: (wid) => typed(call('GET', task(wid))),
    taskLog: ({ wid, ...query }) => typed(call('GET', task(wid, `/log?${queryText(query)}`))),
    createTask: (body) => typed(call('POST', '/tasks', body)),
    command: async (wid, command, body = {}) => {
      const answer = await typed<{ task: TaskSummary }>(call('POST', task(wid, `/${command}`), body));
      return answer.task;
    },
  };
}

interface Target {
  socketPath: string;
  method: string;
  path: string;
  timeout: number;
}

const send = (target: Target, body: unknown): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ ...target, agent: false }, resolve);
    outgoing.on('timeout', () => outgoing.destroy(new Error('time-out')));
    outgoing.on('error', (cause) => reject(unreachable(target.socketPath, cause)));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });

function unreachable(socketPath: string, cause: NodeJS.ErrnoException): AppError {
  if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED') {
    return new AppError('not-running', `Expected a control process at "${socketPath}", found none.`, {
      fault: 'environment',
      hint: 'Start it: orchestrator start',
      cause,
    });
  }
  const message = `Expected an answer from "${socketPath}", found: ${cause.code ?? cause.message}.`;
  return new AppError('no-answer', message, { fault: 'environment', retry: true, cause });
}

const hasChecks = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'checks' in value;

function refusal(value: unknown): AppError {
  const { error, message, errors } = (value ?? {}) as { error?: string; message?: string; errors?: string[] };
  const text = message ?? errors?.join(' ') ?? 'The control process refused without a reason.';
  return new AppError(error ?? (errors ? 'task-refused' : 'refused'), text, { fault: 'user' });
}
