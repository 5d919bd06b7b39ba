// Carryover's side of `npm run bench`: one job, one process. Prints one line of JSON, as peer/main.py does.
import type { Job } from '../workloads.js';
import { openAnalysis } from './analysis.js';
import { openImages } from './images.js';
import { openNetwork } from './network.js';
import { openStudy } from './study.js';

export type Asked<K extends Job['kind'] = Job['kind']> = Extract<Job, { readonly kind: K }> & {
  readonly threads: number;
  readonly repeats: number;
  readonly drop: number;
  readonly pictures: string;
};

/** Prepares a job; what it returns does it once. */
function open(job: Asked): Promise<() => Promise<unknown>> {
  switch (job.kind) {
    case 'network':
      return openNetwork(job);
    case 'images':
      return openImages(job);
    case 'study':
      return openStudy(job);
    case 'cka':
    case 'interpolation':
    case 'rewind':
    case 'criticality':
      return openAnalysis(job);
  }
}

const job = JSON.parse(process.argv[2]!) as Asked;
const run = await open(job);
const times: number[] = [];
for (let i = 0; i < job.drop + job.repeats; i++) {
  const begun = performance.now();
  await run();
  times.push(performance.now() - begun);
}
process.stdout.write(`${JSON.stringify({ times_ms: times.slice(job.drop), peak_mb: (process.resourceUsage().maxRSS * 1024) / 1e6 })}\n`);
