export { type OmicsConditions, selectionOf } from './conditions.ts';
export type { OmicsDeps } from './deps.ts';
export type { DescribedFeature, FeatureCell } from './describe-features.ts';
export { type CursorPage, expressionData, type PageRequest } from './expression-data.ts';
export { expressionOf, type FeatureValues } from './expression-of.ts';
export type { ExpressionRow } from './expression-rows.ts';
export { expressionGroups, variantGroups } from './groups.ts';
export { expressionItem, type ItemPlace, variantItem } from './items.ts';
export { omicsSamples } from './samples.ts';
export {
  type OmicsKind,
  type Relationships,
  type RunSelection,
  type SelectedRun,
  type SelectedSignal,
  selectRuns,
} from './select-runs.ts';
export { type StreamSelection, streamExpression, streamVariants } from './stream.ts';
export { type VariantRow, variantData } from './variant-data.ts';
