import type { ReportData, Section } from '../report/contract.js';
import { placeOf, titleOf } from './charts/figure.js';
import { colorOf } from './palette.js';
import { Paper } from './paper.js';
import { Provenance } from './provenance.js';
import { Group, type Draw } from './section.js';
import { Absent } from './absent.js';
import { AdvicePage } from './advice.js';
import { Typeset } from './typeset.js';

/** The whole body of the report. Rendered once, on the server; the page's script only redraws charts and hands out files. */
export function Page({ data, draw }: { data: ReportData; draw: Draw }) {
  const groups = [...new Set(data.sections.map((section) => section.analysis))].map((analysis) =>
    data.sections.filter((section) => section.analysis === analysis),
  );
  return (
    <div class="page">
      <a class="skip" href="#main">
        Skip to the report
      </a>
      <Contents groups={groups} data={data} />
      <main id="main">
        <header>
          <p class="eyebrow">What fine-tuning took over from pre-training</p>
          <h1>{data.title}</h1>
          <Roles data={data} />
          <AdvicePage data={data} />
          <Summary data={data} />
        </header>
        {groups.map((sections) => (
          <Group key={sections[0]!.analysis} sections={sections} draw={draw} />
        ))}
        <Paper data={data} />
        <Absent data={data} />
        <Provenance data={data} />
        <footer>
          <p>Made by Carryover. This file is complete: it loads nothing and works without a network.</p>
        </footer>
      </main>
    </div>
  );
}

/** Sentences with the same evidence stand under one link. */
function Summary({ data: { summary, sections } }: { data: ReportData }) {
  const evidence = [...new Set(summary.map(({ section }) => section))];
  return (
    <section class="summary" aria-labelledby="summary">
      <h2 id="summary">What was found</h2>
      <ul>
        {evidence.map((id) => (
          <li key={id}>
            <a href={`#${id}`}>{sections.find((section) => section.id === id)?.title ?? 'Evidence'}</a>
            <div>
              {summary
                .filter(({ section }) => section === id)
                .map(({ text, basis }) => (
                  <div key={text}>
                    <p>
                      <Typeset text={text} />
                    </p>
                    {basis !== '' && <p class="basis">{basis}</p>}
                  </div>
                ))}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

const ROLES = [
  ['P', 'pre-trained on the source, before it saw the target'],
  ['RI', 'random initialization, before it saw the target'],
  ['P-T', 'P fine-tuned on the target, with a fresh head'],
  ['RI-T', 'the same network trained on the target from random initialization'],
] as const;

function Roles({ data: { runs } }: { data: ReportData }) {
  const present = [...new Set(runs.map(({ role }) => role))];
  const own = present.filter((role) => ROLES.every(([known]) => known !== role));
  const shown = [
    ...ROLES.filter(([role]) => present.includes(role)),
    ...own.map((role) => [role, 'trained elsewhere, under this name'] as const),
  ];
  return (
    <div class="roles">
      <dl>
        {shown.map(([role, meaning]) => (
          <div key={role}>
            <dt style={{ color: colorOf(role) }}>{role}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="note">
        A number after the role tells runs with different seeds apart. Brackets and bars are 95&nbsp;% intervals; a difference whose
        interval touches zero is called undecided.
      </p>
    </div>
  );
}

function Contents({ groups, data }: { groups: readonly (readonly Section[])[]; data: ReportData }) {
  return (
    <nav aria-label="Contents">
      <ol>
        <li>
          <a href="#advice">What to do</a>
        </li>
        <li>
          <a href="#summary">What was found</a>
        </li>
        {groups.map((sections) => (
          <li key={sections[0]!.analysis}>
            <a href={`#${sections[0]!.analysis}`}>{titleOf(sections)}</a>
            <ul>
              {sections.map((section) => (
                <li key={section.id}>
                  <a href={`#${section.id}`}>{placeOf(section)}</a>
                </li>
              ))}
            </ul>
          </li>
        ))}
        {data.paper.length > 0 && (
          <li>
            <a href="#paper">The paper’s findings</a>
          </li>
        )}
        {data.absent.length > 0 && (
          <li>
            <a href="#absent">What is not here</a>
          </li>
        )}
        <li>
          <a href="#provenance">How this was made</a>
        </li>
      </ol>
      <button type="button" id="theme" class="theme" hidden>
        Theme
      </button>
    </nav>
  );
}
