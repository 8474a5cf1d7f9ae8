import { type Queryable, sql, type Transaction } from '@linnaea/database';
import type { Principal } from '@linnaea/model';

export type TransactionRole = 'create' | 'update' | 'delete' | 'review' | 'open' | 'release' | 'submit';
export type TransactionState = 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'ERRORED';

/** One document of a request as it came, and what was answered to it (null while there is no answer). */
export interface LoggedDocument {
  name: string | null;
  format: 'json' | 'tsv' | 'csv' | 'xml';
  content: string;
  response: unknown;
}

export interface NewTransaction {
  /** Reserved by `nextTransactionId`. */
  id: number;
  role: TransactionRole;
  state: TransactionState;
  program: string;
  /** Code of the project. */
  project: string;
  scopeId: number | null;
  author: Principal;
  dryRun?: boolean;
  async?: boolean;
  changeId?: number | null;
  documents: readonly LoggedDocument[];
}

export interface LoggedTransaction {
  id: number;
  role: TransactionRole;
  state: TransactionState;
  program: string;
  project: string;
  scopeId: number | null;
  authorId: number | null;
  submitter: string;
  dryRun: boolean;
  async: boolean;
  closed: boolean;
  committedBy: number | null;
  changeId: number | null;
  createdAt: Date;
}

/** Reserves the number of a transaction, so that one commit can hold the log together with what it tells of. */
export async function nextTransactionId(db: Queryable): Promise<number> {
  const row = await db.first<{ id: number }>(sql`select nextval('gen3_transaction_id_seq') as id`);
  if (row === undefined) throw new Error('A sequence answered nothing');
  return row.id;
}

export async function logTransaction(tx: Transaction, entry: NewTransaction): Promise<void> {
  await tx.run(sql`
    insert into gen3_transaction
      (id, role, state, program, project, scope_id, author_id, submitter, is_dry_run, is_async, change_id)
    overriding system value
    values (${entry.id}, ${entry.role}, ${entry.state}, ${entry.program}, ${entry.project}, ${entry.scopeId},
      ${entry.author.userId}, ${entry.author.email}, ${entry.dryRun ?? false}, ${entry.async ?? false},
      ${entry.changeId ?? null})`);
  for (const [position, document] of entry.documents.entries()) {
    await tx.run(sql`
      insert into gen3_document (transaction_id, position, name, format, content, response)
      values (${entry.id}, ${position}, ${document.name}, ${document.format}, ${document.content},
        ${document.response === null ? null : JSON.stringify(document.response)}::json)`);
  }
}

/** Ends a PENDING transaction: its state, what it changed, and the answers to its documents in their order. */
export async function endTransaction(
  tx: Queryable,
  id: number,
  end: { state: TransactionState; changeId?: number | null; responses: readonly unknown[] },
): Promise<void> {
  await tx.run(sql`
    update gen3_transaction set state = ${end.state}, change_id = ${end.changeId ?? null} where id = ${id}`);
  for (const [position, response] of end.responses.entries()) {
    await tx.run(sql`
      update gen3_document set response = ${JSON.stringify(response)}::json
      where transaction_id = ${id} and position = ${position}`);
  }
}

const columns = sql`id, role, state, program, project, scope_id as "scopeId", author_id as "authorId", submitter,
  is_dry_run as "dryRun", is_async as "async", closed, committed_by as "committedBy", change_id as "changeId",
  created_at as "createdAt"`;

/** A transaction of the log; locked against others' changes when `lock` is given. */
export async function findTransaction(
  db: Queryable,
  id: number,
  { lock = false }: { lock?: boolean } = {},
): Promise<LoggedTransaction | undefined> {
  return db.first<LoggedTransaction>(sql`
    select ${columns} from gen3_transaction where id = ${id} ${lock ? sql`for update` : sql``}`);
}

export async function findDocuments(db: Queryable, transactionId: number): Promise<LoggedDocument[]> {
  return db.query<LoggedDocument>(sql`
    select name, format, content, response from gen3_document
    where transaction_id = ${transactionId} order by position`);
}

export async function closeTransaction(db: Queryable, id: number): Promise<void> {
  await db.run(sql`update gen3_transaction set closed = true where id = ${id}`);
}

export async function markCommitted(db: Queryable, id: number, by: number): Promise<void> {
  await db.run(sql`update gen3_transaction set committed_by = ${by} where id = ${id}`);
}

/** Asynchronous transactions that nobody has ended yet, oldest first. */
export async function waitingTransactions(db: Queryable): Promise<number[]> {
  const rows = await db.query<{ id: number }>(sql`
    select id from gen3_transaction where state = 'PENDING' and is_async order by id`);
  return rows.map((row) => row.id);
}
