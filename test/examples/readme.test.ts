// The README's library snippet, as a user of the installed package would write it: type-checked, then run. 'carryover' is resolved by the
// package's own exports.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Network, Session } from '../../src/index.js';
import { float32 } from '../../src/index.js';

const ROOT = new URL('../../../', import.meta.url);
const HERE = fileURLToPath(new URL('./readme-snippet.ts', import.meta.url));

test('the snippet of the README compiles and runs', async (t) => {
  const readme = await readFile(new URL('README.md', ROOT), 'utf8');
  const snippet = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  assert.match(snippet ?? '', /from 'carryover'/);
  await writeFile(HERE, `${snippet!}\nexport { network, session };\n`);
  const script = HERE.replace(/\.ts$/, '.js');
  t.after(() => Promise.all([HERE, script].map((file) => rm(file, { force: true }))));

  const program = ts.createProgram([HERE], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    skipLibCheck: true,
    types: ['node'],
  });
  const complaints = ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  assert.deepEqual(complaints, []);
  program.emit();

  const { network, session } = (await import(script)) as { network: Network; session: Session };
  const targets = float32([16, 10], new Float32Array(160).fill(0.1));
  const feeds = new Map([...network.init(1), ['images', float32([16, 1, 8, 8])] as const, ['targets', targets] as const]);
  const results = await session.run(feeds);
  await session.release();
  assert.deepEqual([...results.keys()], ['logits', 'loss', ...network.parameters.map((name) => `${name}.grad`)]);
  const loss = results.get('loss')!.data[0]!;
  assert.ok(Number(loss) >= Math.log(10) - 1e-6 && Number(loss) < 3, `cross-entropy with uniform targets is at least ln 10, got ${loss}`);
});
