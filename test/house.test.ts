// The law of the house (ARCHITECTURE.md): who may import whom, which outside package lives behind which file, how long a file may get,
// and what an analysis must bring along. The table is data; the imports are read with TypeScript's own parser.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** room → rooms it may import. `types`: only with `import type`. */
const ROOMS: Record<string, { values: readonly string[]; types?: readonly string[] }> = {
  tensor: { values: [] },
  onnx: { values: ['tensor'] },
  autodiff: { values: ['onnx', 'tensor'] },
  lowering: { values: ['onnx', 'tensor'] },
  runtime: { values: ['lowering', 'onnx', 'tensor'] },
  models: { values: ['onnx', 'tensor'] },
  checkpoints: { values: ['onnx', 'tensor'] },
  hub: { values: ['tensor'] },
  data: { values: ['tensor'] },
  train: { values: ['autodiff', 'runtime', 'models', 'data', 'onnx', 'tensor'] },
  analyses: { values: ['runtime', 'models', 'data', 'onnx', 'tensor'], types: ['train/recipe.ts'] },
  store: { values: ['tensor'] },
  study: {
    values: ['tensor', 'onnx', 'autodiff', 'lowering', 'runtime', 'models', 'data', 'train', 'analyses', 'store', 'checkpoints', 'hub'],
  },
  executors: { values: ['study', 'store', 'tensor'] },
  report: { values: ['store', 'tensor'], types: ['study', 'analyses', 'data', 'checkpoints'] },
  web: { values: [], types: ['report', 'analyses'] },
};

/** Single files that may go further than their room, each with its reason. */
const EXCEPTIONS: Record<string, readonly string[]> = {
  // the page is rendered once on the server, so that it reads without JavaScript
  'report/html.ts': ['web'],
  'report/document.ts': ['web'],
  // the page names what rows tell as the report does
  'web/said.ts': ['tensor'],
  // and writes numbers as it does
  'web/format.ts': ['tensor'],
};

/** Everything that faces the user sees everything. */
const OPEN = ['cli', 'index.ts'];

/** Outside package → the only files (or, with a slash, folders) that may import it. */
const PACKAGES: Record<string, readonly string[]> = {
  'pure-rand': ['tensor/random.ts'],
  '@bufbuild/protobuf': ['onnx/proto/', 'onnx/write.ts'],
  'onnxruntime-node': ['runtime/onnxruntime.ts'],
  'linear-sum-assignment': ['analyses/assignment.ts'],
  sharp: ['data/decode-image.ts', 'data/emoji.ts', 'data/png.ts'],
  yaml: ['study/yaml.ts'],
  zod: ['study/schema.ts'],
  '@observablehq/plot': ['web/charts/'],
  preact: ['web/'],
  'preact-render-to-string': ['report/html.ts'],
  linkedom: ['report/html.ts'],
  commander: ['cli/'],
};

const FORBIDDEN_NAMES = /(^|[/-])(utils?|helpers?|manager|common|misc|lib|base)([-./]|$)/;
const LONGEST_FILE = 400;

interface Import {
  readonly from: string;
  /** 'tensor/random.ts' for our own files, the package's name for others. */
  readonly to: string;
  readonly outside: boolean;
  readonly typesOnly: boolean;
}

const tree = (folder: string, endings: RegExp): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => endings.test(file))
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
const read = (file: string): string => readFileSync(join(ROOT, 'src', file), 'utf8');

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
const roomOf = (file: string): string => file.split('/')[0]!;

const FILES = tree('src', /\.tsx?$/);
const SOURCES = new Map(FILES.map((file) => [file, parse(file)]));
const IMPORTS = FILES.flatMap(importsOf);

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
}

function importsOf(from: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, typesOnly: boolean) => {
    if (specifier.startsWith('node:')) return;
    const outside = !specifier.startsWith('.');
    const to = outside ? packageOf(specifier) : sourceOf(normalize(join(dirname(from), specifier)).replaceAll('\\', '/'));
    found.push({ from, to, outside, typesOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node.moduleSpecifier.text, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node.moduleSpecifier.text, node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteralLike(argument)) add(argument.text, false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
      add(node.argument.literal.text, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(SOURCES.get(from)!);
  return found;
}

/** './x.js' as written in an import → the file it was compiled from. */
function sourceOf(path: string): string {
  const stem = path.replace(/\.js$/, '');
  return [`${stem}.ts`, `${stem}.tsx`].find((file) => SOURCES.has(file)) ?? path;
}

function allowed({ from, to, typesOnly }: Import): boolean {
  const [room, other] = [roomOf(from), roomOf(to)];
  if (room === other || OPEN.includes(room)) return true;
  const rule = ROOMS[room];
  if (!rule) return false;
  if (rule.values.includes(other) || EXCEPTIONS[from]?.includes(other)) return true;
  return typesOnly && (rule.types ?? []).some((type) => type === other || type === to);
}

test('a room imports only from the rooms that the table names', () => {
  const broken = IMPORTS.filter((edge) => !edge.outside && !allowed(edge));
  assert.deepEqual(
    broken.map(({ from, to, typesOnly }) => `${from} → ${to}${typesOnly ? ' (types)' : ''}`),
    [],
  );
});

test('the table refuses what it must', () => {
  const edge = (from: string, to: string, typesOnly = false): Import => ({ from, to, typesOnly, outside: false });
  assert.equal(allowed(edge('tensor/tensor.ts', 'onnx/graph.ts', true)), false);
  assert.equal(allowed(edge('train/loop.ts', 'analyses/cka.ts')), false);
  assert.equal(allowed(edge('analyses/cka.ts', 'train/loop.ts')), false);
  assert.equal(allowed(edge('analyses/cka.ts', 'train/recipe.ts')), false, 'a value import of train/recipe.ts');
  assert.equal(allowed(edge('analyses/cka.ts', 'train/recipe.ts', true)), true);
  assert.equal(allowed(edge('web/page.tsx', 'store/store.ts', true)), false);
  assert.equal(allowed(edge('utils/x.ts', 'tensor/tensor.ts')), false, 'a room that the table does not know');
  assert.equal(allowed(edge('study/plan.ts', 'cli/main.ts')), false);
});

test('every folder of src is a room', () => {
  assert.deepEqual(
    [...new Set(FILES.map(roomOf))].filter((room) => !(room in ROOMS) && !OPEN.includes(room)),
    [],
  );
});

test('imports have no cycles', () => {
  const next = new Map<string, string[]>();
  for (const { from, to, outside, typesOnly } of IMPORTS) if (!outside && !typesOnly) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) assert.fail(`import cycle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`);
    if (done.has(file)) return;
    for (const other of next.get(file) ?? []) walk(other, [...path, file]);
    done.add(file);
  };
  for (const file of FILES) walk(file, []);
});

test('an outside package is imported only where the table says', () => {
  const outside = IMPORTS.filter((edge) => edge.outside);
  const broken = outside.filter(
    ({ from, to }) => !(PACKAGES[to] ?? []).some((place) => from === place || (place.endsWith('/') && from.startsWith(place))),
  );
  assert.deepEqual(
    broken.map(({ from, to }) => `${from} → ${to}`),
    [],
  );
});

test('every dependency is used, and every import is a dependency', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const used = new Set(IMPORTS.filter((edge) => edge.outside && !edge.typesOnly).map(({ to }) => to));
  assert.deepEqual([...used].sort(), Object.keys(manifest.dependencies).sort());
});

