/** What tells how good predictions are: the share of right ones; of independent labels the mean area under their ROC curves. */
export type Metric = 'accuracy' | 'AUC';

// Inside, what tells how good a network is bears the name of accuracy in every row and metric, so that an analysis is written once. What is
// stored or shown says what it is: the functions below translate at that border, and back.

type Plain = Readonly<Record<string, unknown>>;
const renamed = (row: Plain, key: (name: string) => string, value: (cell: unknown, name: string) => unknown): Plain =>
  Object.fromEntries(Object.entries(row).map(([name, cell]) => [key(name), value(cell, name)]));

/** Columns that hold sentences. */
const SENTENCES = ['interval', 'reason'];

const AUC = /^auc(?![a-z])/;
const EPOCH_AUC = /^(train|val|test)Auc$/;

/** A row as it is stored: of independent labels `accuracyLow` is `aucLow`, `testAccuracy` `testAuc`, the metric 'accuracy' 'AUC'. What is the source's stays. */
export function storedRow<T extends object>(row: T, metric: Metric): T {
  if (metric === 'accuracy') return row;
  const key = (name: string) => name.replace(/^accuracy/, 'auc').replace(/^(train|val|test)Accuracy$/, '$1Auc');
  const value = (cell: unknown, name: string) =>
    name === 'metric' && cell === 'accuracy' ? 'AUC' : SENTENCES.includes(name) && typeof cell === 'string' ? saidOf(cell, metric) : cell;
  return renamed(row as Plain, key, value) as T;
}

/** The row that `storedRow` was given; sentences in it say AUC still. */
export function innerRow<T extends object>(row: T): T {
  if (metricOfRow(row) === 'accuracy') return row;
  const key = (name: string) => name.replace(AUC, 'accuracy').replace(EPOCH_AUC, '$1Accuracy');
  return renamed(row as Plain, key, (cell, name) => (name === 'metric' && cell === 'AUC' ? 'accuracy' : cell)) as T;
}

const metricOfRow = (row: object): Metric =>
  Object.entries(row).some(([name, cell]) => AUC.test(name) || EPOCH_AUC.test(name) || (name === 'metric' && cell === 'AUC'))
    ? 'AUC'
    : 'accuracy';

type Rows = Readonly<Record<string, readonly object[]>>;
const eachRow = <T extends Rows>(tables: T, of: (row: object) => object): T =>
  Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, rows.map(of)])) as unknown as T;

/** Tables as they are stored. */
export const storedTables = <T extends Rows>(tables: T, metric: Metric): T =>
  metric === 'accuracy' ? tables : eachRow(tables, (row) => storedRow(row, metric));
/** The tables that `storedTables` was given. */
export const innerTables = <T extends Rows>(tables: T): T => (metricOf(tables) === 'accuracy' ? tables : eachRow(tables, innerRow));
/** What stored tables tell about. */
export const metricOf = (tables: Rows): Metric =>
  Object.values(tables).some((rows) => rows.some((row) => metricOfRow(row) === 'AUC')) ? 'AUC' : 'accuracy';

/** A text written for accuracy as it is shown: 'test accuracy' becomes 'test AUC'; P's 'source accuracy' is one. */
export const saidOf = (text: string, metric: Metric): string =>
  metric === 'accuracy' ? text : text.replace(/(?<!\bsource )\baccuracy\b/gi, 'AUC').replace(/\baccuracies\b/gi, 'AUCs');
