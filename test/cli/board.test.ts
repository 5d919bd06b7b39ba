import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Board } from '../../src/cli/board.js';
import { boardLines } from '../../src/cli/board.js';

const plain = (_: unknown, text: string) => text;

test('the board says how far, how long, how much longer, and what runs', () => {
  const board: Board = {
    total: 8,
    startedMs: 0,
    reused: 1,
    done: 2,
    failed: 1,
    running: new Map([
      ['a', { title: 'train P', startedMs: 0, share: 0.5, detail: 'epoch 15 of 30' }],
      ['b', { title: 'train RI-T.1', startedMs: 55_000, share: 0, detail: '' }],
    ]),
    remaining: () => 95,
  };
  const [whole, ...steps] = boardLines(board, 65_000, plain);
  assert.equal(whole, '█████████████▌           4 of 8 steps · 1 reused · 1 failed · 1 min 05 s · about 1 min 35 s left');
  assert.deepEqual(steps, ['  train P       50 %  epoch 15 of 30', '  train RI-T.1   0 %  10 s']);
});
