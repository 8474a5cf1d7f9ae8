export { type Dataset, listDatasets } from './datasets.ts';
export { compileGraph, type GraphRow, rowFields, runGraph } from './run.ts';
export {
  type BinsQuery,
  type GraphEdge,
  type GraphOrder,
  type GraphRoot,
  type GraphValue,
  type NodeCondition,
  type NodeField,
  type NodeQuery,
  type TransactionColumn,
  type TransactionQuery,
  transactionColumns,
  type Via,
} from './types.ts';
