import type { ClipboardEvent } from 'react';
import { messageOf } from '../api/client.ts';
import type { TableRow } from '../api/portal.ts';
import { say, sayError } from '../ui/toast.tsx';
import type { BlockStore } from './block-store.ts';
import { own } from './grid-row.tsx';
import type { Range } from './selection.ts';
import { toTsv, valueText } from './values.ts';

const mostRows = 5_000;

interface Copy {
  range: Range;
  columns: readonly string[];
  store: BlockStore<TableRow>;
}

/** Copies a range as TSV. Rows that are not here yet are fetched first; nothing is ever copied as if it were empty. */
export function copyRange(event: ClipboardEvent, { range, columns, store }: Copy): void {
  event.preventDefault();
  const count = range.bottom - range.top + 1;
  if (count > mostRows) {
    sayError(
      'Too many rows to copy',
      `At most ${mostRows.toLocaleString('en')} rows are copied at once; export the table instead.`,
    );
    return;
  }
  const text = () => {
    const rows: string[][] = [];
    for (let index = range.top; index <= range.bottom; index += 1) {
      const row = store.row(index);
      if (!row) return undefined;
      rows.push(columns.slice(range.left, range.right + 1).map((name) => valueText(own(row.attributes, name))));
    }
    return toTsv(rows);
  };
  const here = text();
  const done = () => count > 1 && say(`${count.toLocaleString('en')} rows copied`);
  if (here === undefined) {
    void store.need(range.top, range.bottom).then(async () => (await writeText(text())) && done());
    return;
  }
  event.clipboardData.setData('text/plain', here);
  done();
}

async function writeText(text: string | undefined): Promise<boolean> {
  try {
    if (text === undefined) throw new Error('Not all rows came.');
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    sayError('The rows were not copied', messageOf(error));
    return false;
  }
}
