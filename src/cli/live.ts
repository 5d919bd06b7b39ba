import { widthOf } from './output.js';

type Stream = Pick<NodeJS.WriteStream, 'write' | 'columns'>;

/** A few lines at the bottom of a terminal that are redrawn in place; ordinary lines may be written above them. */
export interface LiveLines {
  /** Asks for new content; drawn at most every `intervalMs`, the newest wins. */
  draw(lines: () => readonly string[]): void;
  /** Writes a line that stays, above the live ones. */
  above(line: string): void;
  /** Draws the last content, or wipes it, and gives the cursor back. */
  end(options?: { wipe?: boolean }): void;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

export function liveLines(stream: Stream, { intervalMs = 100 }: { intervalMs?: number } = {}): LiveLines {
  let content: (() => readonly string[]) | undefined;
  let height = 0;
  let timer: NodeJS.Timeout | undefined;
  let lastMs = -Infinity;
  const restore = () => void stream.write(SHOW_CURSOR);
  // up to the first live line, then clear to the end of the screen
  const erase = () => (height > 0 ? `\u001b[${height}A\u001b[J` : '');
  const paint = (prefix = '') => {
    clearTimeout(timer);
    timer = undefined;
    lastMs = performance.now();
    const lines = (content?.() ?? []).map((line) => clip(line, (stream.columns || 80) - 1));
    if (height === 0 && lines.length > 0) process.once('exit', restore);
    stream.write(HIDE_CURSOR + erase() + prefix + lines.map((line) => `${line}\n`).join(''));
    height = lines.length;
  };
  return {
    draw(lines) {
      content = lines;
      timer ??= setTimeout(paint, Math.max(0, lastMs + intervalMs - performance.now())).unref();
    },
    above: (line) => paint(`${line}\n`),
    end({ wipe = false } = {}) {
      if (wipe) content = undefined;
      paint();
      height = 0;
      process.off('exit', restore);
      restore();
    },
  };
}

/** Cuts a line to a width, so that no line wraps and redrawing stays in place. Colour codes take no room. */
export function clip(line: string, width: number): string {
  if (widthOf(line) <= width) return line;
  let room = width - 1;
  let kept = '';
  // an escape sequence or one character at a time
  // eslint-disable-next-line no-control-regex
  for (const [piece] of line.matchAll(/\u001b\[[0-9;]*m|[\s\S]/gu)) {
    if (piece.startsWith('\u001b')) kept += piece;
    else if (room-- > 0) kept += piece;
  }
  return `${kept}…`;
}

/** A bar of `width` cells with eighths of a cell: ▕███▌    ▏. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const full = Math.floor(eighths / 8);
  const rest = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]!;
  return ('█'.repeat(full) + rest).padEnd(width);
}
