export { readCursor, runGraph, type GraphOptions } from './run.ts';
export { compileGraph } from './compile.ts';
export type {
  AttributeForm,
  DocumentColumn,
  FieldSource,
  GraphCursor,
  GraphField,
  NodeColumn,
  NodeCondition,
  NodePath,
  NodeSet,
  NodeShape,
  OrderKey,
  SnapshotColumn,
  TransactionColumn,
  TransactionCondition,
  TransactionSet,
  Via,
} from './selection.ts';
export { transactionOrders } from './transactions.ts';
