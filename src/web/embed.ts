import type { Row, Tables } from '../analyses/analysis.js';
import type { ReportData, Section } from '../report/contract.js';

/** A section as the page's script needs it. Rows lie in columns' order: names are written once. */
export type Embedded = Pick<
  Section,
  'id' | 'analysis' | 'target' | 'question' | 'answer' | 'cautions' | 'method' | 'options' | 'metric'
> & {
  readonly tables: Readonly<Record<string, { readonly columns: readonly string[]; readonly values: readonly (readonly Row[string][])[] }>>;
};

/** JSON that may stand inside a <script> element: no '<', no line separators of old. */
export function embed({ sections }: Pick<ReportData, 'sections'>): string {
  const packed = sections.map(({ id, analysis, target, question, answer, cautions, method, options, metric, tables }): Embedded => {
    const pack = (rows: readonly Row[]) => {
      const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
      return { columns, values: rows.map((row) => columns.map((column) => row[column] ?? null)) };
    };
    const all = Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, pack(rows)]));
    return { id, analysis, target, question, answer, cautions, method, options, metric, tables: all };
  });
  return JSON.stringify(packed).replace(/[<\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function unpack({ tables }: Embedded): Tables {
  const rows = (name: string): Row[] =>
    tables[name]!.values.map((values) => Object.fromEntries(tables[name]!.columns.map((column, i) => [column, values[i]!])));
  return Object.fromEntries(Object.keys(tables).map((name) => [name, rows(name)]));
}
