import { spawn } from 'node:child_process';
import type { Colleague, Colleagues, Piece, PieceSharing } from '../study/pieces.js';

/** What a colleague tells the process that works on the step. */
type FromColleague =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly index: number; readonly share: number }
  | { readonly type: 'done'; readonly index: number; readonly value: unknown };

/** The last word of a colleague's command line: that of the process which works on the step, and this. */
export const PIECES_FLAG = '--pieces';

/** Processes that do pieces of the step which this process works on. They are in its process group, and end with it. */
export function colleagueProcesses(): Colleagues & { allow(most: number): void; readonly opened: number } {
  let [most, opened] = [0, 0];
  let tell = (): void => undefined;
  return {
    get most() {
      return most;
    },
    get opened() {
      return opened;
    },
    onChange: (told) => void (tell = told),
    allow(count) {
      most = count;
      tell();
    },
    open() {
      opened++;
      return openProcess();
    },
  };
}

interface Asked {
  resolve(value: unknown): void;
  reject(error: Error): void;
  progress(share: number): void;
}

function openProcess(): Colleague {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1), PIECES_FLAG], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // JSON would lose −0
    serialization: 'advanced',
  });
  const asked = new Map<number, Asked>();
  const ready = new Promise<void>((resolve, reject) => {
    const lose = () => {
      const lost = new Error('its process ended');
      reject(lost);
      for (const piece of asked.values()) piece.reject(lost);
      asked.clear();
    };
    child.on('error', lose).on('exit', lose);
    child.on('message', (message: FromColleague) => {
      if (message.type === 'ready') return resolve();
      const piece = asked.get(message.index);
      if (message.type === 'progress') return piece?.progress(message.share);
      asked.delete(message.index);
      piece?.resolve(message.value);
    });
  });
  return {
    ready,
    piece: (index, progress) =>
      new Promise((resolve, reject) => {
        asked.set(index, { resolve, reject, progress });
        child.send({ index }, (error) => error && reject(error));
      }),
    close: () => void child.kill('SIGKILL'),
  };
}

/** The colleague's side: says that it is ready, does the pieces that it is asked for, and ends when it cannot. */
export const servePieces: PieceSharing = <T>(_: number, piece: Piece<T>) => {
  // what cannot be said is no error: nobody listens any more, and the end of the channel ends us
  const say = (message: FromColleague) => void process.send?.(message, undefined, undefined, () => undefined);
  return new Promise<T[]>((_, fail) => {
    process.on('message', ({ index }: { readonly index: number }) => {
      piece(index, (share) => say({ type: 'progress', index, share })).then((value) => say({ type: 'done', index, value }), fail);
    });
    say({ type: 'ready' });
  });
};
