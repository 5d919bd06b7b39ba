import type { CkaRow, FreezingChoiceRow, RewindRow } from './rows.js';
import { mean } from './statistics.js';

/** When a module may keep the values it has in P (ours). */
export interface FreezingRule {
  /** Setting the module back to P costs every P-T run less accuracy than this, by the upper bound. */
  readonly margin: number;
  /** Least CKA between P-T and P of what leaves the module (or its stage), where it was measured. */
  readonly similarity: number;
}

export type Choice = Omit<FreezingChoiceRow, 'target' | 'at' | 'weights'>;

/** Which of the body's modules may be frozen in fine-tuning, from the rows of rewind (to epoch 0, which is P) and of cka; by depth. */
export function chooseFrozen(
  rewound: readonly RewindRow[],
  similarities: readonly CkaRow[],
  { margin, similarity }: FreezingRule,
): Choice[] {
  const rows = rewound.filter(({ role, to, head }) => role === 'P-T' && to === 0 && !head);
  const modules = [...new Set(rows.toSorted((x, y) => x.depth - y.depth).map(({ module }) => module))];
  return modules.map((module) => {
    const own = rows.filter((row) => row.module === module);
    const cka = similarityOf(module, similarities);
    const high = Math.max(...own.map(({ dropHigh }) => dropHigh));
    return {
      module,
      depth: own[0]!.depth,
      drop: mean(own.map(({ drop }) => drop)),
      low: Math.min(...own.map(({ dropLow }) => dropLow)),
      high,
      cka,
      frozen: high < margin && (cka === null || cka >= similarity),
      n: own[0]!.n,
      runs: own.length,
    };
  });
}

/** Mean over P-T runs; rows of stages speak for their blocks. null: not measured, or undefined. */
function similarityOf(module: string, similarities: readonly CkaRow[]): number | null {
  const own = similarities.filter((row) => row.pair === 'P-T & P' && (row.module === module || module.startsWith(`${row.module}.`)));
  const known = own.flatMap(({ value }) => (value === null ? [] : [value]));
  return known.length === 0 ? null : mean(known);
}

/** A recipe's patterns for exactly these parameters. */
export const exactly = (parameters: readonly string[]): string[] =>
  parameters.map((name) => `^${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
