import { stripVTControlCharacters } from 'node:util';

type Stream = NodeJS.WriteStream;

/** SGR codes: on, off. */
const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] } as const;
type Style = keyof typeof STYLES;

/**
 * The only way to the user. Answers go to stdout, everything about the work (progress, remarks, errors) to stderr,
 * so that `carryover plan study.yaml --json | jq` sees nothing but JSON.
 */
export interface Output {
  readonly level: 'quiet' | 'normal' | 'verbose';
  readonly json: boolean;
  /** A line of the answer. Silent in JSON mode. */
  line(text?: string): void;
  /** The answer as JSON; silent in text mode. */
  data(value: unknown): void;
  /** A remark about the work; silent with --quiet. */
  note(text: string): void;
  /** A remark for the curious: only with --verbose. */
  detail(text: string): void;
  /** What went wrong. Never silent. */
  error(text: string): void;
  /** Colours text for stdout (`out`) or stderr (`err`); plain when that stream is no terminal or NO_COLOR is set. */
  paint(style: Style, text: string, stream?: 'out' | 'err'): string;
  /** Where live progress is drawn; `live` says whether it may be redrawn in place. */
  readonly progress: { readonly stream: Stream; readonly live: boolean };
}

export interface OutputOptions {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/** Builds the output of one invocation. `-q` and `-v` together: quiet wins. */
export function createOutput(
  { quiet = false, verbose = false, json = false }: OutputOptions,
  { stdout, stderr, env }: { stdout: Stream; stderr: Stream; env: NodeJS.ProcessEnv } = process,
): Output {
  const level = quiet ? 'quiet' : verbose ? 'verbose' : 'normal';
  const colored = (stream: Stream) => stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const write = (stream: Stream, text: string) => void stream.write(`${text}\n`);
  return {
    level,
    json,
    line: (text = '') => (json ? undefined : write(stdout, text)),
    data: (value) => (json ? write(stdout, JSON.stringify(value, null, 2)) : undefined),
    note: (text) => (level === 'quiet' ? undefined : write(stderr, text)),
    detail: (text) => (level === 'verbose' ? write(stderr, text) : undefined),
    error: (text) => write(stderr, text),
    paint: (style, text, stream = 'out') => {
      const [on, off] = STYLES[style];
      return colored(stream === 'out' ? stdout : stderr) ? `\u001b[${on}m${text}\u001b[${off}m` : text;
    },
    progress: { stream: stderr, live: stderr.isTTY && env['TERM'] !== 'dumb' && !env['CI'] },
  };
}

/** A reader that has seen enough (`| head`) is no error: the process ends quietly when its pipe closes. */
export function endOnBrokenPipe(streams: readonly Stream[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
      throw error;
    });
  }
}

/** Columns a text takes on screen, colour codes left out. */
export const widthOf = (text: string): number => [...stripVTControlCharacters(text)].length;
