import { createIssueStore } from '../../src/db/issues.ts';
import { openDb } from '../../src/db/open.ts';
import { createLocalTracker, type IssueStore } from '../../src/tracker/local/local-tracker.ts';
import { trackerContract } from './tracker.contract.ts';

trackerContract('local', async () => {
  const db = openDb({ file: ':memory:' });
  const store = createIssueStore(db) as IssueStore;
  const uuid = () => crypto.randomUUID();
  const tracker = createLocalTracker({ repo: 'shop-api', store, now: Date.now, uuid });
  return {
    tracker,
    create: async (text) => {
      const made = await tracker.createIssue({ ...text, labels: [], createdBy: 'ann', key: uuid() });
      if (made.kind !== 'ok') throw new Error(made.reason);
      return made.value.id;
    },
    label: async (id, ...labels) => store.updateIssue(id, { labels }, Date.now()),
    comment: async (issue, text) => {
      store.insertComment({ id: uuid(), issue, writeKey: null, author: 'ann', text, createdAt: Date.now() });
    },
    block: async (id, by) => store.updateIssue(id, { blockedBy: [by] }, Date.now()),
    statusName: async (id) => store.issue(id)?.statusKey ?? '',
    commentCount: async (id) => store.comments(id).length,
    close: async () => {
      db.$client.close();
    },
  };
});
