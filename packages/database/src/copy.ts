import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { CopyValue } from './types.ts';
import { copyLine } from './values.ts';

/** Characters collected before a piece goes to the socket: large enough to make writes rare, small enough to stay in cache. */
const pieceLength = 65_536;

type Rows = Iterable<readonly CopyValue[]> | AsyncIterable<readonly CopyValue[]>;

/** Streams rows into a table over a connection that does nothing else meanwhile. Answers the number of rows written. */
export async function copyRows(
  client: pg.ClientBase,
  table: string,
  columns: readonly string[],
  rows: Rows,
): Promise<number> {
  const target = table.split('.').map(quoteName).join('.');
  const stream = client.query(copyFrom(`copy ${target} (${columns.map(quoteName).join(', ')}) from stdin`));
  const pieces = Symbol.asyncIterator in rows ? asyncPieces(rows, columns.length) : syncPieces(rows, columns.length);
  await pipeline(Readable.from(pieces, { objectMode: true, highWaterMark: 2 }), stream);
  return stream.rowCount;
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function checkedLine(row: readonly CopyValue[], width: number): string {
  // a short row would be reported by PostgreSQL only by its line number, long after the mistake
  if (row.length !== width) throw new Error(`COPY row has ${row.length} values for ${width} columns`);
  return copyLine(row);
}

// Two bodies on purpose: awaiting every row of a plain iterable would double the cost of a row.
function* syncPieces(rows: Iterable<readonly CopyValue[]>, width: number): Generator<Buffer> {
  let piece = '';
  for (const row of rows) {
    piece += checkedLine(row, width);
    if (piece.length < pieceLength) continue;
    yield Buffer.from(piece, 'utf8');
    piece = '';
  }
  if (piece !== '') yield Buffer.from(piece, 'utf8');
}

async function* asyncPieces(rows: AsyncIterable<readonly CopyValue[]>, width: number): AsyncGenerator<Buffer> {
  let piece = '';
  for await (const row of rows) {
    piece += checkedLine(row, width);
    if (piece.length < pieceLength) continue;
    yield Buffer.from(piece, 'utf8');
    piece = '';
  }
  if (piece !== '') yield Buffer.from(piece, 'utf8');
}
