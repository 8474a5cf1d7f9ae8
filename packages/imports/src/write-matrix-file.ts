import { readMatrix } from '@linnaea/formats';
import type { JobContext } from '@linnaea/jobs';
import { type Attributes, CatalogueError } from '@linnaea/model';
import { featuresOf, openMatrix, writeMatrix } from '@linnaea/signals';
import type { ImportDeps } from './deps.ts';
import type { ImportRequest } from './request.ts';
import type { SignalFile, WrittenSignal } from './signals.ts';
import { openStored } from './source.ts';

/** Writes a GCT or a table with feature columns as a matrix. Its faults go to the findings; the caller decides. */
export async function writeMatrixFile(
  deps: ImportDeps,
  request: ImportRequest,
  target: SignalFile,
  context: JobContext,
): Promise<WrittenSignal> {
  const name = target.file.fileName;
  const isGct = /\.gct(\.|$)/i.test(name);
  if (
    !isGct &&
    /\.(tsv|txt|csv)(\.|$)/i.test(name) &&
    request.featureColumns === undefined &&
    !(await looksLikeGct(deps, target))
  ) {
    throw new CatalogueError(
      'invalid',
      'feature-columns-missing',
      'numberOfFeatureAttributes is required for tabular files that are not GCT.',
    );
  }
  let runNames: readonly string[] = [];
  let rows = 0;
  const description = await writeMatrix({
    store: deps.objects,
    prefix: target.prefix,
    open: async () => {
      target.findings.clear();
      const matrix = await readMatrix(await openStored(deps, target.file, context), {
        file: name,
        report: (finding) => target.findings.add(finding),
        format: isGct ? 'gct' : 'auto',
        reuseNumbers: true,
        ...(request.featureColumns === undefined ? {} : { featureColumns: request.featureColumns }),
        ...(request.measurementSeparator === undefined ? {} : { measurementSeparator: request.measurementSeparator }),
      });
      runNames = matrix.header.runs;
      rows = 0;
      return {
        header: matrix.header,
        rows: watchRows(matrix.rows, (count) => {
          rows += count;
          context.report({ rows });
        }),
      };
    },
  });
  const reader = await openMatrix({ store: deps.objects, prefix: target.prefix });
  const dataClass = request.dataClass ?? 'Other';
  return {
    runNames,
    signal: {
      layout: 'matrix',
      prefix: target.prefix,
      features: featuresOf(reader),
      featureCount: description.featureCount,
      measurements: description.measurements.map((measurement) => measurement.name),
      dataClass,
      ...(request.measurementSeparator === undefined ? {} : { separator: request.measurementSeparator }),
    },
    attributes: { 'Data Class': dataClass, ...(isGct ? {} : columnAttributes(description)) },
  };
}

/** What ODM shows of a table's columns; a GCT has nothing to tell here. */
function columnAttributes(description: {
  featureColumns: readonly { name: string; type: string }[];
  measurements: readonly { name: string }[];
}): Attributes {
  const names = (type: string) =>
    description.featureColumns.filter((column) => column.type === type).map((column) => column.name);
  const lists: [string, string[]][] = [
    ['Features (string)', names('string')],
    ['Features (numeric)', names('numeric')],
    ['Values (numeric)', description.measurements.map((measurement) => measurement.name)],
  ];
  return Object.fromEntries(lists.filter(([, values]) => values.length > 0));
}

async function* watchRows<T extends { count: number }>(
  rows: AsyncIterable<T>,
  seen: (count: number) => void,
): AsyncIterable<T> {
  for await (const block of rows) {
    yield block;
    seen(block.count);
  }
}

/** A GCT says so in its first line, whatever its name is. */
async function looksLikeGct(deps: ImportDeps, target: SignalFile): Promise<boolean> {
  for await (const chunk of await openStored(deps, target.file)) {
    return /^(\xef\xbb\xbf)?#1\.[23]/.test(Buffer.from(chunk.subarray(0, 8)).toString('latin1'));
  }
  return false;
}
