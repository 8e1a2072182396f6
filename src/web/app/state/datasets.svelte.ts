// Datasets as tables: the files of a version, and the edits that are laid over them until they are kept as a new version.
import { get, text } from '../api/client';
import type { DatasetDocument, DatasetTables } from '../api/types';
import type { Cells, Work } from './workspace.svelte';
import { readTable, writeTable } from './csv';

export interface Table { file: string; header: string[]; rows: string[][] }
export interface Opened { name: string; version: number; document: DatasetDocument; tables: Table[]; files: Record<string, string> }

const opened = $state<{ of: Record<string, Opened> }>({ of: {} });
const key = (name: string, version: number): string => `${name}@${version}`;

/** Opens a version of a dataset (the newest without one); its tables are those whose files are CSV. */
export async function open(name: string, version?: number): Promise<Opened> {
  const document = await get<DatasetDocument>(`/datasets/${encodeURIComponent(name)}${version ? `/versions/${version}` : ''}`);
  const found = opened.of[key(name, document.version)];
  if (found) return found;
  const files: Record<string, string> = {};
  const path = `/datasets/${encodeURIComponent(name)}/versions/${document.version}/files`;
  await Promise.all(document.files.filter((each) => /\.(csv|toml)$/i.test(each.name)).map(async (each) => {
    files[each.name] = await text(`${path}/${encodeURIComponent(each.name)}`);
  }));
  const tables = document.files.filter((each) => /\.csv$/i.test(each.name)).map(({ name: file }) => {
    const [header = [], ...rows] = readTable(files[file] ?? '', ',');
    return { file, header, rows };
  });
  // A workbook: its tables are those that the service reads from it; what is edited is kept as CSV.
  if (!tables.length) {
    const read = await get<DatasetTables>(path.replace(/files$/, 'tables'));
    for (const { table, columns, rows } of read.tables) {
      const header = columns.map((column) => column.header);
      tables.push({ file: `${table}.csv`, header, rows: rows.map((row) => header.map((_, at) => row.cells[at] ?? '')) });
      files[`${table}.csv`] = writeTable([header, ...(tables[tables.length - 1] as Table).rows], ',', '\n');
    }
  }
  const fresh = { name, version: document.version, document, tables, files };
  opened.of[key(name, document.version)] = fresh;
  return fresh;
}

export const cellKey = (file: string, row: number, column: number): string => `${file}!${row}!${column}`;

/** The files of a dataset with edits laid over them; a row beyond the last is a new one. */
export function edited(dataset: Opened, cells: Cells): Record<string, string> {
  const files = { ...dataset.files };
  for (const table of dataset.tables) {
    const rows = table.rows.map((row) => [...row]);
    let touched = false;
    for (const [name, value] of Object.entries(cells)) {
      const [file, row, column] = name.split('!');
      if (file !== table.file) continue;
      const line = (rows[Number(row)] ??= table.header.map(() => ''));
      line[Number(column)] = value;
      touched = true;
    }
    if (touched) files[table.file] = writeTable([table.header, ...rows], ',', '\n');
  }
  return files;
}

/** Files of the dataset that the work uses, where it has edits. */
export function draftFiles(work: Work): Record<string, string> | null {
  const name = (work.data ?? modelData.name).split('@')[0];
  const entry = Object.entries(work.cells).find(([dataset]) => dataset.split('@')[0] === name);
  if (!entry) return null;
  const dataset = opened.of[entry[0]];
  return dataset ? edited(dataset, entry[1]) : null;
}

/** Name of the dataset that the open model itself refers to. */
export const modelData = $state({ name: '' });

/** Makes sure that edits kept from before can be laid over their dataset. */
export async function reopen(work: Work): Promise<void> {
  await Promise.all(Object.keys(work.cells).map(async (each) => {
    const [name = '', version] = each.split('@');
    await open(name, Number(version)).catch(() => null);
  }));
}
