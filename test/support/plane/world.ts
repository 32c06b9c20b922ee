import { openDb } from '../../../src/db/open.ts';
import { createPlaneStore } from '../../../src/db/plane-store.ts';
import { createHttpClient } from '../../../src/http-client.ts';
import { silentLogger } from '../../../src/log.ts';
import { createPlaneClient, type PlaneClientOptions } from '../../../src/tracker/plane/client.ts';
import { createPlaneTracker } from '../../../src/tracker/plane/plane-tracker.ts';
import { createPlaneProject } from '../../../src/tracker/plane/project.ts';
import { editIssue } from './routes.ts';
import { createFakePlane, type FakePlaneOptions } from './server.ts';
import { ALL_STATES, addIssue, type FakeIssue, type FakeProject, newProject } from './state.ts';

export interface PlaneWorldOptions extends FakePlaneOptions {
  states?: readonly (readonly [string, string])[];
  stateNames?: Readonly<Record<string, string>>;
  client?: Partial<PlaneClientOptions>;
  roles?: readonly string[];
  /** Our own clock; default the machine's. */
  clock?: () => number;
  sleep?: (ms: number) => Promise<void>;
}

/** One project on a fake Plane, with the real adapter over real SQLite in front of it. */
export async function createPlaneWorld(options: PlaneWorldOptions = {}) {
  const plane = await createFakePlane(options);
  const shared = plane.addUser('Orchestrator');
  const ann = plane.addUser('Ann');
  const bots = Object.fromEntries((options.roles ?? []).map((role) => [role, plane.addUser(`bot ${role}`)]));
  const board = newProject('SHOP', options.states ?? ALL_STATES, [shared, ann, ...Object.values(bots)]);
  plane.projects.push(board);
  const db = openDb({ file: ':memory:' });
  const store = createPlaneStore(db);
  const now = options.clock ?? Date.now;
  const log = silentLogger();
  const sleep = options.sleep ?? (async () => undefined);
  const client = createPlaneClient({
    baseUrl: plane.url,
    workspace: 'acme',
    token: shared.token,
    roleTokens: Object.fromEntries(Object.entries(bots).map(([role, user]) => [role, user.token])),
    style: 'auto',
    timeoutMs: 2000,
    maxPages: 50,
    ratePerMin: 10_000,
    http: createHttpClient({ userAgent: 'Orchestrator/test', timeoutMs: 2000 }),
    log,
    now,
    sleep,
    ...options.client,
  });
  const open = (on: FakeProject, repo: string, stateNames: Readonly<Record<string, string>> = {}) => {
    const entry = { repo, prefix: on.identifier, planeProjectId: on.id, stateNames };
    const project = createPlaneProject({
      client,
      store,
      project: entry,
      statesTtlMs: 300_000,
      labelsTtlMs: 300_000,
      now,
      log,
    });
    return { project, tracker: createPlaneTracker({ project, webUrl: 'https://plane.example.org' }) };
  };
  const opened = open(board, 'shop-api', options.stateNames);
  const stateOf = (name: string, on = board) => {
    const found = on.states.find((state) => state.name === name);
    if (!found) throw new Error(`no state ${name}`);
    return found.id;
  };
  const issueOf = (id: string, on = board): FakeIssue => {
    const found = on.issues.find((issue) => issue.id === id);
    if (!found) throw new Error(`no issue ${id}`);
    return found;
  };
  /** What a person does on the board. */
  const person = {
    create: (text: { name?: string; description?: string; state?: string }, on = board) => {
      const issue = addIssue(on, {
        name: text.name ?? 'Show the delivery date',
        description: text.description ?? 'The cart shows when an order will arrive.',
        state: text.state ?? 'Backlog',
        by: ann.id,
        at: plane.api.at(),
      });
      plane.api.changed({ action: 'created', project: on, issue, before: {}, by: ann });
      return issue.id;
    },
    move: (id: string, name: string, on = board) =>
      editIssue(plane.api, { project: on, issue: issueOf(id, on), by: ann }, { state: stateOf(name, on) }),
    edit: (id: string, change: Parameters<typeof editIssue>[2]) =>
      editIssue(plane.api, { project: board, issue: issueOf(id), by: ann }, change),
    label: (id: string, ...names: string[]) => {
      const ids = names.map((name) => {
        const known = board.labels.find((label) => label.name === name);
        if (known) return known.id;
        const made = { id: crypto.randomUUID(), name, color: '' };
        board.labels.push(made);
        return made.id;
      });
      person.edit(id, { labels: ids });
    },
    comment: (id: string, html: string) => {
      issueOf(id).comments.push({
        id: crypto.randomUUID(),
        comment_html: html,
        actor: ann.id,
        created_at: plane.api.at(),
        external_source: null,
        external_id: null,
      });
    },
    block: (id: string, by: string) => issueOf(id).blockedBy.push(by),
    unblock: (id: string, by: string) => {
      const { blockedBy } = issueOf(id);
      blockedBy.splice(blockedBy.indexOf(by), 1);
    },
  };
  const statusOf = (id: string, on = board) =>
    on.states.find((state) => state.id === issueOf(id, on).state)?.name ?? '';
  const close = async () => {
    db.$client.close();
    await plane.close();
  };
  return {
    plane,
    board,
    shared,
    ann,
    bots,
    store,
    client,
    log,
    now,
    open,
    ...opened,
    person,
    stateOf,
    issueOf,
    statusOf,
    close,
  };
}
export type PlaneWorld = Awaited<ReturnType<typeof createPlaneWorld>>;
