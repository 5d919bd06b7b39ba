type Cell = string | number | boolean | null;

/**
 * Rows as CSV (RFC 4180): a header, CRLF after every line, quotes doubled. Columns in the order in which rows first name them. null is an empty
 * field, an empty text is "". Numbers as the shortest text that reads back to the same number.
 */
export function toCsv(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [columns.map(field), ...rows.map((row) => columns.map((column) => field(row[column] ?? null)))];
  return columns.length === 0 ? '' : lines.map((fields) => `${fields.join(',')}\r\n`).join('');
}

function field(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
