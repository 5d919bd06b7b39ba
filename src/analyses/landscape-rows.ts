// Columns of the analyses that look at the loss landscape beyond one line; conventions as in rows.ts.
type Row<T> = { readonly [K in keyof T]: T[K] };

// plane ----------------------------------------------------------------------------------------------------------
/**
 * One network on the grid of a plane. `plane` names its three checkpoints; x, y are ℓ₂ distances in parameter space, x along the side
 * from the first to the second; `inside`: in the triangle (its sides included).
 */
export type PlaneCellRow = Row<{
  target: string;
  plane: string;
  x: number;
  y: number;
  split: string;
  loss: number;
  accuracy: number;
  inside: boolean;
  n: number;
}>;
/** The three checkpoints, where they lie, exactly. `role` is that of the run. */
export type PlanePointRow = Row<{
  target: string;
  plane: string;
  point: string;
  role: string;
  x: number;
  y: number;
  split: string;
  loss: number;
  accuracy: number;
  n: number;
}>;
/**
 * rise: highest excess in the triangle (for accuracy a drop), definition 'plane' over the plane through the corners' values, 'corner' over
 * the worst corner (never negative: corners belong to the triangle); (x, y) where. `oneRegion`: upper bound of the accuracy's rise under 2
 * points (plane, test); null elsewhere. All null when the three lie on a line (`reason`).
 */
export type PlaneRiseRow = Row<{
  target: string;
  plane: string;
  split: string;
  metric: string;
  definition: string;
  rise: number | null;
  low: number | null;
  high: number | null;
  x: number | null;
  y: number | null;
  worst: number | null;
  worstCorner: number | null;
  oneRegion: boolean | null;
  n: number;
  reason: string | null;
}>;
