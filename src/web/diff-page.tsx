import type { DiffData } from '../report/diff.js';
import { number, percent } from './format.js';
import { Table } from './table.js';

type Diff = DiffData['diff'];

/** The whole body of a diff's page. It has no script: everything stands as it is rendered. */
export function DiffPage({ data: { title, sentences, cautions, diff } }: { data: DiffData }) {
  const { modules, tensors, shapes, onlyA, onlyB } = diff;
  return (
    <div class="diff">
      <main id="main">
        <header>
          <p class="eyebrow">What differs between two checkpoints</p>
          <h1>{title}</h1>
          <Files diff={diff} />
        </header>
        <section class="group" aria-labelledby="answer">
          <h2 id="answer">In short</h2>
          {sentences.map((text) => (
            <p key={text} class="answer">
              {text}
            </p>
          ))}
          {cautions.length > 0 && (
            <ul class="cautions">
              {cautions.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          )}
        </section>
        {modules.length > 0 && (
          <section class="group" aria-labelledby="modules">
            <h2 id="modules">Module by module</h2>
            <p class="question">How far did each one move, relative to its size?</p>
            <Bars modules={modules} />
            <details>
              <summary>All measures</summary>
              <Table name="modules" rows={modules.map((row) => ({ ...row }))} most={Infinity} />
            </details>
          </section>
        )}
        {tensors.length > 0 && (
          <section class="group" aria-labelledby="tensors">
            <h2 id="tensors">Tensor by tensor</h2>
            <Table name="tensors" most={Infinity} rows={tensors.map(tensorRow)} />
          </section>
        )}
        {shapes.length + onlyA.length + onlyB.length > 0 && (
          <section class="group" aria-labelledby="mismatches">
            <h2 id="mismatches">Not compared</h2>
            <Table
              name="mismatches"
              most={Infinity}
              rows={[
                ...shapes.map(({ name, dimsA, dimsB }) => ({ tensor: name, why: `${shapeText(dimsA)} against ${shapeText(dimsB)}` })),
                ...onlyA.map((name) => ({ tensor: name, why: 'only in the first file' })),
                ...onlyB.map((name) => ({ tensor: name, why: 'only in the second file' })),
              ]}
            />
          </section>
        )}
        <footer>
          <p>
            ℓ₂ = ‖b − a‖₂; RMS = ℓ₂ / √n; relative = ℓ₂ / ‖a‖₂; cosine between the weights themselves; unchanged: share of weights that are
            exactly equal. Sums are in float64. A dash is a measure that is undefined: the first file's weights are all 0, or nothing is
            finite. Made by Carryover; this file is complete and loads nothing.
          </p>
        </footer>
      </main>
    </div>
  );
}

function tensorRow({
  name,
  dims,
  dtypeA,
  dtypeB,
  weights,
  nonFinite,
  l2,
  rms,
  relative,
  cosine,
  largest,
  unchanged,
  buffer,
}: Diff['tensors'][number]) {
  const type = dtypeA === dtypeB ? dtypeA : `${dtypeA} → ${dtypeB}`;
  return { tensor: name, type, shape: shapeText(dims), weights, nonFinite, l2, rms, relative, cosine, largest, unchanged, buffer };
}

function Files({ diff: { a, b, whole } }: { diff: Diff }) {
  return (
    <div class="facts">
      {[a, b].map((side, i) => (
        <dl key={i}>
          <div>
            <dt>{i === 0 ? 'first' : 'second'}</dt>
            <dd>{side.path}</dd>
          </div>
          <div>
            <dt>format</dt>
            <dd>
              {side.format}, {number(side.bytes)} bytes
            </dd>
          </div>
        </dl>
      ))}
      <dl>
        <div>
          <dt>compared</dt>
          <dd>{number(whole.weights)} weights</dd>
        </div>
      </dl>
    </div>
  );
}

/** A bar a module, in the first file's order. */
function Bars({ modules }: { modules: Diff['modules'] }) {
  const longest = Math.max(...modules.map(({ relative }) => relative ?? 0));
  return (
    <div class="scroll" role="region" tabIndex={0} aria-label="Relative change of each module">
      <table class="bars">
        <thead>
          <tr>
            <th scope="col">module</th>
            <th scope="col">relative change</th>
            <th scope="col" class="number">
              unchanged
            </th>
            <th scope="col" class="number">
              cosine
            </th>
          </tr>
        </thead>
        <tbody>
          {modules.map(({ module, relative, unchanged, cosine }) => (
            <tr key={module}>
              <td>{module}</td>
              <td>
                <span class="bar" style={{ width: `${longest === 0 || relative === null ? 0 : (60 * relative) / longest}%` }} />
                {relative === null ? '–' : relative === 0 ? '0 %' : percent(relative, relative < 0.01 ? 3 : 1)}
              </td>
              <td class="number">{unchanged === null ? '–' : percent(unchanged)}</td>
              <td class="number">{cosine === null ? '–' : number(cosine)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const shapeText = (dims: readonly number[]): string => `[${dims.join(', ')}]`;
