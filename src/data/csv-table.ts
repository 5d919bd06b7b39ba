import { readFile } from 'node:fs/promises';
import { InputError } from '../tensor/input-error.js';
import { nearest } from '../tensor/nearest.js';
import { checkRegularFile } from '../tensor/regular-file.js';

/** A row of a CSV file: its fields, and the line it begins on, from 1. */
export interface CsvLine {
  readonly line: number;
  readonly fields: readonly string[];
}

/** A CSV file with a header (RFC 4180): as many fields in every row as there are columns. */
export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly CsvLine[];
}

/** Reads a table. `what` begins messages ('chexpert: train.csv'). Throws InputError with the line. */
export async function readCsv(file: string, what: string): Promise<CsvTable> {
  await checkRegularFile(file, `${what} (${file})`);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${what}: must be readable, got ${error.code ?? error.message} (${file})`);
  });
  const [header, ...rows] = parseCsv(text, what);
  if (!header) throw new InputError(`${what}: must have a header, got an empty file`);
  const columns = header.fields.map((name) => name.trim());
  const twice = columns.find((name, i) => columns.indexOf(name) < i);
  if (twice !== undefined) throw new InputError(`${what}:${header.line}: columns must differ, got ${JSON.stringify(twice)} twice`);
  const wrong = rows.find(({ fields }) => fields.length !== columns.length);
  if (wrong)
    throw new InputError(`${what}:${wrong.line}: must have ${columns.length} fields as the header has, got ${wrong.fields.length}`);
  return { columns, rows };
}

/** Where columns stand. Throws InputError for one that is not there. */
export function placesOf(names: readonly string[], { columns }: CsvTable, what: string): number[] {
  return names.map((name) => {
    const place = columns.indexOf(name);
    if (place >= 0) return place;
    const near = nearest(name, columns);
    throw new InputError(
      `${what}:1: must have a column ${JSON.stringify(name)}, got ${columns.join(', ')}${near ? `; is ${near} meant?` : ''}`,
    );
  });
}

/** Fields may stand in quotes, with commas, line breaks and doubled quotes inside. Blank lines are passed over. */
export function parseCsv(text: string, what: string): CsvLine[] {
  const rows: CsvLine[] = [];
  let [at, line] = [text.startsWith('\uFEFF') ? 1 : 0, 1];
  while (at < text.length) {
    const [fields, first]: [string[], number] = [[], line];
    for (;;) {
      const field = text[at] === '"' ? quoted(at) : bare(at);
      fields.push(field.text);
      at = field.end;
      if (text[at] !== ',') break;
      at++;
    }
    if (text[at] === '\r') at++;
    if (at < text.length && text[at] !== '\n')
      throw new InputError(`${what}:${line}: a quoted field must end at a comma or the line's end, got ${JSON.stringify(text[at])}`);
    at++;
    line++;
    if (fields.length > 1 || fields[0] !== '') rows.push({ line: first, fields });
  }
  return rows;

  function bare(from: number) {
    let end = from;
    while (end < text.length && text[end] !== ',' && text[end] !== '\n' && !(text[end] === '\r' && text[end + 1] === '\n')) end++;
    return { text: text.slice(from, end), end };
  }

  function quoted(from: number) {
    const begun = line;
    let end = from + 1;
    for (; ; end++) {
      if (end >= text.length) throw new InputError(`${what}:${begun}: a quote must be closed, got the end of the file`);
      if (text[end] === '\n') line++;
      if (text[end] !== '"') continue;
      if (text[end + 1] !== '"') break;
      end++;
    }
    return { text: text.slice(from + 1, end).replaceAll('""', '"'), end: end + 1 };
  }
}
