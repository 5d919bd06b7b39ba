import type { PaperFinding, ReportData } from '../report/contract.js';
import { Typeset } from './typeset.js';

/** The paper's findings beside this study's, finding by finding. Nothing where the study does not ask for it. */
export function Paper({ data: { paper } }: { data: ReportData }) {
  if (paper.length === 0) return null;
  const claims = [...new Set(paper.map(({ claim }) => claim))];
  return (
    <section class="group paper" aria-labelledby="paper">
      <h2 id="paper">The paper’s findings</h2>
      <p class="question">
        What Neyshabur, Sedghi and Zhang (2020, arXiv 2008.11687) found with a ResNet-50 on photographs, drawings and radiographs, and what
        these rows say. They are hypotheses: other data may well answer differently.
      </p>
      <p class="note">
        {tally(paper)} Reproduced and not reproduced are said where an interval (for distances: every pair) decides; all else is undecided.
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Finding, and the paper’s numbers</th>
            <th scope="col">Target</th>
            <th scope="col">Here</th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {claims.map((claim) =>
            paper
              .filter((finding) => finding.claim === claim)
              .map((finding, i, all) => <Finding key={finding.section} finding={finding} rows={i === 0 ? all.length : 0} />),
          )}
        </tbody>
      </table>
    </section>
  );
}

/** `rows`: how many targets its claim spans; 0: the claim stands above. */
function Finding({ finding: { claim, paper, target, measured, verdict, section }, rows }: { finding: PaperFinding; rows: number }) {
  return (
    <tr>
      {rows > 0 && (
        <th scope="rowgroup" rowSpan={rows}>
          {claim}
          <p class="note">
            <Typeset text={paper} />
          </p>
        </th>
      )}
      <td>
        <a href={`#${section}`}>{target}</a>
      </td>
      <td>
        <Typeset text={measured} />
      </td>
      <td class={`verdict ${verdict.replace(' ', '-')}`}>{verdict}</td>
    </tr>
  );
}

function tally(all: readonly PaperFinding[]): string {
  const count = (verdict: string) => all.filter((finding) => finding.verdict === verdict).length;
  return `${all.length} comparisons: ${count('reproduced')} reproduced, ${count('not reproduced')} not reproduced, ${count('undecided')} undecided.`;
}
