import type { Command } from 'commander';
import type { CheckpointDiff } from '../../checkpoints/diff.js';
import { diffCheckpoints } from '../../checkpoints/diff.js';
import { openCheckpoint } from '../../checkpoints/open.js';
import type { Rename } from '../../checkpoints/renames.js';
import { parseRename } from '../../checkpoints/renames.js';
import { checkpointPath } from '../../hub/checkpoint-path.js';
import { diffData } from '../../report/diff.js';
import { renderDiff } from '../../report/html.js';
import { columns, count, short } from '../format.js';
import type { Output } from '../output.js';
import { action, JSON_OPTION, verb, repeated } from '../verb.js';
import { writeWhole } from '../write.js';

interface Options {
  readonly map?: readonly Rename[];
  readonly html?: string;
  readonly tensors?: boolean;
}

export const diffVerb = (): Command =>
  action(
    verb('diff', 'how far two checkpoints are from each other, tensor by tensor and module by module', [
      'carryover diff pretrained.pth finetuned.safetensors',
      "carryover diff a.safetensors b.pth --map '^backbone\\.=>' --html diff.html",
      'carryover diff hf:timm/resnet18.a1_in1k@main finetuned.pth',
      "carryover diff a.pth b.pth --json | jq '.tensors[] | select(.unchanged == 1) | .name'",
    ])
      .argument(
        '<a>',
        'the first checkpoint: .safetensors (or the index of sharded ones), .pth, .npz, .npy, .onnx, or hf:owner/name@revision',
      )
      .argument('<b>', 'the second one')
      .option('--map <regex=>replacement>', 'rename tensors of b; may be repeated', repeated(parseRename))
      .option('--tensors', 'print every tensor, not only modules')
      .option('--html <file>', 'write the comparison as one offline HTML file')
      .option(...JSON_OPTION),
    async (output, fileA: string, fileB: string, { map = [], html, tensors = false }: Options) => {
      const a = await openCheckpoint(await checkpointPath(fileA));
      try {
        const b = await openCheckpoint(await checkpointPath(fileB));
        try {
          const diff = await diffCheckpoints(a, b, { map });
          if (html !== undefined) await writeWhole(html, renderDiff(diffData(diff)));
          output.data(diff);
          print(diff, { tensors }, output);
          if (html !== undefined) output.line(html);
        } finally {
          await b.close();
        }
      } finally {
        await a.close();
      }
    },
  );

const HEAD = ['weights', 'l2', 'rms', 'relative', 'cosine', 'unchanged'] as const;

function print(diff: CheckpointDiff, { tensors }: { tensors: boolean }, { line, paint, json }: Output): void {
  if (json) return;
  const { sentences, cautions } = diffData(diff);
  for (const text of sentences) line(paint('bold', text));
  for (const text of cautions) line(paint('yellow', text));
  const table = (what: string, rows: readonly (CheckpointDiff['whole'] & { readonly label: string })[]) => {
    line();
    for (const text of columns([what, ...HEAD], rows.map(cells), HEAD)) line(text);
  };
  if (diff.modules.length > 0)
    table('module', [...diff.modules.map((row) => ({ ...row, label: row.module })), { ...diff.whole, label: 'whole' }]);
  if (tensors && diff.tensors.length > 0)
    table(
      'tensor',
      diff.tensors.map((row) => ({ ...row, label: row.name })),
    );
  const mismatches = [
    ...diff.shapes.map(({ name, dimsA, dimsB }) => `${name}: [${dimsA.join(', ')}] against [${dimsB.join(', ')}]`),
    ...diff.onlyA.map((name) => `${name}: only in the first file`),
    ...diff.onlyB.map((name) => `${name}: only in the second file`),
  ];
  if (mismatches.length > 0) line(`\nNot compared:`);
  for (const text of mismatches) line(`  ${text}`);
}

function cells({ label, weights, l2, rms, relative, cosine, unchanged }: CheckpointDiff['whole'] & { readonly label: string }): string[] {
  const show = (value: number | null) => (value === null ? '–' : short(value));
  return [
    label,
    count(weights),
    show(l2),
    show(rms),
    show(relative),
    cosine === null ? '–' : cosine.toFixed(5),
    unchanged === null ? '–' : `${(100 * unchanged).toFixed(1)} %`,
  ];
}
