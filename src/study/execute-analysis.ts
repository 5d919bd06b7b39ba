import { join } from 'node:path';
import { Absent, absentTable } from '../analyses/absent.js';
import type { Row, Subject, Tables } from '../analyses/analysis.js';
import { findAnalysis } from '../analyses/registry.js';
import { toCsv } from '../store/csv.js';
import { tableFile, TABLES_FILE } from '../store/layout.js';
import type { Store } from '../store/store.js';
import { writeJson, writeText } from '../store/write.js';
import { storedTables } from '../tensor/metric.js';
import type { ExecuteOptions } from './execute.js';
import type { PieceSharing } from './pieces.js';
import type { Plan, Step } from './step.js';
import { openSubject } from './subject.js';

/** Runs the analysis that the step's kind names, and writes its tables as JSON and CSV. */
export async function executeAnalysis(
  step: Step,
  plan: Plan,
  store: Store,
  directory: string,
  { threads, share, signal, report }: ExecuteOptions,
): Promise<void> {
  const subject = await openSubject(step, plan, store, { threads, share, signal, report: (done) => report?.({ share: done, detail: '' }) });
  const found = await analyse(step, subject).catch((error: unknown) => {
    if (error instanceof Absent) return absentTable(subject, [{ what: '', reason: error.reason }]);
    throw error;
  });
  signal?.throwIfAborted();
  checkCells(step.kind, found);
  const tables = storedTables(found, subject.data.multiLabel ? 'AUC' : 'accuracy');
  for (const [name, rows] of Object.entries(tables)) await writeText(join(directory, tableFile(name)), toCsv(rows));
  await writeJson(join(directory, TABLES_FILE), tables);
}

const analyse = ({ kind, options }: Step, subject: Subject): Promise<Tables> =>
  findAnalysis(kind).run(subject, (options as { options: object }).options);

/** Does pieces of an analysis whose step another process works on: `share` is given them. */
export async function analysePieces(
  step: Step,
  plan: Plan,
  store: Store,
  options: { readonly threads: number; readonly share: PieceSharing },
): Promise<void> {
  await analyse(step, await openSubject(step, plan, store, options));
}

/** JSON would turn NaN into null and say nothing. */
function checkCells(analysis: string, tables: Tables): void {
  for (const [name, rows] of Object.entries(tables)) {
    for (const [i, row] of rows.entries()) {
      const column = Object.keys(row).find((key) => typeof row[key] === 'number' && !Number.isFinite(row[key]));
      if (column !== undefined)
        throw new Error(`internal: ${analysis}: ${name}[${i}].${column} must be finite or null, got ${text(row, column)}`);
    }
  }
}

const text = (row: Row, column: string): string => `${String(row[column])} in ${JSON.stringify(row)}`;
