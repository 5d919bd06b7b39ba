import type { RunEvent } from '../executors/events.js';
import type { Board } from './board.js';
import { boardLines, clock } from './board.js';
import type { Eta } from './eta.js';
import { duration, plural } from './format.js';
import { liveLines } from './live.js';
import type { Output } from './output.js';

/** Shows a run while it goes on. */
export interface Follower {
  event(event: RunEvent): void;
  end(): void;
}

export function follow(output: Output, eta: Eta): Follower {
  if (output.level === 'quiet') return { event: () => undefined, end: () => undefined };
  return output.progress.live ? followLive(output, eta) : followPlain(output, eta);
}

/** The board, and how events move it. */
function tracker(eta: Eta) {
  const board: Board & { total: number } = {
    total: 0,
    startedMs: performance.now(),
    reused: 0,
    done: 0,
    failed: 0,
    running: new Map(),
    remaining: () => eta.seconds(),
  };
  const move = (event: RunEvent): void => {
    eta.event(event);
    if (event.type === 'planned') {
      board.total = event.reused.length + event.prepared.length + event.missing.length;
      board.reused = event.reused.length;
      board.done = event.prepared.length;
      return;
    }
    const { id, title } = event.step;
    switch (event.type) {
      case 'started':
        board.running.set(id, { title, startedMs: performance.now(), share: 0, detail: '' });
        return;
      case 'progress': {
        const item = board.running.get(id);
        if (item) Object.assign(item, { share: event.share, detail: event.detail });
        return;
      }
      case 'finished':
        board.done++;
        break;
      case 'failed':
      case 'skipped':
        board.failed++;
        break;
      case 'cancelled':
        break;
    }
    board.running.delete(id);
  };
  return { board, move };
}

/** '12 steps: 3 done before, 2 prepared, 7 to do': what there is none of is left out. */
export function plannedLine({ reused, prepared, missing }: Extract<RunEvent, { readonly type: 'planned' }>): string {
  const counts = [
    [reused.length, 'done before'],
    [prepared.length, 'prepared for the estimate'],
    [missing.length, 'to do'],
  ] as const;
  const said = counts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
  return `${plural(reused.length + prepared.length + missing.length, 'step')}: ${said.join(', ')}`;
}

/** One line that stays for what happened; null when nothing is worth one. */
function said(event: RunEvent, paint: Output['paint']): string | null {
  switch (event.type) {
    case 'planned':
      return plannedLine(event);
    case 'finished':
      return `${paint('green', '✓', 'err')} ${event.step.title}  ${paint('dim', event.reused ? 'done by another process' : duration(event.seconds), 'err')}`;
    case 'failed':
      // what is wrong is told once, at the end
      return `${paint('red', '✗', 'err')} ${event.step.title}: failed`;
    case 'skipped':
      return `${paint('yellow', '–', 'err')} ${event.step.title}: not run, it needs a step that failed`;
    case 'started':
    case 'progress':
    case 'cancelled':
      return null;
  }
}

function followLive({ progress, paint }: Output, eta: Eta): Follower {
  const { board, move } = tracker(eta);
  const live = liveLines(progress.stream);
  const draw = () => live.draw(() => boardLines(board, performance.now(), paint));
  // the clock goes on between events
  const tick = setInterval(draw, 500).unref();
  return {
    event(event) {
      move(event);
      const line = said(event, paint);
      if (line !== null) live.above(line);
      draw();
    },
    end() {
      clearInterval(tick);
      live.end({ wipe: true });
    },
  };
}

/** A log gets at most one progress line every so often. */
const QUIET_MS = 5000;

function followPlain({ note, detail, paint }: Output, eta: Eta): Follower {
  const { board, move } = tracker(eta);
  let lastMs = performance.now();
  return {
    event(event) {
      move(event);
      const line = said(event, paint);
      if (line !== null) note(`${clock()} ${line}`);
      if (event.type === 'started') detail(`${clock()} · ${event.step.title}: log ${event.log}`);
      if (event.type !== 'progress' || performance.now() - lastMs < QUIET_MS) return;
      lastMs = performance.now();
      const running = [...board.running.values()].map((item) => `${item.title} ${item.detail || `${Math.floor(item.share * 100)} %`}`);
      const seconds = board.remaining();
      note(`${clock()} · ${running.join(' · ')}${seconds === null ? '' : ` · about ${duration(seconds)} left`}`);
    },
    end: () => undefined,
  };
}
