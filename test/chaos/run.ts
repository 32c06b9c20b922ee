import { setTimeout as delay } from 'node:timers/promises';
import { COUNTERS, type Counter } from './checks/check.ts';
import { CHECKS } from './checks/index.ts';
import { runsOfEndedTasks } from './checks/leftovers.ts';
import { type Evidence, gitOf, ledgerOf } from './evidence.ts';
import type { Form } from './form.ts';
import { type House, startHouse } from './house/house.ts';
import { KINDS } from './kinds/index.ts';
import { ordersOf } from './orders.ts';
import { createPeople, type People } from './people.ts';
import { planOf } from './plan.ts';
import { createRandom } from './random.ts';
import { missingOf } from './right-end.ts';
import { createStillness } from './stillness.ts';
import { type Storm, startStorm } from './storm.ts';
import { createWitness, type Witness } from './witness.ts';

/** The last line of the lane. */
export type Line = { seed: number; faults: number; tasks: number } & Record<Counter, number> & {
    maxDetectionMs: number;
  };

export interface Finding {
  counter: Counter;
  asks: string;
  complaints: string[];
}

export interface Outcome {
  line: Line;
  findings: readonly Finding[];
  evidence: Evidence;
  tookMs: number;
}

/** The whole lane: a house, a storm, and the judgement when it is over. `report` sees the house while it still stands. */
export async function runChaos(form: Form, report: (outcome: Outcome) => void): Promise<Outcome> {
  const startedAt = performance.now();
  const house = await startHouse();
  const witness = createWitness(house.dbFile);
  try {
    const people = createPeople({ house, witness });
    const { storm, stuck } = await weather(form, { house, witness, people, startedAt });
    const evidence: Evidence = {
      ...{ house, people, witness },
      happened: storm.happened,
      unnoticed: storm.unnoticed(),
      stuck,
      tasks: people.placed.map((one) => ({ ...one, task: witness.ofIssue(one.issue.id) })),
      git: gitOf(house),
      ledger: ledgerOf(house),
    };
    const outcome = judge(form, evidence, performance.now() - startedAt);
    report(outcome);
    return outcome;
  } finally {
    witness.close();
    await house.close();
  }
}

interface Stage {
  house: House;
  witness: Witness;
  people: People;
  startedAt: number;
}

/** Work goes on under faults, then without, until everything is at its right end or the budget is used up. */
async function weather(
  form: Form,
  { house, witness, people, startedAt }: Stage,
): Promise<{ storm: Storm; stuck: string[] }> {
  const kinds = KINDS.filter(({ possible }) => possible?.(house) ?? true);
  // More than asked for: some find nothing to hit.
  const plan = planOf({ ...form, faults: Math.ceil(form.faults * 1.2) }, kinds);
  const storm = startStorm({ house, witness, random: createRandom(form.seed + 13) }, plan);
  const stillness = createStillness(({ issue, activity }) =>
    people.placed.some(
      ({ order, issue: own }) => own.id === issue && order.end === 'blocked' && activity === 'blocked',
    ),
  );
  let raging = true;
  void storm.over.finally(() => {
    raging = false;
  });
  const orders = ordersOf(form.seed, form.tasks);
  const everyMs = (form.stormMs * 0.6) / form.tasks;
  let areLooking = false;
  const git = gitOf(house);
  const settled = () =>
    people.placed.length === form.tasks &&
    people.placed.every(
      (one) => missingOf({ ...one, task: witness.ofIssue(one.issue.id) }, { house, people, git }) === null,
    ) &&
    storm.unnoticed().length === 0 &&
    runsOfEndedTasks(witness).length === 0 &&
    witness.rows('select id from outbox where sent_at is null limit 1').length === 0;
  const stormAt = performance.now();
  let settledAt = 0;
  while (performance.now() - startedAt < form.budgetMs - 5000) {
    const due = (performance.now() - stormAt) / everyMs;
    while (people.placed.length < Math.min(form.tasks, 1 + due))
      people.begin(orders[people.placed.length] as never);
    await storm.look();
    stillness.look(witness.tasks(), house.control.isUp() && !raging);
    if (!areLooking) {
      areLooking = true;
      void people.look().finally(() => {
        areLooking = false;
      });
    }
    if (!raging && performance.now() - settledAt > 1000) {
      settledAt = performance.now();
      if (settled()) break;
    }
    await delay(60);
  }
  await storm.over;
  return { storm, stuck: stillness.stuck() };
}

function judge(form: Form, evidence: Evidence, tookMs: number): Outcome {
  const findings = CHECKS.map(({ counter, asks, find }) => ({ counter, asks, complaints: find(evidence) }));
  const count = (counter: Counter) =>
    findings
      .filter((one) => one.counter === counter)
      .reduce((sum, { complaints }) => sum + complaints.length, 0);
  const noticed = evidence.happened.map(({ noticedMs }) => noticedMs ?? 0);
  return {
    line: {
      seed: form.seed,
      faults: evidence.happened.filter(({ injected }) => injected !== null).length,
      tasks: evidence.tasks.length,
      ...(Object.fromEntries(COUNTERS.map((counter) => [counter, count(counter)])) as Record<
        Counter,
        number
      >),
      maxDetectionMs: Math.max(0, ...noticed),
    },
    findings,
    evidence,
    tookMs,
  };
}
