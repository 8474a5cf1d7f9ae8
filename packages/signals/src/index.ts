export { type FeatureSearch, type FoundFeatures, findFeatures } from './catalogue/features.ts';
export {
  deleteUnusedFeatures,
  type FeatureSource,
  featuresOf,
  type NewSignal,
  nextVersion,
  registerSignal,
} from './catalogue/register.ts';
export {
  isReferenced,
  placesOfRuns,
  runsOfSignals,
  type Signal,
  type SignalRun,
  signalOfRun,
  signalsById,
  signalsOfGroups,
  versionsOf,
} from './catalogue/signals.ts';
export { selectVersions, versionCondition } from './catalogue/versions.ts';
export { decimalOf } from './matrix/decimal.ts';
export type { FeatureColumn, MatrixDescription, Measurement, NumberType } from './matrix/layout.ts';
export { type BlockSelection, forgetMatrix, type MatrixBlock, type MatrixReader, openMatrix } from './matrix/read.ts';
export { type Hits, type ScanOptions, scan } from './matrix/scan.ts';
export type { Positions } from './matrix/selection.ts';
export { streamText, type TextOptions } from './matrix/stream.ts';
export { type MatrixSource, writeMatrix } from './matrix/write.ts';
export type { Genotype } from './variants/calls.ts';
export {
  forgetVariants,
  openVariants,
  type VariantAnswer,
  type VariantDescription,
  type VariantPage,
  type VariantReader,
  type VariantRecord,
  type VariantSelection,
} from './variants/read.ts';
export { type VariantSource, type VariantSummary, writeVariants } from './variants/write.ts';
