// Tables as text: what offices save, and what is copied from a spreadsheet. Cells stay text.

/** Reads CSV or tab-separated text, quotes and line breaks within cells included. */
export function readTable(text: string, separator: ',' | '\t'): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const source = text.replace(/^\uFEFF/, '');
  for (let at = 0; at < source.length; at += 1) {
    const letter = source[at] as string;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (source[at + 1] === '"') { cell += '"'; at += 1; }
      else quoted = false;
    } else if (letter === '"' && cell === '') quoted = true;
    else if (letter === separator) { row.push(cell); cell = ''; }
    else if (letter === '\n' || letter === '\r') {
      if (letter === '\r' && source[at + 1] === '\n') at += 1;
      row.push(cell);
      rows.push(row);
      row = [];
      cell = '';
    } else cell += letter;
  }
  // A line break at the end of a copied block ends its last row; it is no row of its own.
  if (cell !== '' || row.length) { row.push(cell); rows.push(row); }
  return rows;
}

const written = (cell: string, separator: string): string =>
  cell.includes(separator) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

/** Writes a table; lines end as spreadsheets end them, unless it is said otherwise. */
export function writeTable(rows: readonly (readonly string[])[], separator: ',' | '\t', end: '\r\n' | '\n' = '\r\n'): string {
  const lines = rows.map((row) => row.map((cell) => written(cell, separator)).join(separator));
  return `${lines.join(end)}${end}`;
}

/** Text that a spreadsheet would take for a formula gets a mark that makes it text, as in the service's own files; figures stay figures. */
export const asText = (cell: string): string => (/^[=+\-@\t\r\n＝＋－＠]/.test(cell) && !/^[+-][\d,.]+%?$/.test(cell) ? `'${cell}` : cell);

export interface Figure { text: string; wrong: 'scientific' | 'text' | null }

/** A figure as typed or pasted, in the plain form in which tables are kept: full-width digits, separators, 万 and 亿 are read. */
export function readFigure(typed: string): Figure {
  const half = typed.normalize('NFKC').trim();
  if (half === '') return { text: '', wrong: null };
  if (/^[-+]?\d+(\.\d+)?e[-+]?\d+$/i.test(half)) return { text: half, wrong: 'scientific' };
  const match = /^([-+]?)(\d{1,3}(?:,\d{3})+|\d+)?(?:\.(\d+))?\s*(万|亿)?$/.exec(half);
  if (!match || (match[2] === undefined && match[3] === undefined)) return { text: half, wrong: 'text' };
  const shift = match[4] === '亿' ? 8 : match[4] === '万' ? 4 : 0;
  const whole = (match[2] ?? '0').replaceAll(',', '');
  const part = match[3] ?? '';
  const moved = shift ? moveUp(whole, part, shift) : part ? `${whole}.${part}` : whole;
  return { text: `${match[1] === '-' ? '-' : ''}${moved}`, wrong: null };
}

function moveUp(whole: string, part: string, places: number): string {
  const digits = whole + part.slice(0, places).padEnd(places, '0');
  const rest = part.slice(places);
  const plain = digits.replace(/^0+(?=\d)/, '');
  return rest ? `${plain}.${rest}` : plain;
}
