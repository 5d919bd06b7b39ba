import type { RunRow } from '../analyses/rows.js';
import { estimate, list, percent, share } from './format.js';
import type { Findings } from './section-text.js';
import { rowsOf } from './section-text.js';

/**
 * Networks that were trained elsewhere, on the target as their files say, and tell its classes apart no better than chance: more likely they
 * are looked at in the wrong way. One sentence; null where there are none.
 */
export function atChance({ target, tables }: Findings): string | null {
  const rows = rowsOf<RunRow>(tables, 'runs').filter((row) => row.epoch === null && row.low <= row.chance);
  if (rows.length === 0) return null;
  const said = list(rows.map((row) => `${row.run} ${percent(estimate(row.accuracy, row.low, row.high))}`));
  return `Trained elsewhere, and on ${target} no better than chance (${share(rows[0]!.chance)}) in accuracy: ${said}. Were these networks trained on such images, then most likely classes stand in another order than in training (of a folder: in the order of its sorted names), or pixels are normalized in another way, or images have another size or cut.`;
}
