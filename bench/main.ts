// `npm run bench`: measures the product against the floor it stands on and against its peers. See docs/performance.md.
import { readArguments, USAGE } from './core/arguments.ts';
import { exitCodeOf, judge } from './core/budgets.ts';
import { inChildren } from './core/child.ts';
import type { Bench, Findings, Size } from './core/part.ts';
import { renderJson, renderMissed, renderTable } from './core/report.ts';
import { PARTS } from './parts/index.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const benchOf = (size: Size): Bench => ({
  size,
  measure: inChildren(process.env.BENCH_CPU_PROFILE ?? null),
  scaled: (count, least = 1) => Math.max(least, Math.round(count * size.scale)),
  say: (line) => void process.stderr.write(`${line}\n`),
});

async function main(argv: readonly string[]): Promise<number> {
  const order = readArguments(
    argv,
    PARTS.map(({ name }) => name),
  );
  if (order.help) {
    print(USAGE);
    return 0;
  }
  const bench = benchOf(order.size);
  const found: Record<string, Findings> = {};
  for (const part of PARTS.filter(({ name }) => order.parts.includes(name))) {
    bench.say(`${part.name} …`);
    const startedAt = performance.now();
    const findings = await part.run(bench);
    bench.say(`  took ${Math.round((performance.now() - startedAt) / 1000)} s`);
    found[part.name] = findings;
    print(`${renderTable(part, findings)}\n`);
  }
  const judgements = PARTS.flatMap(({ name, budgets }) =>
    found[name] ? judge(name, budgets, { ...found[name].figures, ...found[name].checked }) : [],
  );
  for (const line of renderMissed(judgements)) print(line);
  if (order.json) print(renderJson(found));
  return exitCodeOf(judgements);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
