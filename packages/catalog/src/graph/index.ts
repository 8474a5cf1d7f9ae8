export { type Dataset, listDatasets } from './datasets.ts';
export { compileGraph, type GraphRow, rowFields, runGraph } from './run.ts';
export {
  type BinsQuery,
  type Breakdown,
  type GraphEdge,
  type GraphOrder,
  type GraphRoot,
  type GraphValue,
  type NodeCondition,
  type NodeField,
  type NodeQuery,
  type PathWay,
  type TransactionColumn,
  type TransactionQuery,
  transactionColumns,
  type Via,
} from './types.ts';
