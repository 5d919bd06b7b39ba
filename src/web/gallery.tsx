import type { MistakeImageRow } from '../analyses/rows.js';
import type { Section } from '../report/contract.js';
import { rowsOf } from './charts/figure.js';
import { colorOf } from './palette.js';

const TITLES: Readonly<Record<string, string>> = {
  'only P-T wrong': 'Every P-T run errs, every RI-T run is right',
  'only RI-T wrong': 'Every RI-T run errs, every P-T run is right',
  'all wrong': 'All runs err',
};

/** The pictures that one role or all runs get wrong, the clearest first, each with its label and what was said instead. */
export function Galleries({ section }: { section: Section }) {
  const rows = rowsOf<MistakeImageRow>(section.tables, 'images');
  if (rows.length === 0) return null;
  return (
    <>
      {Object.keys(TITLES).map((group) => {
        const own = rows.filter((row) => row.group === group).toSorted((x, y) => x.rank - y.rank);
        const shown = own.filter((row) => section.pictures[row.image] !== undefined);
        return (
          <section key={group} class="gallery">
            <h4>{TITLES[group]}</h4>
            {shown.length === 0 ? (
              <p class="note">{own.length === 0 ? 'There are no such images.' : 'The pictures were not kept.'}</p>
            ) : (
              <>
                <ul>
                  {shown.map((row) => (
                    <Picture key={row.image} row={row} source={section.pictures[row.image]!} />
                  ))}
                </ul>
                {own.length > shown.length && (
                  <p class="note">
                    The {shown.length} clearest; the table “images” lists {own.length}.
                  </p>
                )}
              </>
            )}
          </section>
        );
      })}
    </>
  );
}

function Picture({ row, source }: { row: MistakeImageRow; source: string }) {
  return (
    <li>
      <img src={source} width={56} height={56} alt={`${row.image}, a picture of class ${row.label}`} title={row.image} loading="lazy" />
      <span class="label">{row.label}</span>
      <Said role="P-T" label={row.pretrainedSays} truth={row.label} />
      <Said role="RI-T" label={row.randomSays} truth={row.label} />
    </li>
  );
}

function Said({ role, label, truth }: { role: string; label: string; truth: string }) {
  if (label === '') return null;
  return (
    <span class="said">
      <b style={{ color: colorOf(role) }}>{role}</b> {label === truth ? 'is right' : label}
    </span>
  );
}
