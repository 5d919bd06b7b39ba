// Plans a study written as text, runs it in this very process, and reads rows: how much better is a fine-tuned network than one from scratch?
// The same as `carryover run`, without the command line. Run it twice with the same folder, and nothing is computed again.
//
//     npm run build && node dist/examples/run-a-study.js [folder for the results]
import { pathToFileURL } from 'node:url';
import type { GapRow, Tables } from '../src/index.js';
import { inline, openStore, parseStudy, planStudy, runPlan } from '../src/index.js';

const text = `
carryover: 1
name: example
network: { architecture: mlp, hidden: [32] }
data:
  source: { dataset: emoji, domains: [noto], labels: group }
  near: { dataset: emoji, domains: [twemoji], labels: group }
recipe: { batch: 64, rate: 0.05, epochs: 3 }
pretrain: { on: source, recipe: { epochs: 6 } }
targets: [near]
arms:
  P-T: { seeds: [1, 2] }
  RI-T: { seeds: [1, 2] }
analyses: [learning-curves]
`;

export interface Finding {
  readonly gaps: readonly GapRow[];
  /** Steps that ran, and steps that were there before. */
  readonly done: number;
  readonly reused: number;
}

export async function runAStudy(folder: string): Promise<Finding> {
  const plan = await planStudy(parseStudy(text, 'example.yaml'), { base: '.' });
  const store = await openStore(folder);
  const result = await runPlan({ plan, store, executor: inline({ store, threads: 1 }), workers: 1 });
  if (!result.ok) throw new Error(result.failed.map(({ step, message }) => `${step.title}: ${message}`).join('\n'));

  const curves = plan.steps.find(({ kind }) => kind === 'learning-curves')!;
  const tables = await store.readJson<Tables>(curves.id, 'tables.json');
  return { gaps: tables['gaps'] as unknown as GapRow[], done: result.done.length, reused: result.reused.length };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { gaps, done, reused } = await runAStudy(process.argv[2] ?? 'carryover-store');
  console.log(`${done} steps ran, ${reused} were there`);
  for (const { metric, at, pretrained, random, gap, low, high } of gaps) {
    const percent = (share: number | null) => (share === null ? '?' : (100 * share).toFixed(1));
    console.log(
      `${metric} (${at}): pre-trained ${percent(pretrained)} %, random ${percent(random)} %, gap ${percent(gap)} [${percent(low)}, ${percent(high)}]`,
    );
  }
}
