import { CatalogueError } from '@linnaea/model';
import type { ByteSource, FindingSink } from './blocks.ts';
import { capReport } from './capped-report.ts';
import { readTable, type TableRow } from './table/read-table.ts';

export interface CrossReference {
  sourceId: string;
  targetId: string;
  line: number;
}

export interface CrossReferenceOptions {
  file?: string;
  report: FindingSink;
  findingLimit?: number;
}

const mostRows = 10_000_000;

/**
 * Reads a map of transcripts to genes: header `TXNAME` and `GENEID` in either order and any case. With other names the
 * first column is the source and the second the target (warning `xref-header`); further columns are left out (warning
 * `xref-columns`). The first row of a source id wins: later ones are skipped, counted by `xref-duplicates`, and those
 * with another target are listed by `xref-conflict`. A row without one of the ids is an error `xref-incomplete`.
 */
export async function* readCrossReferences(
  source: ByteSource,
  options: CrossReferenceOptions,
): AsyncGenerator<CrossReference[]> {
  const capped = capReport(options.report, options.file, options.findingLimit);
  const table = await readTable(source, { ...options, multiValues: false });
  const places = table.header.length > 0 ? findColumns(table.header, capped.report) : undefined;
  const targets = new Map<string, string>();
  const duplicates = { count: 0, line: 0 };
  for await (const rows of table.rows) {
    if (!places) continue;
    const batch: CrossReference[] = [];
    for (const row of rows) {
      const reference = readReference(row, places, capped.report);
      if (!reference) continue;
      const known = targets.get(reference.sourceId);
      if (known === undefined) {
        batch.push(reference);
        targets.set(reference.sourceId, reference.targetId);
        continue;
      }
      duplicates.count += 1;
      duplicates.line ||= reference.line;
      if (known !== reference.targetId) reportConflict(reference, known, capped.report);
    }
    checkSize(targets.size);
    if (batch.length > 0) yield batch;
  }
  if (duplicates.count > 0) {
    const message = `The file holds ${duplicates.count} duplicate rows, which were skipped.`;
    const location = { line: duplicates.line };
    capped.report({ code: 'xref-duplicates', severity: 'warning', message, location, value: duplicates.count });
  }
  capped.finish();
}

function findColumns(header: string[], report: FindingSink): { source: number; target: number } | undefined {
  if (header.length < 2) {
    const message = 'The table must have two columns, TXNAME and GENEID.';
    report({ code: 'xref-header', severity: 'error', message, location: { line: 1 }, value: header });
    return undefined;
  }
  const names = header.map((name) => name.toUpperCase());
  const named = { source: names.indexOf('TXNAME'), target: names.indexOf('GENEID') };
  const known = named.source >= 0 && named.target >= 0;
  if (!known) {
    const message = 'The columns are not TXNAME and GENEID; the first is read as source and the second as target.';
    report({ code: 'xref-header', severity: 'warning', message, location: { line: 1 }, value: header.slice(0, 2) });
  }
  if (header.length > 2) {
    const message = 'Only two columns are read; the others are left out.';
    report({
      code: 'xref-columns',
      severity: 'warning',
      message,
      location: { line: 1, column: 3 },
      value: header.length,
    });
  }
  return known ? named : { source: 0, target: 1 };
}

function readReference(
  { line, values }: TableRow,
  places: { source: number; target: number },
  report: FindingSink,
): CrossReference | undefined {
  const [sourceId, targetId] = [values[places.source], values[places.target]];
  if (typeof sourceId === 'string' && typeof targetId === 'string') return { sourceId, targetId, line };
  const column = (typeof sourceId === 'string' ? places.target : places.source) + 1;
  report({
    code: 'xref-incomplete',
    severity: 'error',
    message: 'The row lacks one of its two ids; it is skipped.',
    location: { line, column },
  });
  return undefined;
}

function reportConflict({ sourceId, targetId, line }: CrossReference, known: string, report: FindingSink): void {
  const message = `"${sourceId}" is mapped to "${known}" before; this row is skipped.`;
  report({
    code: 'xref-conflict',
    severity: 'warning',
    message,
    location: { line, record: sourceId },
    value: targetId,
  });
}

/** Ids are held in memory to find duplicates, which sets a limit; genomes have some 10^5 transcripts. */
function checkSize(size: number): void {
  if (size <= mostRows) return;
  throw new CatalogueError('too-large', 'xref-too-large', `A cross-reference file may hold ${mostRows} rows at most.`);
}
