import { findRecords } from '@linnaea/catalog';
import type { Principal } from '@linnaea/model';
import type { ExpressionRow, SelectedRun, SelectedSignal, VariantRow } from '@linnaea/omics';
import type { OdmDeps } from '../deps.ts';
import type { Shown } from '../present.ts';
import { type ReadOptions, showRecords } from '../reading.ts';

type Deps = Pick<OdmDeps, 'database'>;

/** Rows of expression as the API answers them. The metadata of each run is read once, however many rows it has. */
export async function showExpressionRows(
  deps: Deps,
  principal: Principal,
  rows: readonly ExpressionRow[],
  options: ReadOptions,
): Promise<Shown[]> {
  const metadata = await runMetadata(deps, principal, rows, options);
  return rows.map((row) => {
    const [name] = row.feature;
    const [value] = row.values;
    const description = row.feature.find(([column]) => column === 'Description');
    return {
      ...origin(row, row.featurePosition),
      metadata: metadata.get(row.run.accession) ?? {},
      // what clients read before features had several columns and values several measurements
      gene: String(name?.[1] ?? ''),
      expression: showNumber(value?.[1] ?? null),
      description: String(description?.[1] ?? ''),
      feature: Object.fromEntries(
        row.feature.map(([column, cell]) => [column, typeof cell === 'number' ? showNumber(cell) : cell]),
      ),
      value: Object.fromEntries(row.values.map(([measurement, number]) => [measurement, showNumber(number)])),
    };
  });
}

/** Rows of variants as the API answers them. */
export async function showVariantRows(
  deps: Deps,
  principal: Principal,
  rows: readonly VariantRow[],
  options: ReadOptions,
): Promise<Shown[]> {
  const metadata = await runMetadata(deps, principal, rows, options);
  return rows.map((row) => {
    const { chrom, pos, id, ref, alt, qual, filter, info } = row.variant;
    return {
      ...origin(row, row.variant.variant),
      metadata: metadata.get(row.run.accession) ?? {},
      variant: { chrom, pos, id, ref, alt, qual: showNumber(qual), filter, info: showValues(info) },
      genotype: showValues(row.genotype),
    };
  });
}

/** With `relationships`, which queries over studies answer and lists of one kind of data do not. */
export function withRelationships(shown: readonly Shown[], rows: readonly { run: SelectedRun }[]): Shown[] {
  return shown.map((row, index) => ({ ...row, relationships: rows[index]!.run.related }));
}

interface Row {
  signal: SelectedSignal;
  run: SelectedRun;
}

function origin({ signal, run }: Row, position: number): Shown {
  return {
    itemId: `${run.accession}-${position}`,
    itemOrigin: { runSourceId: run.name, runId: run.accession, groupId: signal.group },
  };
}

async function runMetadata(
  deps: Deps,
  principal: Principal,
  rows: readonly Row[],
  options: ReadOptions,
): Promise<Map<string, Shown>> {
  const accessions = [...new Set(rows.map(({ run }) => run.accession))];
  const records = await findRecords(deps.database, principal, accessions, { view: options.view });
  const shown = await showRecords(deps, principal, records, options);
  return new Map(records.map((record, index) => [record.accession, shown[index]!]));
}

/** JSON has no infinities: they are texts, as the clients of the API expect. */
function showNumber(value: number | null): number | string | null {
  if (value === null || Number.isNaN(value)) return null;
  if (Number.isFinite(value)) return value;
  return value < 0 ? '-Inf' : 'Inf';
}

function showValues(values: Readonly<Record<string, unknown>>): Shown {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, showValue(value)]));
}

function showValue(value: unknown): unknown {
  if (typeof value === 'number') return showNumber(value);
  return Array.isArray(value) ? value.map(showValue) : value;
}
