import { Fragment } from 'preact';
import type { Cell, Row } from '../analyses/analysis.js';
import { number, words } from './format.js';

/** Rows beyond this are in the CSV only. */
const MOST_ROWS = 120;

/** A table in its own scrolling box. Columns that say the same in every row are named once, above it. */
export function Table({ rows, name, most = MOST_ROWS }: { rows: readonly Row[]; name: string; most?: number }) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const constant = rows.length < 2 ? [] : columns.filter((column) => rows.every((row) => row[column] === rows[0]![column]));
  const shown = columns.filter((column) => !constant.includes(column));
  const isNumber = (column: string) => rows.some((row) => typeof row[column] === 'number');
  const same = constant.filter((column) => rows[0]![column] !== null);
  return (
    <>
      {same.length > 0 && (
        <p class="note">
          In every row:{' '}
          {same.map((column, i) => (
            <Fragment key={column}>
              {i > 0 && ' · '}
              {words(column)} <b>{text(rows[0]![column]!)}</b>
            </Fragment>
          ))}
        </p>
      )}
      <div class="scroll" role="region" tabIndex={0} aria-label={`Table ${name}`}>
        <table>
          <thead>
            <tr>
              {shown.map((column) => (
                <th key={column} scope="col" class={isNumber(column) ? 'number' : undefined}>
                  {words(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, most).map((row, i) => (
              <tr key={i}>
                {shown.map((column) => (
                  <td key={column} class={isNumber(column) ? 'number' : undefined}>
                    {text(row[column] ?? null)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > most && (
        <p class="note">
          The first {most} of {rows.length.toLocaleString('en-US')} rows; the CSV holds all of them.
        </p>
      )}
    </>
  );
}

function text(cell: Cell): string {
  if (cell === null) return '–';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return typeof cell === 'number' ? number(cell) : cell;
}
