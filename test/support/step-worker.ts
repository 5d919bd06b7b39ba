// `carryover step` without the CLI: what the processes executor starts in tests of its own room.
import { PIECES_FLAG } from '../../src/executors/colleagues.js';
import { workPieces, workStep } from '../../src/executors/worker.js';

const [id, , store, , threads] = process.argv.slice(2) as [string, string, string, string, string];
const options = { store, threads: Number(threads) };
if (process.argv.includes(PIECES_FLAG)) await workPieces(id, options);
else process.exitCode = (await workStep(id, { ...options, shareAfterMs: 0 })).ok ? 0 : 1;