test(`no file is longer than ${LONGEST_FILE} lines`, () => {
  const everything = [...tree('src', /\.tsx?$/).map((f) => `src/${f}`), ...tree('test', /\.tsx?$/).map((f) => `test/${f}`)];
  const long = everything
    .filter((file) => !file.startsWith('src/onnx/proto/'))
    .map((file) => ({ file, lines: readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > LONGEST_FILE);
  assert.deepEqual(long, []);
});

test('only cli speaks: no console and no process.stdout or stderr elsewhere', () => {
  const speaks: string[] = [];
  for (const [file, source] of SOURCES) {
    if (roomOf(file) === 'cli' || roomOf(file) === 'web') continue;
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
        const said = `${node.expression.text}.${node.name.text}`;
        if (node.expression.text === 'console' || said === 'process.stdout' || said === 'process.stderr') speaks.push(`${file}: ${said}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  assert.deepEqual(speaks, []);
});

test('no global randomness', () => {
  const guilty = FILES.filter((file) => /\bMath\.random\b|\brandomUUID\b/.test(read(file)) && roomOf(file) !== 'store');
  assert.deepEqual(guilty, []);
});

test('names say what is inside', () => {
  assert.deepEqual(
    FILES.filter((file) => FORBIDDEN_NAMES.test(file)),
    [],
  );
  assert.deepEqual(
    FILES.filter((file) => !/^[a-z0-9/.-]+$/.test(file) && !file.startsWith('onnx/proto/')),
    [],
    'kebab-case',
  );
});

test('a registry names every file of its kind', () => {
  const imported = (registry: string) => IMPORTS.filter(({ from }) => from === registry).map(({ to }) => to);
  const kinds: readonly (readonly [registry: string, folder: string, isOne: RegExp])[] = [
    ['data/datasets.ts', 'data', /export const \w+: DatasetKind\b/],
    ['data/transforms/parse-transforms.ts', 'data/transforms', /export const \w+: TransformKind\b/],
    ['models/networks.ts', 'models', /export const \w+: Architecture\b/],
    ['analyses/registry.ts', 'analyses', /export const \w+: Analysis\b/],
    ['report/sections/registry.ts', 'report/sections', /export const \w+: SectionText\b/],
    ['web/charts/registry.ts', 'web/charts', /export const figures\b/],
    ['cli/verbs.ts', 'cli/verbs', /export const \w+Verb\b/],
  ];
  for (const [registry, folder, isOne] of kinds) {
    const files = FILES.filter((file) => dirname(file) === folder && isOne.test(read(file)));
    assert.ok(files.length >= 2, `${folder} must hold some, got ${files.join(', ')}`);
    const missing = files.filter((file) => !imported(registry).includes(file));
    assert.deepEqual(missing, [], `${registry} must name them`);
  }
});

test('every analysis has its chart, section, test and doc page', () => {
  const analyses = FILES.filter((file) => /^analyses\/[^/]+\.ts$/.test(file) && /:\s*Analysis\b|satisfies Analysis\b/.test(read(file)));
  assert.ok(analyses.length >= 5, `at least five analyses, got ${analyses.join(', ')}`);
  for (const file of analyses) {
    const name = file.slice('analyses/'.length, -'.ts'.length);
    assert.match(read(file), new RegExp(`name: '${name}'`), `${file} must be called by its file's name`);
    for (const needed of [`src/web/charts/${name}`, `src/report/sections/${name}`, `test/analyses/${name}.test`, `docs/analyses/${name}`]) {
      const there = ['.ts', '.tsx', '.md'].some((ending) => existsSync(join(ROOT, needed + ending)));
      assert.ok(there, `${name}: ${needed} is missing`);
    }
  }
});
