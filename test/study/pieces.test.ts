// Pieces of an analysis shared out: in their order, each done once, whatever colleagues do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Piece } from '../../src/analyses/analysis.js';
import type { Colleague, Colleagues } from '../../src/study/pieces.js';
import { sharedWith } from '../../src/study/pieces.js';

/** As many as `most` says, each doing pieces as `does` has it. */
function office(does: Piece<unknown>, { most = 1, ready = () => Promise.resolve() } = {}) {
  let tell = (): void => undefined;
  const said = { opened: 0, closed: 0 };
  const colleagues: Colleagues & { most: number } = {
    most,
    onChange: (told) => void (tell = told),
    open(): Colleague {
      said.opened++;
      return { ready: ready(), piece: does, close: () => void said.closed++ };
    },
  };
  const allow = (count: number) => {
    colleagues.most = count;
    tell();
  };
  return { colleagues, said, allow };
}

const noted = (name: string, log: string[], ms = 4): Piece<string> => {
  return async (k, progress) => {
    log.push(`${name} ${k}`);
    progress(0.5);
    await sleep(ms);
    return `piece ${k}`;
  };
};
const PIECES = Array.from({ length: 12 }, (_, k) => `piece ${k}`);

test('every piece once, results in order, progress up to 1; a colleague does some', async () => {
  const log: string[] = [];
  const told: number[] = [];
  const { colleagues, said } = office(noted('colleague', log), { most: 2 });
  const found = await sharedWith(colleagues, { afterMs: 0 })(12, noted('own', log), (share) => told.push(share));
  assert.deepEqual(found, PIECES);
  assert.deepEqual(
    log.map((line) => Number(line.split(' ')[1])).toSorted((a, b) => a - b),
    [...PIECES.keys()],
  );
  assert.ok(log.filter((line) => line.startsWith('colleague')).length >= 4, log.join(', '));
  assert.ok(told.every((share, i) => share >= (told[i - 1] ?? 0)) && told.at(-1) === 1);
  assert.deepEqual(said, { opened: 2, closed: 2 });
});

test('nobody is asked for short work, nor where no core is free', async () => {
  const { colleagues, said, allow } = office(noted('colleague', []));
  assert.deepEqual(await sharedWith(colleagues)(12, noted('own', [], 0), () => undefined), PIECES);
  allow(0);
  assert.deepEqual(await sharedWith(colleagues, { afterMs: 0 })(12, noted('own', []), () => undefined), PIECES);
  assert.equal(said.opened, 0);
});

test('cores that fall free are used, and given back after a piece when they are asked for', async () => {
  const log: string[] = [];
  const { colleagues, said, allow } = office(noted('colleague', log), { most: 0 });
  const whole = sharedWith(colleagues, { afterMs: 0 })(12, noted('own', log), () => undefined);
  await sleep(8);
  assert.equal(said.opened, 0);
  allow(1);
  await sleep(8);
  assert.equal(said.opened, 1);
  allow(0);
  await whole;
  assert.deepEqual(said, { opened: 1, closed: 1 });
  const theirs = log.filter((line) => line.startsWith('colleague')).length;
  assert.ok(theirs >= 1 && theirs < 6, log.join(', '));
});

test('what a colleague fails to do is done here; one that cannot start is let go', async () => {
  const broken = office(() => Promise.reject(new Error('its process ended')), { most: 1 });
  assert.deepEqual(await sharedWith(broken.colleagues, { afterMs: 0 })(12, noted('own', []), () => undefined), PIECES);
  assert.ok(broken.said.opened >= 1 && broken.said.opened === broken.said.closed);
  const absent = office(noted('colleague', []), { ready: () => Promise.reject(new Error('its process ended')) });
  assert.deepEqual(await sharedWith(absent.colleagues, { afterMs: 0 })(12, noted('own', []), () => undefined), PIECES);
});

test('what hangs at a colleague is done here, one piece after another; a result that comes first counts', async () => {
  const hanging = office(() => new Promise(() => undefined), { most: 2 });
  const told: number[] = [];
  assert.deepEqual(
    await sharedWith(hanging.colleagues, { afterMs: 0, patienceMs: 10 })(12, noted('own', []), (share) => told.push(share)),
    PIECES,
  );
  assert.deepEqual(hanging.said, { opened: 2, closed: 2 });
  assert.ok(
    told.every((share, i) => share >= (told[i - 1] ?? 0) && share <= 1),
    told.join(', '),
  );

  const log: string[] = [];
  const slow = office(noted('colleague', [], 60), { most: 1 });
  const own: Piece<string> = async (k, progress) => {
    log.push(`own ${k}`);
    // the piece that the colleague has takes for ever here, but looks up
    for (let i = 0; k === taken && i < 1000; i++) {
      await sleep(2);
      progress(0.1);
    }
    await sleep(4);
    return `piece ${k}`;
  };
  let taken = -1;
  const { colleagues } = slow;
  const open = colleagues.open;
  colleagues.open = () => {
    const colleague = open();
    return { ...colleague, piece: (k, progress) => colleague.piece((taken = k), progress) };
  };
  assert.deepEqual(await sharedWith(colleagues, { afterMs: 0, patienceMs: 5 })(3, own, () => undefined), PIECES.slice(0, 3));
  assert.ok(log.includes(`own ${taken}`), log.join(', '));
});

test('an order to stop that comes with a colleague’s progress is no accident', async () => {
  let stopped = false;
  const { colleagues } = office(async (_, progress) => {
    stopped = true;
    progress(0.5);
    await sleep(4);
    return '';
  });
  const own: Piece<string> = async (_, progress) => {
    await sleep(8);
    progress(0.5);
    return '';
  };
  const tell = () => {
    if (stopped) throw new Error('stopped');
  };
  await assert.rejects(sharedWith(colleagues, { afterMs: 0 })(12, own, tell), /stopped/);
});

test('an error here ends it, and colleagues with it', async () => {
  const { colleagues, said } = office(noted('colleague', []));
  const failing: Piece<string> = async (k) => {
    await sleep(4);
    if (k > 2) throw new Error(`piece ${k} failed`);
    return '';
  };
  await assert.rejects(
    sharedWith(colleagues, { afterMs: 0 })(12, failing, () => undefined),
    /piece \d+ failed/,
  );
  assert.equal(said.opened, said.closed);
});
