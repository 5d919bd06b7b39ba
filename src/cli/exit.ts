import { CommanderError } from 'commander';
import { InputError } from '../tensor/input-error.js';
import type { Output } from './output.js';

/** What the process's exit code says. Documented in docs/cli.md and in --help. */
export const EXIT = { ok: 0, failed: 1, input: 2, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit codes:
  0    done
  1    a step failed, or something broke
  2    the input or the command line is wrong, also when only steps can tell
  130  interrupted (Ctrl-C); finished work is kept`;

/** Tells the user about an error, at the length it deserves, and says how to exit. */
export function exitOf(error: unknown, output: Output): ExitCode {
  // commander has printed its own message, or help that was asked for
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.input;
  if (isAbort(error)) return EXIT.interrupted;
  const known = error instanceof Error;
  output.error(`${output.paint('red', 'error:', 'err')} ${known ? error.message : String(error)}`);
  if (output.level === 'verbose' && known && error.stack) output.error(error.stack);
  if (isInput(error)) return EXIT.input;
  if (output.level !== 'verbose') output.error('Run with --verbose for the stack.');
  return EXIT.failed;
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

/** A file that is missing or may not be read is the user's to mend, as is everything that says so itself. */
function isInput(error: unknown): boolean {
  if (error instanceof InputError) return true;
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR' || code === 'ENOTDIR';
}
