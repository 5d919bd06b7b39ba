import { InputError } from '../tensor/input-error.js';
import { integersOption, oneOf } from '../tensor/options.js';
import type { NetworkShape } from './network.js';

export type Block = 'basic' | 'bottleneck';
export type Stem = '3x3' | '7x7';

/** `depth` gives the published form; `widths` and `stem` may differ from it. Without a depth: the small form. null: as the form says. */
export interface ResnetFormOptions {
  /** 18, 34, 50, 101, 152: widths 64…512, 7×7 stride-2 stem with max-pool, basic blocks up to 34, bottlenecks from 50. */
  readonly depth: number | null;
  /** Channels of each stage (of a bottleneck's 3×3 convolution; four times as many leave it). Small form: [16, 32, 64]. */
  readonly widths: readonly number[] | null;
  /** Residual blocks of each stage. Small form: one each. */
  readonly blocks: readonly number[] | null;
  /** Small form: 'basic'. */
  readonly block: Block | null;
  /** '3x3': stride 1, no pooling, for small images. Small form: '3x3'. */
  readonly stem: Stem | null;
}

export interface ResnetForm {
  readonly widths: readonly number[];
  readonly blocks: readonly number[];
  readonly block: Block;
  readonly stem: Stem;
}

/** The defaults of every residual network: its small form. */
export const SMALL_FORM: ResnetFormOptions = { depth: null, widths: null, blocks: null, block: null, stem: null };

/** Channels that leave a block, in widths. */
export const EXPANSION = { basic: 1, bottleneck: 4 } as const;

const DEPTHS: Readonly<Record<string, Pick<ResnetForm, 'blocks' | 'block'>>> = {
  18: { blocks: [2, 2, 2, 2], block: 'basic' },
  34: { blocks: [3, 4, 6, 3], block: 'basic' },
  50: { blocks: [3, 4, 6, 3], block: 'bottleneck' },
  101: { blocks: [3, 4, 23, 3], block: 'bottleneck' },
  152: { blocks: [3, 8, 36, 3], block: 'bottleneck' },
};
const SMALL: ResnetForm = { widths: [16, 32, 64], blocks: [1, 1, 1], block: 'basic', stem: '3x3' };

/** What a user asked of the architecture `name`. Throws InputError for an unknown depth, contradictions, and images too small for the stages. */
export function formOf(name: string, { depth, widths, blocks, block, stem }: ResnetFormOptions, shape: NetworkShape): ResnetForm {
  const known = depth === null ? SMALL : DEPTHS[depth];
  if (!known) throw new InputError(`${name}: depth must be one of ${Object.keys(DEPTHS).join(', ')}, got ${String(depth)}`);
  if (depth !== null && (blocks !== null || block !== null)) {
    throw new InputError(`${name}: depth ${depth} already says blocks and block; leave out depth or these`);
  }
  const published: Pick<ResnetForm, 'widths' | 'stem'> = { widths: [64, 128, 256, 512], stem: '7x7' };
  const form = { ...published, ...known };
  const asked = {
    widths: integersOption(`${name}: widths`, widths ?? form.widths),
    blocks: integersOption(`${name}: blocks`, blocks ?? (depth === null && widths ? widths.map(() => 1) : form.blocks)),
    block: oneOf(`${name}: block`, block ?? form.block, ['basic', 'bottleneck']),
    stem: oneOf(`${name}: stem`, stem ?? form.stem, ['3x3', '7x7']),
  };
  if (asked.widths.length !== asked.blocks.length) {
    const [w, n] = [asked.widths.join(', '), asked.blocks.join(', ')];
    throw new InputError(`${name}: widths and blocks must have one number a stage, got [${w}] and [${n}]`);
  }
  checkImage(name, asked, shape);
  return asked;
}

/** Below this side the last stages would stride over single pixels. */
function checkImage(name: string, { widths, stem }: ResnetForm, { height, width }: NetworkShape): void {
  const least = (stem === '7x7' ? 4 : 1) * 2 ** (widths.length - 1);
  if (Math.min(height, width) >= least) return;
  throw new InputError(
    `${name}: a ${stem} stem and ${widths.length} stages halve the image to nothing below ${least}x${least} pixels, got ${height}x${width}`,
  );
}

/** Where a residual block stands. */
export interface BlockPlace {
  /** 'layer1', 'layer2', … */
  readonly stage: string;
  readonly index: number;
  readonly width: number;
  readonly stride: number;
}

/** The blocks of all stages, first to last: every stage but the first begins with a stride of 2. */
export const blocksOf = ({ widths, blocks }: ResnetForm): readonly BlockPlace[] =>
  widths.flatMap((width, stage) =>
    Array.from({ length: blocks[stage]! }, (_, index) => ({
      stage: `layer${stage + 1}`,
      index,
      width,
      stride: stage > 0 && index === 0 ? 2 : 1,
    })),
  );
