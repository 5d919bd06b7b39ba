import { resolve } from 'node:path';
import { collect } from '../report/collect.js';
import type { ReportData } from '../report/contract.js';
import { renderReport } from '../report/html.js';
import type { Store } from '../store/store.js';
import type { Study } from '../study/study.js';
import { plural } from './format.js';
import type { Output } from './output.js';
import type { StudyResults } from './report-input.js';
import { reportInput } from './report-input.js';
import { writeWhole } from './write.js';

export const reportPath = (store: Store, study: Study): string => resolve(store.directory, 'reports', study.name, 'report.html');

/** What the report shows, from what the store holds; says so when steps are missing. */
export async function gather(from: StudyResults, output: Output): Promise<ReportData> {
  const { input, missing } = await reportInput(from);
  if (missing.length > 0)
    output.note(`The report lacks ${plural(missing.length, 'step')}: ${missing.map(({ title }) => title).join(', ')}.`);
  return collect(input);
}

/** Writes the page; returns its path and what it shows. */
export async function writeReport(
  { to, ...from }: StudyResults & { readonly to: string },
  output: Output,
): Promise<{ readonly path: string; readonly data: ReportData }> {
  const path = resolve(to);
  const data = await gather(from, output);
  await writeWhole(path, await renderReport(data));
  return { path, data };
}
