import { duration, plural } from './format.js';
import { bar } from './live.js';
import type { Output } from './output.js';

/** A step as the board shows it. */
export interface Item {
  readonly title: string;
  readonly startedMs: number;
  /** In [0, 1]. */
  share: number;
  /** 'epoch 12 of 40, 61.2 % right' */
  detail: string;
}

/** What is known about a run while it goes on. Mutable on purpose: events move it, the renderer reads it. */
export interface Board {
  readonly total: number;
  readonly startedMs: number;
  reused: number;
  done: number;
  failed: number;
  readonly running: Map<string, Item>;
  /** Expected seconds until the end; null while unknown. */
  remaining(): number | null;
}

/** The lines that a terminal shows and redraws: one for the whole, one a running step. */
export function boardLines(board: Board, nowMs: number, paint: Output['paint']): string[] {
  const over = board.done + board.reused + board.failed;
  const inFlight = [...board.running.values()].reduce((sum, { share }) => sum + share, 0);
  const share = board.total === 0 ? 1 : (over + inFlight) / board.total;
  const remaining = board.remaining();
  const counts = [
    `${over} of ${plural(board.total, 'step')}`,
    ...(board.reused > 0 ? [`${board.reused} reused`] : []),
    ...(board.failed > 0 ? [paint('red', `${board.failed} failed`, 'err')] : []),
    duration((nowMs - board.startedMs) / 1000),
    ...(remaining === null ? [] : [`about ${duration(remaining)} left`]),
  ];
  const whole = `${paint('cyan', bar(share, 24), 'err')} ${counts.join(' · ')}`;
  const width = Math.max(0, ...[...board.running.values()].map(({ title }) => title.length));
  const steps = [...board.running.values()].map((item) => {
    const percent = `${Math.floor(item.share * 100)} %`.padStart(5);
    return `  ${item.title.padEnd(width)} ${percent}  ${paint('dim', item.detail || duration((nowMs - item.startedMs) / 1000), 'err')}`;
  });
  return [whole, ...steps];
}

/** 03:14:07, so that a log tells when. */
export const clock = (date = new Date()): string => date.toTimeString().slice(0, 8);
