import type { NetworkShape, NetworkSpec } from '../models/network.js';
import type { Mode } from '../study/workload.js';

/** A network at a size: what `carryover bench` and `npm run bench` measure. */
export interface NamedWorkload {
  readonly title: string;
  readonly network: NetworkSpec;
  readonly shape: NetworkShape;
  /** What is worth measuring; both when left out. */
  readonly modes?: readonly Mode[];
}

const square = (batch: number, side: number, classes: number): NetworkShape => ({ batch, channels: 3, height: side, width: side, classes });

/** By the word on the command line. */
export const WORKLOADS: Readonly<Record<string, NamedWorkload>> = {
  'fixup-demo': {
    title: 'Fixup 16/32/64 ×1, 32 px, batch 64',
    network: { architecture: 'fixup-resnet' },
    shape: square(64, 32, 18),
  },
  'fixup-small': {
    title: 'Fixup 16/32/64 ×3, 32 px, batch 64',
    network: { architecture: 'fixup-resnet', blocks: [3, 3, 3] },
    shape: square(64, 32, 18),
  },
  'fixup-18': {
    title: 'Fixup-18, 32 px, batch 64',
    network: { architecture: 'fixup-resnet', depth: 18, stem: '3x3' },
    shape: square(64, 32, 18),
  },
  'fixup-50': {
    title: 'Fixup-50, 96 px, batch 16',
    network: { architecture: 'fixup-resnet', depth: 50 },
    shape: square(16, 96, 18),
  },
  'resnet-18': {
    title: 'ResNet-18 (BatchNorm), 128 px, batch 32',
    network: { architecture: 'resnet', depth: 18 },
    shape: square(32, 128, 18),
  },
  'resnet-50': {
    title: 'ResNet-50 (BatchNorm), 224 px, batch 16',
    network: { architecture: 'resnet', depth: 50 },
    shape: square(16, 224, 1000),
    modes: ['evaluate'],
  },
  'vit-tiny': {
    title: 'ViT-Tiny/16, 96 px, batch 64',
    network: { architecture: 'vit', size: 'tiny' },
    shape: square(64, 96, 18),
  },
};
