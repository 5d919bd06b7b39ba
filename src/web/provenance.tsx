import type { ComponentChildren } from 'preact';
import type { ReportData } from '../report/contract.js';
import { duration, percentInterval } from './format.js';

/** Everything needed to do it again. */
export function Provenance({ data: { provenance, runs, loaded } }: { data: ReportData }) {
  const { study, studyFile, seeds, versions, machine, steps, data } = provenance;
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  return (
    <section class="group" id="provenance" aria-labelledby="provenance-title">
      <h2 id="provenance-title">How this was made</h2>
      <p class="question">Data, networks, study file, versions and machine: everything needed to do it again.</p>
      <h3>Data</h3>
      <Grid
        name="Data sets"
        head={['name', 'classes', 'train', 'validation', 'test', 'licence']}
        rows={data.map((each) => [each.name, each.classes, each.train, each.val, each.test, each.licence])}
      />
      {data
        .filter(({ leftOut }) => leftOut !== '')
        .map(({ name, leftOut }) => (
          <p class="note" key={name}>
            {name}: {leftOut}
          </p>
        ))}
      <h3>Networks</h3>
      <Grid
        name="Networks"
        head={['name', 'role', 'target', 'seed', `test ${[...new Set(runs.map((run) => run.metric))].join(' or ')}`, 'images']}
        rows={runs.map((run) => [
          run.name,
          run.role,
          run.target || '–',
          run.seed,
          run.value === null ? '–' : `${percentInterval(run.value, run.low, run.high)}`,
          run.n ?? '–',
        ])}
      />
      {loaded.length > 0 && (
        <>
          <h3>Networks that were trained elsewhere</h3>
          <Grid
            name="Checkpoints"
            head={['name', 'file', 'tensors found', 'classes']}
            rows={loaded.map((each) => [each.name, each.file, `${each.matched} of ${each.parameters}`, each.classes])}
          />
          {loaded
            .filter(({ notes }) => notes.length > 0)
            .map(({ name, notes }) => (
              <p class="note" key={name}>
                {name}: {notes.join(' ')}
              </p>
            ))}
        </>
      )}
      <h3>Study file</h3>
      <p class="note">{studyFile}</p>
      <pre class="scroll" role="region" tabIndex={0} aria-label="Study file">
        {study}
      </pre>
      <div class="facts">
        <Facts title="Seeds" facts={seeds} />
        <Facts title="Versions" facts={versions} />
        <Facts title="Machine" facts={machine} />
      </div>
      <details>
        <summary>
          Steps: {steps.length}, {duration(seconds)} of work in all
        </summary>
        <Grid
          name="Steps"
          head={['step', 'id', 'took', 'peak memory', 'finished']}
          rows={steps.map((step) => [
            step.title,
            <code key={step.id}>{step.id.slice(0, 12)}</code>,
            duration(step.seconds),
            step.peakMemoryMb === null ? '–' : `${Math.round(step.peakMemoryMb)} MB`,
            step.finished,
          ])}
        />
      </details>
    </section>
  );
}

function Facts({ title, facts }: { title: string; facts: Readonly<Record<string, string | number | readonly number[]>> }) {
  return (
    <div>
      <h3>{title}</h3>
      <dl>
        {Object.entries(facts).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{Array.isArray(value) ? value.join(', ') : String(value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Grid({ name, head, rows }: { name: string; head: readonly string[]; rows: readonly (readonly ComponentChildren[])[] }) {
  return (
    <div class="scroll" role="region" tabIndex={0} aria-label={name}>
      <table>
        <thead>
          <tr>
            {head.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j} class={typeof cell === 'number' ? 'number' : undefined}>
                  {typeof cell === 'number' ? cell.toLocaleString('en-US') : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
