import type { TestContext } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import type { Plan } from '../../src/study/step.js';

/** Small enough for a test: an mlp on one style of emoji, fine-tuned on another. Six steps with one seed. */
export const tinyStudy = ({
  epochs = 2,
  analyses = 'distance',
  seeds = '1',
}: { epochs?: number; analyses?: string; seeds?: string } = {}): string => `
carryover: 1
name: tiny
network: { architecture: mlp, hidden: [16] }
data:
  source: { dataset: emoji, domains: [noto] }
  near: { dataset: emoji, domains: [openmoji] }
recipe: { batch: 64, rate: 0.05, epochs: ${epochs}, augment: [{ flip: true }] }
pretrain: { on: source, seed: 1 }
targets: [near]
arms:
  P-T: { seeds: [${seeds}] }
  RI-T: { seeds: [${seeds}] }
analyses: [${analyses}]
`;

export const tinyPlan = (options?: Parameters<typeof tinyStudy>[0]): Promise<Plan> =>
  planStudy(parseStudy(tinyStudy(options), 'tiny.yaml'));

/** A folder of its own, removed after the test. */
export async function temporaryFolder(t: Pick<TestContext, 'after'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'carryover-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Starts a worker for the processes executor, without the CLI. */
export const WORKER = [process.execPath, fileURLToPath(new URL('step-worker.js', import.meta.url))];
