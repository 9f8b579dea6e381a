import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/ops/metrics.ts';
import { GAUGES } from '../support/gauges.ts';

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(readFileSync(new URL('../../docs/grafana.json', import.meta.url), 'utf8')) as {
  readonly panels: readonly Panel[];
};

async function registered(): Promise<ReadonlySet<string>> {
  const metrics = createMetrics();
  metrics.watch(GAUGES);
  const { body } = await metrics.scrape();
  return new Set([...body.matchAll(/^# TYPE (\w+)/gm)].map((match) => match[1] ?? ''));
}

const asked = dashboard.panels.flatMap(({ targets = [] }) =>
  targets.flatMap(({ expr }) => [...expr.matchAll(/\b(?:heddle|nodejs|process)_\w+/g)].map(([name]) => name)),
);

describe('the Grafana dashboard', () => {
  it('asks only for metrics that there are', async () => {
    const known = await registered();
    const plain = asked.map((name) => (known.has(name) ? name : name.replace(/_(?:bucket|count|sum)$/, '')));
    expect(plain.filter((name) => !known.has(name))).toEqual([]);
  });

  it('shows every metric of the product', async () => {
    const own = [...(await registered())].filter((name) => name.startsWith('heddle_'));
    const shown = new Set(asked.map((name) => name.replace(/_(?:bucket|count|sum)$/, '')));
    expect(own.filter((name) => !shown.has(name))).toEqual([]);
  });

  it('balances its brackets, and lays no panel over another', () => {
    const cells = new Set<string>();
    for (const { title, gridPos, targets = [] } of dashboard.panels) {
      for (const { expr } of targets) {
        for (const [open, close] of ['()', '{}', '[]'])
          expect(expr.split(open ?? '').length, expr).toBe(expr.split(close ?? '').length);
      }
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(cells.has(`${x},${y}`), `${title} at ${x},${y}`).toBe(false);
          cells.add(`${x},${y}`);
        }
      }
    }
  });
});
