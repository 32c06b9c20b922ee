import type { TestHosts } from './host.ts';
import { createNamespaces, lackOfNamespaces } from './namespaces.ts';
import { createUsers, lackOfUsers } from './users.ts';

/**
 * Worker hosts below `dir` that cannot reach the directories of `hidden`: in namespaces of their own, else as another user.
 * A sentence where neither can be had.
 */
export function createHosts(dir: string, hidden: readonly string[]): TestHosts | string {
  const noNamespaces = lackOfNamespaces();
  if (noNamespaces === null) return createNamespaces(dir, hidden);
  const noUsers = lackOfUsers();
  if (noUsers === null) return createUsers(dir, hidden);
  return `${noNamespaces}; ${noUsers}`;
}
