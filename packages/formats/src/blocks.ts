import type { Finding } from '@linnaea/model';

/** Bytes as they arrive from a file, an upload or a link. */
export type ByteSource = AsyncIterable<Uint8Array>;

/** Where readers put what they find wrong. A reader goes on after a finding wherever the rest can still be read. */
export type FindingSink = (finding: Finding) => void;

/** What a table of measurements says before its first row. */
export interface MatrixHeader {
  /** Names of the feature columns, left to right; the first identifies the feature. */
  featureColumns: string[];
  /** Header of each measured column without its measurement part: one run each. */
  runs: string[];
  /** Measurements of each run; one unnamed measurement is `['value']`. */
  measurements: string[];
  /** GCT 1.3 column metadata: field name to one text per run. */
  runAttributes: Map<string, string[]>;
  /** Number of features that the file claims to hold, where its format says. */
  declaredFeatures?: number;
}

/** Some consecutive rows (features) of a table of measurements. */
export interface MatrixRows {
  count: number;
  /** Per feature column, `count` texts as given. */
  features: string[][];
  /** Per measurement, `count * runs` numbers: `values[m][row * runs + run]`. Missing is NaN. */
  values: Float64Array[];
  /** Per measurement: every number here survives float32 for all the digits that its text has. */
  float32: boolean[];
}
