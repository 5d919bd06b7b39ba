import type { Section } from '../report/contract.js';
import { figuresOf, placeOf, titleOf, type Figure } from './charts/figure.js';
import { CHARTS } from './charts/registry.js';
import { innerTables, saidOf } from './said.js';
import { Galleries } from './gallery.js';
import { Table } from './table.js';
import { Typeset } from './typeset.js';

/** Draws a figure as SVG text; null when there is nothing to draw. */
export type Draw = (figure: Figure, section: Section) => string | null;

/** One analysis: its question once, then each target's answer, side by side where there is room. */
export function Group({ sections, draw }: { sections: readonly Section[]; draw: Draw }) {
  const first = sections[0]!;
  const figures = CHARTS[first.analysis] ?? [];
  const [alone, together] = [sections.filter(({ target }) => target !== ''), sections.filter(({ target }) => target === '')];
  const shared = first.cautions.filter((caution) => alone.every((section) => section.cautions.includes(caution)));
  const methods = [...new Set(sections.map((section) => section.method))].filter((method) => method !== '');
  return (
    <section class="group" aria-labelledby={first.analysis}>
      <h2 id={first.analysis}>{titleOf(sections)}</h2>
      <p class="question">{first.question}</p>
      {[alone, together].map(
        (some) => some.length > 0 && <Side key={some[0]!.id} sections={some} figures={figures} draw={draw} shared={shared} />,
      )}
      <Cautions cautions={shared} />
      <div class="targets tables">
        {sections.map((section) => (
          <TablesOf key={section.id} section={section} alone={sections.length === 1} />
        ))}
      </div>
      <details class="method">
        <summary>Method and options</summary>
        {methods.map((method) => (
          <p key={method}>
            {methods.length > 1 && (
              <b>
                {sections
                  .filter((section) => section.method === method)
                  .map(placeOf)
                  .join(', ')}
                :{' '}
              </b>
            )}
            <Typeset text={method} />
          </p>
        ))}
        <Options sections={sections} />
      </details>
      {sections.map((section) => (
        <Downloads key={section.id} section={section} />
      ))}
    </section>
  );
}

interface Shown {
  readonly figure: Figure;
  /** null: nothing to draw here, though there is on another target. */
  readonly svg: string | null;
}

/** Targets side by side. A figure that has nothing to draw on any of them is left out. */
function Side({
  sections,
  figures,
  draw,
  shared,
}: {
  sections: readonly Section[];
  figures: readonly Figure[];
  draw: Draw;
  shared: readonly string[];
}) {
  const all = sections.map((section) => figuresOf(figures, section).map((figure): Shown => ({ figure, svg: draw(figure, section) })));
  const shown = all[0]!.flatMap((_, i) => (all.some((each) => each[i]!.svg !== null) ? [i] : []));
  return (
    <div class="targets" style={{ '--rows': shown.length + 5 }}>
      {sections.map((section, k) => (
        <Target key={section.id} section={section} figures={shown.map((i) => all[k]![i]!)} shared={shared} />
      ))}
    </div>
  );
}

function Target({ section, figures, shared }: { section: Section; figures: readonly Shown[]; shared: readonly string[] }) {
  const own = section.cautions.filter((caution) => !shared.includes(caution));
  return (
    <article id={section.id} aria-labelledby={`${section.id}-title`}>
      <h3 id={`${section.id}-title`}>{placeOf(section)}</h3>
      <p class="answer">
        <Typeset text={section.answer} />
      </p>
      <p class="basis">{section.basis}</p>
      {figures.map(({ figure, svg }) => (
        <Drawn key={figure.name} figure={figure} section={section} svg={svg} />
      ))}
      <div class="galleries">
        <Galleries section={section} />
      </div>
      <div>
        <Cautions cautions={own} />
      </div>
    </article>
  );
}

const counted = (rows: number) => `${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'}`;
const tableNames = ({ tables }: Section) => Object.keys(tables).filter((name) => tables[name]!.length > 0);

function TablesOf({ section, alone }: { section: Section; alone: boolean }) {
  return (
    <div>
      {tableNames(section).map((name) => (
        <details key={name}>
          <summary>
            Table: {name}
            {alone ? '' : `, ${placeOf(section)}`} <span class="note">{counted(section.tables[name]!.length)}</span>
          </summary>
          <Table rows={section.tables[name]!} name={`${name}, ${placeOf(section)}`} />
        </details>
      ))}
    </div>
  );
}

function Drawn({ figure, section, svg }: { figure: Figure; section: Section; svg: string | null }) {
  const said = (text: string) => saidOf(text, section.metric);
  return (
    <figure>
      <figcaption class="title">{said(figure.title)}</figcaption>
      {svg === null ? (
        <p class="note">There are no rows to draw.</p>
      ) : (
        <div
          class="chart"
          role="img"
          aria-label={said(figure.alt(innerTables(section.tables)))}
          data-section={section.id}
          data-figure={figure.name}
          dangerouslySetInnerHTML={{ __html: svg }}
        />
      )}
      <p class="caption">
        <Typeset text={said(figure.caption)} />
      </p>
      {svg !== null && (
        <button
          type="button"
          class="download"
          data-svg={figure.name}
          data-section={section.id}
          aria-label={`Download figure ${said(figure.title)}, ${placeOf(section)}, as SVG`}
        >
          SVG
        </button>
      )}
    </figure>
  );
}

function Cautions({ cautions }: { cautions: readonly string[] }) {
  if (cautions.length === 0) return null;
  return (
    <ul class="cautions">
      {cautions.map((caution) => (
        <li key={caution}>
          <Typeset text={caution} />
        </li>
      ))}
    </ul>
  );
}

function Downloads({ section }: { section: Section }) {
  return (
    <p class="downloads">
      <span class="note">Download {placeOf(section)}:</span>
      {tableNames(section).map((name) => (
        <button key={name} type="button" class="download" data-csv={name} data-section={section.id}>
          {name}.csv
        </button>
      ))}
      <button type="button" class="download" data-json data-section={section.id}>
        all as JSON
      </button>
    </p>
  );
}

function Options({ sections }: { sections: readonly Section[] }) {
  const texts = [...new Set(sections.map((section) => JSON.stringify(section.options, null, 1)))];
  return (
    <>
      {texts.map((text) => (
        <dl key={text} class="options">
          {Object.entries(JSON.parse(text) as Record<string, unknown>).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
            </div>
          ))}
        </dl>
      ))}
    </>
  );
}
