import { Command, InvalidArgumentError, Option } from 'commander';
import type { Provider, ProviderWord } from '../runtime/provider.js';
import { PROVIDER_WORDS, useProvider } from '../runtime/provider.js';
import type { ExitCode } from './exit.js';
import { EXIT, EXIT_HELP } from './exit.js';
import type { Output, OutputOptions } from './output.js';
import { createOutput } from './output.js';

/** What a verb does when it is called: arguments and options as commander parsed them. Returns an exit code when it is not 0. */
export type Work<A extends unknown[]> = (output: Output, ...args: A) => Promise<ExitCode | void>;

/** Makes one word of the command line. */
export function verb(name: string, summary: string, examples: readonly string[]): Command {
  const shown = examples.map((example) => `  $ ${example}`).join('\n');
  return new Command(name).summary(summary).description(summary).addHelpText('after', `\nExamples:\n${shown}`);
}

/** Binds work to a verb: builds the output from the global options and hands the exit code to `finish`. */
export function action<A extends unknown[]>(command: Command, work: Work<A>): Command {
  return command.action(async (...all: unknown[]) => {
    const output = createOutput(command.optsWithGlobals<OutputOptions>());
    const code = await work(output, ...(all.slice(0, -1) as A));
    process.exitCode = code ?? EXIT.ok;
  });
}

/** Options that several verbs share, worded once. */
export const STORE_OPTION = ['--store <dir>', 'where results are kept', 'carryover-store'] as const;
export const JSON_OPTION = ['--json', 'print JSON on stdout, everything else on stderr'] as const;

/** Steps at a time; left out: one a core. */
export const workersOption = (): Option =>
  new Option('-w, --workers <n>', 'steps at a time (default: one a core)').argParser(wholeNumber('workers'));

/** The same number of threads gives the same bytes; another may round sums differently. */
export const threadsOption = (text = 'threads of each step (default: the cores shared out)'): Option =>
  new Option('-t, --threads <n>', text).argParser(wholeNumber('threads'));

/** Where onnxruntime computes; `auto` falls back to the CPU with a notice. */
export const providerOption = (): Option =>
  new Option('--provider <name>', 'where to compute; auto: what works here, else the CPU').choices(PROVIDER_WORDS).default('cpu');

/** Makes this process compute where the option says. Throws InputError when it cannot. */
export async function computeOn(word: ProviderWord, output: Output): Promise<Provider> {
  const { provider, notice } = await useProvider(word);
  if (notice !== null) output.note(notice);
  return provider;
}

/** An option that may be given again; undefined when it is not given. */
export const repeated =
  <T>(parse: (text: string) => T) =>
  (text: string, before: readonly T[] | undefined): readonly T[] => [...(before ?? []), parse(text)];

/** Reads a positive integer, or says what it must be. */
export const wholeNumber =
  (name: string) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError(`${name}: must be a positive integer, got ${text}`);
    return value;
  };

/** The words that hold for every verb. */
export function rootCommand(version: string): Command {
  return new Command('carryover')
    .description('Tells what a fine-tuned network took over from pre-training.')
    .version(version, '--version', 'print the version')
    .option('-q, --quiet', 'only the answer and errors')
    .option('-v, --verbose', 'more about the work, and stacks of errors')
    .helpOption('-h, --help', 'help, also of one command: carryover plan --help')
    .showHelpAfterError('(add --help for usage)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  $ carryover demo                     run the built-in study and write its report
  $ carryover init && carryover run study.yaml
  $ carryover plan study.yaml          what would run, and for how long
${EXIT_HELP}`,
    );
}
