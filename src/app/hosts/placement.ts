import type { Announcement } from '../../queues/announcement.ts';
import { ForOthers, type Payload, type Processor, type Processors } from '../../queues/catalog.ts';

/** What the project of a step asks of a host (REC-180). */
export function labelsAskedBy({ input }: Pick<Payload<'run-check'>, 'input'>): readonly string[] {
  const { workerLabels = [] } = (input as { project?: { workerLabels?: string[] } }).project ?? {};
  return workerLabels;
}

/** True where a host offers all that is asked of it. */
export const suits = (asked: readonly string[], offered: readonly string[]): boolean =>
  asked.every((label) => offered.includes(label));

export type Role = 'agents' | 'gates';

/** True where one of these hosts takes work of this kind that asks for these labels. */
export const isOffered = (
  hosts: readonly Pick<Announcement, 'roles' | 'labels'>[],
  { role, asked = [] }: { role: Role; asked?: readonly string[] },
): boolean => hosts.some(({ roles, labels }) => roles.includes(role) && suits(asked, labels));

export type Checks = Pick<Processors, 'run-check' | 'project-checks'>;

/** A check that this host leaves to others goes back to the queue. */
export function placed(
  checks: Checks,
  isMine: (asked: readonly string[]) => boolean | Promise<boolean>,
): Checks {
  const here =
    (check: Processor<keyof Checks>): Processor<keyof Checks> =>
    async (payload, context) => {
      if (await isMine(labelsAskedBy(payload))) return check(payload, context);
      throw new ForOthers();
    };
  return { 'run-check': here(checks['run-check']), 'project-checks': here(checks['project-checks']) };
}
