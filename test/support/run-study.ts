// Runs the tiny study in a store with worker processes, and prints each event's type and title. To be killed by tests.
import { processes } from '../../src/executors/processes.js';
import { runPlan } from '../../src/executors/schedule.js';
import { openStore } from '../../src/store/store.js';
import { tinyPlan, WORKER } from './tiny-study.js';

const [directory, epochs] = process.argv.slice(2) as [string, string];
const store = await openStore(directory);
const result = await runPlan({
  plan: await tinyPlan({ epochs: Number(epochs) }),
  store,
  executor: processes({ store, threads: 1, command: WORKER }),
  workers: 2,
  onEvent(event) {
    const said = event.type === 'planned' ? '' : event.step.title;
    process.stdout.write(`${event.type} ${said} ${event.type === 'progress' ? event.detail : ''}\n`);
  },
});
process.exitCode = result.ok ? 0 : 1;
