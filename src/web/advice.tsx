import { Fragment } from 'preact';
import type { Advice, ReportData } from '../report/contract.js';
import { Typeset } from './typeset.js';

/** What to do: a question a row, its answer for every target with confidence and evidence; last what was not measured. */
export function AdvicePage({ data: { advice, sections } }: { data: Pick<ReportData, 'advice' | 'sections'> }) {
  if (advice.length === 0) return null;
  const questions = [...new Set(advice.map(({ question }) => question))];
  const measured = questions.filter((question) => advice.some((each) => each.question === question && each.verdict !== 'not measured'));
  const titleOf = (id: string) => sections.find((section) => section.id === id)?.title ?? 'Evidence';
  return (
    <section class="advice" aria-labelledby="advice">
      <h2 id="advice">What to do</h2>
      <dl>
        {measured.map((question) => (
          <div key={question}>
            <dt>{question}</dt>
            {advice
              .filter((each) => each.question === question && each.verdict !== 'not measured')
              .map((each) => (
                <Line key={each.target} advice={each} titleOf={titleOf} />
              ))}
          </div>
        ))}
      </dl>
      <Missing advice={advice.filter(({ verdict }) => verdict === 'not measured')} />
    </section>
  );
}

function Line({
  advice: { target, verdict, text, confidence, because, sections },
  titleOf,
}: {
  advice: Advice;
  titleOf: (id: string) => string;
}) {
  return (
    <dd>
      <p>
        <span class={`verdict ${verdict}`}>{verdict}</span> <b>{target}</b> <Typeset text={text} />
      </p>
      <p class="note">
        {confidence === 'none' ? 'No confidence either way' : `Confidence: ${confidence}`} – <Typeset text={because} />. Evidence:{' '}
        {sections.map((id, i) => (
          <Fragment key={id}>
            {i > 0 && ', '}
            <a href={`#${id}`}>{titleOf(id)}</a>
          </Fragment>
        ))}
        .
      </p>
    </dd>
  );
}

function Missing({ advice }: { advice: readonly Advice[] }) {
  if (advice.length === 0) return null;
  return (
    <div class="missing">
      <h3>Not measured</h3>
      <ul>
        {lacking(advice).map(({ question, targets, text }) => (
          <li key={question + text}>
            <b>{question}</b> <span class="note">{targets.join(', ')}</span> <Typeset text={text} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Targets that lack the same together. */
function lacking(advice: readonly Advice[]) {
  const keys = new Map(advice.map(({ question, text }) => [`${question} ${text}`, { question, text }]));
  return [...keys.values()].map((each) => ({
    ...each,
    targets: advice.filter(({ question, text }) => question === each.question && text === each.text).map(({ target }) => target),
  }));
}
