import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bar, clip, liveLines } from '../../src/cli/live.js';

const screen = () => {
  const writes: string[] = [];
  return { writes, columns: 20, write: (text: string) => writes.push(text) > 0 };
};

test('many draws within the interval make few writes, and the newest content wins', async () => {
  const stream = screen();
  const live = liveLines(stream, { intervalMs: 30 });
  for (let i = 0; i < 50; i++) live.draw(() => [`line ${i}`]);
  await sleep(60);
  live.end();
  assert.ok(stream.writes.length <= 4, `at most 4 writes, got ${stream.writes.length}`);
  assert.match(stream.writes.join(''), /line 49/);
  assert.doesNotMatch(stream.writes.join(''), /line 48/);
});

test('redrawing goes up by as many lines as were drawn; a line above stays', () => {
  const stream = screen();
  const live = liveLines(stream);
  live.draw(() => ['a', 'b']);
  live.above('said');
  live.above('said again');
  live.end({ wipe: true });
  assert.equal(stream.writes[0], '\u001b[?25lsaid\na\nb\n');
  assert.equal(stream.writes[1], '\u001b[?25l\u001b[2A\u001b[Jsaid again\na\nb\n');
  assert.equal(stream.writes[2], '\u001b[?25l\u001b[2A\u001b[J');
  assert.equal(stream.writes.at(-1), '\u001b[?25h');
});

test('lines are cut to the width of the terminal, colours kept whole', () => {
  assert.equal(clip('short', 10), 'short');
  assert.equal(clip('0123456789', 5), '0123…');
  assert.equal(clip('\u001b[31m0123456789\u001b[39m', 5), '\u001b[31m0123\u001b[39m…');
});

test('bar fills by eighths', () => {
  assert.deepEqual(
    [0, 0.5, 0.53125, 1, 7].map((share) => bar(share, 4)),
    ['    ', '██  ', '██▏ ', '████', '████'],
  );
});
