import assert from 'node:assert/strict';
import type { Tables } from '../../src/analyses/analysis.js';

/** Tables that may be empty: no images of a kind, nothing trained. */
const MAY_BE_EMPTY = ['images', 'verified'];

/** One set of columns a table, plain values, no NaN, the target in every row. Only a table of images may be empty. */
export function assertTidy(name: string, tables: Tables, target: string): void {
  for (const [table, rows] of Object.entries(tables)) {
    assert.ok(rows.length > 0 || MAY_BE_EMPTY.includes(table), `${name}: ${table} has rows`);
    for (const row of rows) {
      assert.deepEqual(Object.keys(row), Object.keys(rows[0]!), `${name}: columns of ${table}`);
      for (const [column, cell] of Object.entries(row)) {
        const plain = cell === null || typeof cell === 'string' || typeof cell === 'boolean' || Number.isFinite(cell);
        assert.ok(plain, `${name}: ${table}.${column} is ${String(cell)}`);
      }
      assert.equal(row['target'], target);
    }
  }
}
