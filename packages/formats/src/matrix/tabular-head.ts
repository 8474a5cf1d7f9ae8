import type { TextLine } from '../text/lines.ts';
import { type HeadReader, type MatrixLayout, plainLayout } from './layout.ts';

/**
 * Reads the header of a tab-separated matrix: the first `featureColumns` columns describe features. With a separator
 * the others are `<run><separator><measurement>`, cut at the first separator, and all runs have the same measurements.
 */
export function readTabularHead(
  head: HeadReader,
  line: TextLine,
  featureColumns: number,
  separator: string | undefined,
): MatrixLayout | undefined {
  const cells = head.cells(line);
  if (cells.length <= featureColumns) {
    const why = cells.length === 1 ? ' Is it separated by tabs?' : '';
    const message = `The header has ${cells.length} columns, of which ${featureColumns} describe features: nothing is measured.${why}`;
    head.finding('error', 'no-runs', message, line.line);
    return undefined;
  }
  head.checkNames(cells, 0, line.line);
  const features = cells.slice(0, featureColumns);
  const columns = cells.slice(featureColumns);
  if (separator) return measurementLayout(head, line.line, features, columns, separator);
  head.checkDuplicates(columns, (index) => featureColumns + index + 1, line.line);
  return plainLayout(features, columns);
}

function measurementLayout(
  head: HeadReader,
  line: number,
  features: string[],
  columns: string[],
  separator: string,
): MatrixLayout | undefined {
  const runs = new Map<string, number>();
  const measurements = new Map<string, number>();
  const layout = plainLayout(features, columns);
  const seen = new Set<string>();
  columns.forEach((name, index) => {
    const column = features.length + index + 1;
    const cut = name.indexOf(separator);
    const [run, measurement] = [name.slice(0, Math.max(cut, 0)).trim(), name.slice(cut + separator.length).trim()];
    layout.run[index] = -1;
    if (cut < 0 || run === '' || measurement === '') {
      const message = `The column must be named <run>${separator}<measurement>; it is left out.`;
      head.finding('error', 'measurement-separator', message, line, column, name);
    } else if (seen.has(name)) {
      head.finding(
        'error',
        'duplicate-run',
        `The column "${name}" stands twice; the first is kept.`,
        line,
        column,
        name,
      );
    } else {
      seen.add(name);
      layout.run[index] = place(runs, run);
      layout.measurement[index] = place(measurements, measurement);
    }
  });
  layout.header.runs = [...runs.keys()];
  layout.header.measurements = [...measurements.keys()];
  checkComplete(head, line, layout);
  return runs.size > 0 ? layout : undefined;
}

function place(places: Map<string, number>, name: string): number {
  const known = places.get(name) ?? places.size;
  places.set(name, known);
  return known;
}

function checkComplete(head: HeadReader, line: number, { header, run, measurement }: MatrixLayout): void {
  const present = new Set(Array.from(run, (index, column) => `${index} ${measurement[column]}`));
  header.runs.forEach((name, index) => {
    const absent = header.measurements.filter((_, kind) => !present.has(`${index} ${kind}`));
    if (absent.length === 0) return;
    const message = `All runs must have the same measurements; "${name}" lacks ${absent.map((kind) => `"${kind}"`).join(', ')}.`;
    const location = { line, attribute: name };
    head.report({ code: 'measurements-differ', severity: 'error', message, location, value: absent });
  });
}
