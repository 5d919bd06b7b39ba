import type { Missing, ReportData } from '../report/contract.js';
import { Typeset } from './typeset.js';

/** What the networks and images of the study do not allow, analysis by analysis. */
export function Absent({ data: { absent } }: { data: ReportData }) {
  if (absent.length === 0) return null;
  const titles = [...new Set(absent.map(({ title }) => title))];
  const targets = new Set(absent.map(({ target }) => target)).size;
  return (
    <section class="group absent" id="absent" aria-labelledby="absent-title">
      <h2 id="absent-title">What is not here</h2>
      <p class="question">What these networks and images do not allow, and why.</p>
      <dl>
        {titles.map((title) => (
          <div key={title}>
            <dt>{title}</dt>
            {absent
              .filter((each) => each.title === title)
              .map((each) => (
                <dd key={`${each.target} ${each.what}`}>
                  <Typeset text={sentence(each, targets > 1)} />
                </dd>
              ))}
          </div>
        ))}
      </dl>
    </section>
  );
}

/** 'On photos: heads: what the head started from is not known.' */
function sentence({ target, what, reason }: Missing, several: boolean): string {
  const text = [...(several ? [`on ${target}`] : []), ...(what === '' ? [] : [what]), reason].join(': ');
  // words, not names of runs
  return `${text.replace(/^[a-z]+(?=[ :])/, (first) => first[0]!.toUpperCase() + first.slice(1))}.`;
}
