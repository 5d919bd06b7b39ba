// `carryover step` without the CLI: what the processes executor starts in tests of its own room.
import { workStep } from '../../src/executors/worker.js';

const [id, , store, , threads] = process.argv.slice(2) as [string, string, string, string, string];
const outcome = await workStep(id, { store, threads: Number(threads) });
process.exitCode = outcome.ok ? 0 : 1;
