import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMetrics } from '../../../src/app/surfaces/metrics.ts';
import { storeOf } from '../../db/store.ts';

const DASHBOARD = new URL('../../../docs/operations/grafana-dashboard.json', import.meta.url);

interface Board {
  panels: { id: number; title: string; targets: { expr: string }[] }[];
}

/** Prometheus functions, keywords and grouping; the rest of an expression are metrics and labels. */
const labelsOf = (expr: string): string[] => [
  ...[...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(',').map((one) => one.trim()),
  ),
  ...[...expr.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label),
];

test('every metric and label the Grafana dashboard asks for exists (REC-142)', () => {
  const { db } = storeOf();
  const metrics = createMetrics();
  metrics.expose({
    house: { db } as never,
    jobs: async () => ({}),
    reconcile: () => ({}),
    rebuilds: () => 0,
    workersUp: () => 0,
    breakerOpen: () => false,
    backupsDir: '/nonexistent',
    now: Date.now,
  });
  const known = new Map(
    metrics.registry
      .getMetricsAsArray()
      .map((metric) => [metric.name, (metric as unknown as { labelNames: string[] }).labelNames]),
  );
  const board = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Board;
  const asked = board.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
  const missing = asked.flatMap(({ title, expr }) => {
    const [name = ''] = expr.match(/\borch_\w+/) ?? [];
    const base = name.replace(/_(bucket|sum|count)$/, '');
    const labels = known.get(base);
    if (labels === undefined) return [`${title}: ${name || expr}`];
    const have = new Set(['le', ...labels]);
    return labelsOf(expr)
      .filter((label) => !have.has(label))
      .map((label) => `${title}: ${base} has no label ${label}`);
  });
  expect(missing).toEqual([]);
  expect(asked.length).toBeGreaterThan(30);
  expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
});
