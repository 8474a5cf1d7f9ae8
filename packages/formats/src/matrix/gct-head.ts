import type { TextLine } from '../text/lines.ts';
import { type HeadReader, type MatrixLayout, plainLayout } from './layout.ts';

const mostRunAttributes = 10_000;

interface Dimensions {
  line: number;
  features?: number;
  runs?: number;
  /** GCT 1.3: further feature columns, and lines about runs. */
  featureAttributes: number;
  runAttributes: number;
}

/**
 * Reads the head of a GCT 1.2 or 1.3 file from its first line on. Goes on after findings as long as it can tell which
 * line is the header; undefined when it cannot, or when no column is measured.
 */
export async function readGctHead(head: HeadReader, first: TextLine): Promise<MatrixLayout | undefined> {
  const version = readVersion(head, first);
  let line = version ? await head.next() : first;
  const dimensions: Dimensions = { line: line?.line ?? first.line, featureAttributes: 0, runAttributes: 0 };
  if (line && !isHeader(head.cells(line))) {
    readDimensions(head, line, version === '#1.3', dimensions);
    line = await head.next();
  } else {
    const message = 'The line that gives the numbers of rows and columns is missing.';
    head.finding('error', 'gct-dimensions', message, dimensions.line);
  }
  if (!line) {
    head.finding('error', 'gct-header', 'The header line is missing: the file ends before it.', dimensions.line);
    return undefined;
  }
  const layout = version === '#1.3' ? longLayout(head, line, dimensions) : shortLayout(head, line);
  if (!layout) return undefined;
  if (layout.columns.length === 0) {
    head.finding('error', 'no-runs', 'No column holds measurements.', line.line);
    return undefined;
  }
  checkRuns(head, layout, line.line, dimensions);
  if (dimensions.features !== undefined) layout.header.declaredFeatures = dimensions.features;
  layout.dimensionsLine = dimensions.line;
  if (version === '#1.3') await readRunAttributes(head, layout, dimensions);
  return layout;
}

/** The version, `#` for one that is not known, or undefined when the line is no version line. */
function readVersion(head: HeadReader, line: TextLine): string | undefined {
  const [version = ''] = head.cells(line);
  if (version === '#1.2' || version === '#1.3') return version;
  const unknown = version.startsWith('#');
  const message = unknown
    ? 'The GCT version is not known; #1.2 and #1.3 are.'
    : 'The first line is not a GCT version (#1.2 or #1.3).';
  head.report({
    code: 'gct-version',
    severity: 'error',
    message,
    location: { line: line.line, column: 1 },
    value: version.slice(0, 100),
    allowed: ['#1.2', '#1.3'],
  });
  return unknown ? '#' : undefined;
}

function isHeader([first = '', second = '']: string[]): boolean {
  return /^(name|id)$/i.test(first) || /^description$/i.test(second);
}

function readDimensions(head: HeadReader, line: TextLine, long: boolean, dimensions: Dimensions): void {
  const numbers = line.text.trim().split(/[\t ]+/);
  const expected = long ? 4 : 2;
  if (numbers.length < expected || !numbers.slice(0, expected).every((text) => /^\d{1,15}$/.test(text))) {
    const message = `The second line must give ${expected} whole numbers${long ? ': rows, columns, and the attributes of each' : ': rows and columns'}.`;
    head.finding('error', 'gct-dimensions', message, line.line);
    return;
  }
  const [features = 0, runs = 0, featureAttributes = 0, runAttributes = 0] = numbers.map(Number);
  Object.assign(dimensions, { features, runs }, long ? { featureAttributes, runAttributes } : {});
}

function shortLayout(head: HeadReader, line: TextLine): MatrixLayout | undefined {
  const cells = head.cells(line);
  const [name = '', description = ''] = cells;
  if (cells.length < 2) {
    const message =
      'The header line is not separated by tabs; it must be Name, Description and one column for each run.';
    head.finding('error', 'gct-header', message, line.line);
    return undefined;
  }
  const described = /^description$/i.test(description);
  if (!described) {
    const message = 'The second column must be Description; it is read as a run.';
    head.finding('error', 'gct-header', message, line.line, 2, description);
  }
  if (!/^name$/i.test(name)) {
    const message = 'The first column should be Name; it is read as the names of features.';
    head.finding('warning', 'gct-header', message, line.line, 1, name);
  }
  return { ...plainLayout(cells.slice(0, described ? 2 : 1), cells.slice(described ? 2 : 1)), uniqueColumns: 1 };
}

function longLayout(head: HeadReader, line: TextLine, dimensions: Dimensions): MatrixLayout | undefined {
  const cells = head.cells(line);
  const features = 1 + dimensions.featureAttributes;
  if (cells.length < features) {
    const message = `The header line has ${cells.length} columns, but ${features} should describe the features.`;
    head.finding('error', 'gct-header', message, line.line);
    return undefined;
  }
  return { ...plainLayout(cells.slice(0, features), cells.slice(features)), uniqueColumns: 1 };
}

function checkRuns(head: HeadReader, layout: MatrixLayout, line: number, dimensions: Dimensions): void {
  const { featureColumns, runs } = layout.header;
  const before = featureColumns.length;
  head.checkNames([...featureColumns, ...runs], 0, line);
  head.checkDuplicates(runs, (index) => before + index + 1, line);
  runs.forEach((run, index) => {
    if (!/\s/.test(run)) return;
    const message = 'The name of the run holds white space; GCT wants a single word.';
    head.finding('warning', 'run-name-space', message, line, before + index + 1, run);
  });
  if (dimensions.runs !== undefined && dimensions.runs !== runs.length) {
    const message = `The file claims ${dimensions.runs} columns of values but its header has ${runs.length}.`;
    head.report({
      code: 'gct-column-count',
      severity: 'warning',
      message,
      location: { line: dimensions.line },
      value: dimensions.runs,
    });
  }
}

/** GCT 1.3: lines between the header and the features, each an attribute with one text for each run. */
async function readRunAttributes(head: HeadReader, layout: MatrixLayout, dimensions: Dimensions): Promise<void> {
  const { featureColumns, runs, runAttributes } = layout.header;
  for (let count = 0; count < dimensions.runAttributes; count += 1) {
    const line = count < mostRunAttributes ? await head.next() : undefined;
    if (!line) {
      const message = `The file claims ${dimensions.runAttributes} attributes of runs, but ${count} could be read.`;
      head.finding('error', 'gct-run-attributes', message, dimensions.line);
      return;
    }
    const [name = '', ...cells] = head.cells(line);
    if (name === '') head.finding('error', 'empty-header', 'The attribute of the runs has no name.', line.line, 1);
    else if (runAttributes.has(name)) {
      head.finding(
        'error',
        'duplicate-header',
        'The attribute of the runs stands twice; the first is kept.',
        line.line,
        1,
        name,
      );
    } else
      runAttributes.set(
        name,
        runs.map((_, index) => cells[featureColumns.length - 1 + index] ?? ''),
      );
  }
}
