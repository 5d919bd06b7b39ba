import type { Role, Run } from './analysis.js';
import { trainedRoles } from './pairs.js';
import type { Resampling } from './bootstrap.js';
import { bootstrap, weightedMean } from './bootstrap.js';
import type { ModuleGroup } from './module-groups.js';
import type { Outcomes } from './outcomes.js';
import type { RewindContrastRow, RewindRoleRow, RewindRow } from './rows.js';
import { mean } from './statistics.js';

/** One module of one run set back. */
export interface Rewound {
  readonly run: Pick<Run, 'name' | 'role' | 'seed'>;
  /** Epoch it is set back to. */
  readonly to: number;
  readonly group: ModuleGroup;
  /** Training changed it since. */
  readonly moved: boolean;
  /** The network as trained, and with the module set back, on the same images. */
  readonly whole: Pick<Outcomes, 'right' | 'loss'>;
  readonly found: Pick<Outcomes, 'right' | 'loss'>;
}

interface Bounded {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Means over images with their intervals, all from the same resamples. */
function meansOf(columns: readonly ArrayLike<number>[], resampling: Resampling): Bounded[] {
  if (columns.length === 0) return [];
  const intervals = bootstrap(
    columns[0]!.length,
    columns.length,
    (counts, out) => {
      for (const [k, values] of columns.entries()) out[k] = weightedMean(counts, values);
    },
    resampling,
  );
  return columns.map((values, k) => ({ value: mean(values), low: intervals[k]!.low!, high: intervals[k]!.high! }));
}

const difference = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array => Float64Array.from(a, (x, i) => x - b[i]!);
const dropOf = ({ whole, found }: Rewound): Float64Array => difference(whole.right, found.right);

/** Image by image, the mean of several columns. */
function average(columns: readonly ArrayLike<number>[]): Float64Array {
  return Float64Array.from(columns[0]!, (_, i) => mean(columns.map((values) => values[i]!)));
}

export function moduleRows(all: readonly Rewound[], resampling: Resampling): Omit<RewindRow, 'target' | 'at' | 'split'>[] {
  const columns = all.flatMap((each) => [each.found.right, dropOf(each), each.found.loss, difference(each.found.loss, each.whole.loss)]);
  const found = meansOf(columns, resampling);
  return all.map(({ run, to, group, moved, whole }, k) => {
    const [accuracy, drop, loss, rise] = found.slice(4 * k, 4 * k + 4) as [Bounded, Bounded, Bounded, Bounded];
    return {
      run: run.name,
      role: run.role,
      seed: run.seed,
      to,
      module: group.name,
      depth: group.depth,
      head: group.head,
      moved,
      n: whole.right.length,
      accuracy: accuracy.value,
      low: accuracy.low,
      high: accuracy.high,
      drop: drop.value,
      dropLow: drop.low,
      dropHigh: drop.high,
      loss: loss.value,
      rise: rise.value,
      riseLow: rise.low,
      riseHigh: rise.high,
    };
  });
}

/** Epochs that all runs of these were set back to, ascending. */
function sharedEpochs(all: readonly Rewound[]): number[] {
  const runs = new Set(all.map(({ run }) => run.name)).size;
  const epochs = [...new Set(all.map(({ to }) => to))].sort((a, b) => a - b);
  return epochs.filter((epoch) => new Set(all.filter(({ to }) => to === epoch).map(({ run }) => run.name)).size === runs);
}

/** The body's modules in halves, from input to output; of an odd number the middle one belongs to neither. */
function halves(depths: readonly number[]): { readonly early: readonly number[]; readonly late: readonly number[] } {
  const half = Math.floor(depths.length / 2);
  return { early: depths.slice(0, half), late: half === 0 ? [] : depths.slice(-half) };
}

/** Mean drop of a role's body, and by how much it is larger in the later half than in the earlier. */
export function roleRows(all: readonly Rewound[], resampling: Resampling): Omit<RewindRoleRow, 'target' | 'at'>[] {
  return trainedRoles(all.map(({ run }) => run)).flatMap((role) => {
    const own = all.filter(({ run }) => run.role === role);
    return sharedEpochs(own).flatMap((to) => {
      const body = own.filter((each) => each.to === to && !each.group.head);
      if (body.length === 0) return [];
      const depths = [...new Set(body.map(({ group }) => group.depth))];
      const { early, late } = halves(depths);
      const dropAt = (wanted: readonly number[]) => average(body.filter(({ group }) => wanted.includes(group.depth)).map(dropOf));
      const columns = [dropAt(depths), ...(early.length > 0 ? [difference(dropAt(late), dropAt(early))] : [])];
      const [drop, growth] = meansOf(columns, resampling);
      return [
        {
          role,
          to,
          runs: new Set(body.map(({ run }) => run.name)).size,
          modules: depths.length,
          n: columns[0]!.length,
          drop: drop!.value,
          low: drop!.low,
          high: drop!.high,
          growth: growth?.value ?? null,
          growthLow: growth?.low ?? null,
          growthHigh: growth?.high ?? null,
        },
      ];
    });
  });
}

/** Drop of P-T minus that of RI-T, each a mean over runs: of the body as a whole (module '') and of every module. */
export function contrastRows(all: readonly Rewound[], resampling: Resampling): Omit<RewindContrastRow, 'target' | 'at'>[] {
  const ofRole = (role: Role, from = all) => from.filter(({ run }) => run.role === role);
  const compared = [...ofRole('P-T'), ...ofRole('RI-T')];
  if (ofRole('P-T').length === 0 || ofRole('RI-T').length === 0) return [];
  return sharedEpochs(compared).flatMap((to) => {
    const here = compared.filter((each) => each.to === to);
    const groups = [...new Map(here.map(({ group }) => [group.name, group])).values()];
    const body = groups.filter(({ head }) => !head);
    const scopes = [
      ...(body.length > 0 ? [{ module: '', depth: -1, members: body }] : []),
      ...groups.map((group) => ({ module: group.name, depth: group.depth, members: [group] })),
    ];
    return scopes.map(({ module, depth, members }) => {
      const inside = here.filter(({ group }) => members.some(({ name }) => name === group.name));
      const [p, r] = [average(ofRole('P-T', inside).map(dropOf)), average(ofRole('RI-T', inside).map(dropOf))];
      const [apart] = meansOf([difference(p, r)], resampling);
      const runs = new Set(inside.map(({ run }) => run.name)).size;
      return {
        to,
        module,
        depth,
        pretrained: mean(p),
        random: mean(r),
        difference: apart!.value,
        low: apart!.low,
        high: apart!.high,
        n: p.length,
        runs,
      };
    });
  });
}
