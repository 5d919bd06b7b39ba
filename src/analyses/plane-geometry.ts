/** A point of a plane, in ℓ₂ distances. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Squared ℓ₂ distances between three checkpoints. */
export interface Sides {
  readonly d12: number;
  readonly d13: number;
  readonly d23: number;
}

/** Below this share of the longest side's square, three points count as lying on a line. */
const FLAT = 1e-10;

/**
 * The plane through three points θ₁, θ₂, θ₃ with the orthonormal basis u = (θ₂ − θ₁)/‖θ₂ − θ₁‖, v = the part of θ₃ − θ₁ across u, scaled
 * (Garipov et al. 2018, 1802.10026). Their coordinates follow from distances alone: θ₁ = (0, 0), θ₂ = (d₁₂, 0), θ₃ by the law of cosines.
 * null when they lie on a line.
 */
export function cornersOf({ d12, d13, d23 }: Sides): readonly [Point, Point, Point] | null {
  const base = Math.sqrt(d12);
  const x = base === 0 ? 0 : (d12 + d13 - d23) / (2 * base);
  const height = d13 - x * x;
  if (base === 0 || height <= FLAT * Math.max(d12, d13, d23)) return null;
  return [
    { x: 0, y: 0 },
    { x: base, y: 0 },
    { x, y: Math.sqrt(height) },
  ];
}

/** Weights (w₁, w₂, w₃), of sum 1, with which the corners make up a point: θ(x, y) = Σ wₖθₖ. Inside the triangle none is negative. */
export function weightsOf([, second, third]: readonly [Point, Point, Point], { x, y }: Point): readonly [number, number, number] {
  const w3 = y / third.y;
  const w2 = (x - w3 * third.x) / second.x;
  return [1 - w2 - w3, w2, w3];
}

/** In the triangle, its sides included. */
export const isInside = (weights: readonly number[]): boolean => weights.every((w) => w >= -1e-9);

/** `points` × `points` places over the corners' box, widened on each side by `margin` of the box's longer side. Row by row, y ascending. */
export function gridOver(corners: readonly Point[], points: number, margin: number): Point[] {
  const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
  const [left, right, bottom, top] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const room = margin * Math.max(right - left, top - bottom);
  const at = (low: number, high: number, i: number) => low - room + ((high - low + 2 * room) * i) / (points - 1);
  return Array.from({ length: points ** 2 }, (_, i) => ({
    x: at(left, right, i % points),
    y: at(bottom, top, Math.floor(i / points)),
  }));
}
