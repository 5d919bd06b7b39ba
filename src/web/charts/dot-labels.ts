import { FONT, textWidth } from './frame.js';

/** A dot and what it is called, in pixels from the chart's upper left corner. */
export interface NamedDot {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Where a name stands, seen from its dot. */
export interface Spot {
  readonly dx: number;
  readonly dy: number;
  readonly textAnchor: 'start' | 'middle' | 'end';
}

const [SIDE, UP, RADIUS] = [6, 9, 4];
/** The best first. */
export const SPOTS: readonly Spot[] = [
  { dx: SIDE, dy: -UP, textAnchor: 'start' },
  { dx: -SIDE, dy: -UP, textAnchor: 'end' },
  { dx: SIDE, dy: UP, textAnchor: 'start' },
  { dx: -SIDE, dy: UP, textAnchor: 'end' },
  { dx: SIDE + 2, dy: 0, textAnchor: 'start' },
  { dx: -SIDE - 2, dy: 0, textAnchor: 'end' },
];

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const around = ({ x, y }: NamedDot): Box => ({ left: x - RADIUS, right: x + RADIUS, top: y - RADIUS, bottom: y + RADIUS });

function boxOf({ x, y, text }: NamedDot, { dx, dy, textAnchor }: Spot): Box {
  const width = textWidth(text);
  const left = x + dx - { start: 0, middle: width / 2, end: width }[textAnchor];
  return { left, right: left + width, top: y + dy - FONT / 2, bottom: y + dy + FONT / 2 };
}

/** Names need some air between them. */
const aired = ({ left, right, top, bottom }: Box): Box => ({ left: left - 3, right: right + 3, top, bottom });

/** Dots so near to each other look like one. */
const ONE = 1.5;

/** A reader takes a name for that of the dot it stands nearest to. */
function tellsOf(dot: NamedDot, { left, right, top, bottom }: Box, dots: readonly NamedDot[]): boolean {
  const away = ({ x, y }: NamedDot) => Math.hypot((left + right) / 2 - x, (top + bottom) / 2 - y);
  return dots.every((other) => other === dot || away(other) > away(dot) - ONE);
}

const overlap = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/**
 * A spot for the name of each dot, where it is nearest to that dot, runs into no other, no name that stands already and not over the chart's
 * edge; null where there is none. Earlier dots choose first.
 */
export function spotsFor(dots: readonly NamedDot[], edge: Box): (Spot | null)[] {
  const taken: Box[] = [];
  return dots.map((dot) => {
    const free = SPOTS.find((spot) => {
      const box = boxOf(dot, spot);
      const inside = box.left >= edge.left && box.right <= edge.right && box.top >= edge.top && box.bottom <= edge.bottom;
      return (
        inside &&
        tellsOf(dot, box, dots) &&
        !taken.some((other) => overlap(box, other)) &&
        !dots.some((other) => other !== dot && overlap(box, around(other)))
      );
    });
    if (free) taken.push(aired(boxOf(dot, free)));
    return free ?? null;
  });
}
