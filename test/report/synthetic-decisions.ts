// Rows that advice is made from, and those of the domains, of a study that never ran.
import type { TablesOf } from '../../src/analyses/rows.js';
import { around, half, MODULES, NEAR, TEST, type Character } from './synthetic-rows.js';

export function averaging({ target, pretrained, random: scratch }: Character): TablesOf['averaging'] {
  const row = (role: string, what: TablesOf['averaging']['averages'][number]['what'], runs: string, accuracy: number, over: number) => ({
    target,
    at: 'final',
    role,
    batchNorm: 'none' as const,
    what,
    runs,
    members: runs.split(' + ').length,
    n: TEST,
    accuracy,
    ...around(accuracy, half(accuracy)),
    loss: 1.7,
    overMean: over,
    overMeanLow: over - 0.014,
    overMeanHigh: over + 0.014,
    best: runs.split(' + ')[0]!,
    overBest: over - 0.004,
    overBestLow: over - 0.02,
    overBestHigh: over + 0.012,
    reason: null,
  });
  return {
    averages: ['P-T', 'RI-T'].flatMap((role) => {
      const [level, over] = role === 'P-T' ? [pretrained, 0.006] : [scratch, -0.32];
      const [one, two] = [`${role}.1`, `${role}.2`];
      return [
        row(role, 'single', one, level + 0.008, 0),
        row(role, 'single', two, level - 0.008, 0),
        row(role, 'midpoint', `${one} + ${two}`, level + over, over),
        row(role, 'average of all', `${one} + ${two}`, level + over, over),
        row(role, 'ensemble', `${one} + ${two}`, level + 0.01, 0.01),
      ];
    }),
  };
}

export function domainDistance({ target }: Character): TablesOf['domain-distance'] {
  const row = (measure: string, comparison: string, value: number, width: number) => ({
    target,
    measure,
    comparison,
    value,
    ...around(value, width),
    plain: value + 0.5,
    n: TEST,
    module: 'layer3.0',
    p: 64,
    dimensions: 32,
    explained: 0.97,
  });
  const [frechet, proxy] = target === NEAR.target ? [27, 1.77] : [70, 1.95];
  return {
    distances: [
      row('frechet', 'source & target', frechet, 4),
      row('frechet', 'source & source', -0.3, 1.5),
      row('frechet', 'difference', frechet + 0.3, 4),
      row('proxy-a', 'source & target', proxy, 0.05),
      row('proxy-a', 'source & source', -0.08, 0.15),
      row('proxy-a', 'difference', proxy + 0.08, 0.16),
    ],
  };
}

export function freezing({ target, pretrained }: Character): TablesOf['freezing'] {
  const drops = [0.004, 0.006, 0.05, 0.2];
  return {
    choice: MODULES.slice(0, 4).map((module, depth) => ({
      target,
      at: 'final',
      module,
      depth,
      weights: 432 * 4 ** depth,
      drop: drops[depth]!,
      ...around(drops[depth]!, 0.012),
      cka: 0.97 - 0.08 * depth,
      frozen: depth < 2,
      n: TEST,
      runs: 2,
    })),
    verified: [
      {
        target,
        at: 'final',
        modules: MODULES.slice(0, 2).join(', '),
        share: 0.03,
        n: TEST,
        runs: 2,
        full: pretrained,
        frozen: pretrained - 0.004,
        difference: -0.004,
        ...around(-0.004, 0.012),
      },
    ],
  };
}
