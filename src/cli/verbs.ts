import type { Command } from 'commander';

/** Loaded one by one: a worker (`step`) needs a part of the house only, and starts many times. */
export const VERBS: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./verbs/demo.js')).demoVerb(),
  init: async () => (await import('./verbs/init.js')).initVerb(),
  plan: async () => (await import('./verbs/plan.js')).planVerb(),
  run: async () => (await import('./verbs/run.js')).runVerb(),
  analyze: async () => (await import('./verbs/analyze.js')).analyzeVerb(),
  compare: async () => (await import('./verbs/compare.js')).compareVerb(),
  status: async () => (await import('./verbs/status.js')).statusVerb(),
  report: async () => (await import('./verbs/report.js')).reportVerb(),
  inspect: async () => (await import('./verbs/inspect.js')).inspectVerb(),
  diff: async () => (await import('./verbs/diff.js')).diffVerb(),
  export: async () => (await import('./verbs/export.js')).exportVerb(),
  data: async () => (await import('./verbs/data.js')).dataVerb(),
  bench: async () => (await import('./verbs/bench.js')).benchVerb(),
  gc: async () => (await import('./verbs/gc.js')).gcVerb(),
  step: async () => (await import('./verbs/step.js')).stepVerb(),
};
