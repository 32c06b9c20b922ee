import type {
  CommandRequest,
  ControlApi,
  CreateTaskRequest,
  TaskSummary,
} from '../../src/http/control-api.ts';

/** The one task it knows. */
export const task: TaskSummary = {
  wid: 'SHOP-12',
  task_id: 12,
  repo: 'shop',
  title: 'Add a sitemap',
  stage: 'analysis',
  attempt: 1,
  waiting: null,
  updated_at: '2026-01-02T03:04:05.000Z',
};

/** Keeps what it was asked; knows one task and one project. */
export function recorder() {
  const commands: CommandRequest[] = [];
  const created: CreateTaskRequest[] = [];
  const control: ControlApi = {
    listTasks: (query) => ({ tasks: query.project === 'none' ? [] : [task], total: 1 }),
    showTask: () => null,
    taskLog: ({ wid, lines, stage }) =>
      wid === task.wid ? { wid, stage: stage ?? 'analysis', attempt: 1, text: `${lines} lines` } : null,
    createTask: (request) => {
      created.push(request);
      if (request.project !== 'shop') return { ok: false, kind: 'unknown-project' };
      if (request.title.length < 5) return { ok: false, kind: 'qg0', errors: ['The title is too short.'] };
      return { ok: true, work_item_id: 'SHOP-13', task_id: 13, status: 'analysis' };
    },
    command: (request) => {
      commands.push(request);
      if (request.wid !== task.wid) return null;
      if (request.command === 'stop') return { ok: true, task };
      return { ok: false, reason: 'stale_attempt', message: 'This belongs to attempt 2.' };
    },
  };
  return { control, commands, created };
}
