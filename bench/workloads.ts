/** What `npm run bench` measures. `kind` train: one optimizer step; evaluate: one forward pass without gradients. */
export interface Workload {
  readonly name: string;
  readonly kind: 'train' | 'evaluate';
  readonly widths: readonly number[];
  readonly blocks: readonly number[];
  readonly side: number;
  readonly batch: number;
  readonly classes: number;
}

const demo = { widths: [16, 32, 64], blocks: [1, 1, 1], side: 32, batch: 64, classes: 18 } as const;
const small = { widths: [16, 32, 64], blocks: [3, 3, 3], side: 32, batch: 64, classes: 18 } as const;
const fixup18 = { widths: [64, 128, 256, 512], blocks: [2, 2, 2, 2], side: 32, batch: 64, classes: 18 } as const;

export const WORKLOADS: readonly Workload[] = (
  [
    ['Fixup 16/32/64 ×1, 32 px, batch 64', demo],
    ['Fixup 16/32/64 ×3, 32 px, batch 64', small],
    ['Fixup-18, 32 px, batch 64', fixup18],
  ] as const
).flatMap(([name, shape]) => [
  { name: `train step: ${name}`, kind: 'train' as const, ...shape },
  { name: `evaluation: ${name}`, kind: 'evaluate' as const, ...shape },
]);
