import { json, type Queryable, sql, type Transaction } from '@linnaea/database';
import { requireCurator } from '@linnaea/identity';
import { CatalogueError, type Principal } from '@linnaea/model';
import { nextAccession } from '../accessions.ts';

export interface CrossReferenceSet {
  accession: string;
  kind: string;
  metadata: Record<string, unknown>;
  pairCount: number;
  createdBy: number;
  createdByEmail: string;
  createdAt: Date;
  updatedAt: Date;
}

export interface NewCrossReferenceSet {
  /** E.g. `gene-transcript`. */
  kind: string;
  metadata?: Record<string, unknown>;
  /** The stored file that the pairs come from. */
  objectId?: number;
  /** Each pair once; reading must not use the transaction. */
  pairs: AsyncIterable<readonly CrossReferencePair[]> | Iterable<readonly CrossReferencePair[]>;
}

/** A source has many targets: a gene its transcripts. */
export interface CrossReferencePair {
  sourceId: string;
  targetId: string;
}

/** Longer ids do not fit an index page, and none in use comes near. */
export const longestReferenceId = 255;

const columns = sql`x.accession, x.kind, x.metadata, x.pair_count as "pairCount", x.created_by as "createdBy",
  coalesce(u.email, '') as "createdByEmail", x.created_at as "createdAt", x.updated_at as "updatedAt"`;

/** Stores a set with its pairs. For curators. Ids of more than 255 characters are refused (`invalid`). */
export async function createCrossReferenceSet(
  tx: Transaction,
  principal: Principal,
  input: NewCrossReferenceSet,
): Promise<CrossReferenceSet> {
  requireCurator(principal);
  const accession = await nextAccession(tx);
  await tx.run(sql`
    insert into cross_reference_set (accession, kind, metadata, object_id, created_by)
    values (${accession}, ${input.kind}, ${json(input.metadata ?? {})}, ${input.objectId ?? null}, ${principal.userId})`);
  const count = await tx.copyIn(
    'cross_reference',
    ['set_accession', 'source_id', 'target_id'],
    rowsOf(accession, input.pairs),
  );
  if (count === 0) {
    throw new CatalogueError('invalid', 'xref-empty', 'The file holds no pairs of ids.');
  }
  await tx.run(sql`update cross_reference_set set pair_count = ${count} where accession = ${accession}`);
  if (count > 10_000) await tx.run(sql`analyze cross_reference`);
  return getCrossReferenceSet(tx, accession);
}

async function* rowsOf(accession: string, pairs: NewCrossReferenceSet['pairs']) {
  for await (const batch of pairs) {
    for (const { sourceId, targetId } of batch) {
      if (sourceId.length > longestReferenceId || targetId.length > longestReferenceId) {
        const message = `An id has at most ${longestReferenceId} characters`;
        throw new CatalogueError('invalid', 'xref-id-long', message, { details: { id: sourceId.slice(0, 80) } });
      }
      yield [accession, sourceId, targetId];
    }
  }
}

/** Sets are reference data: whoever is signed in may read them. */
export async function getCrossReferenceSet(db: Queryable, accession: string): Promise<CrossReferenceSet> {
  const set = await db.first<CrossReferenceSet>(sql`
    select ${columns} from cross_reference_set x left join user_account u on u.id = x.created_by
    where x.accession = ${accession}`);
  if (set === undefined) throw new CatalogueError('not-found', 'xref-not-found', 'The xrefset does not exist.');
  return set;
}

export function listCrossReferenceSets(db: Queryable): Promise<CrossReferenceSet[]> {
  return db.query<CrossReferenceSet>(sql`
    select ${columns} from cross_reference_set x left join user_account u on u.id = x.created_by
    order by x.created_at desc, x.accession`);
}

/** Deletes a set with its pairs and links. For the curator who made it, and administrators. */
export async function deleteCrossReferenceSet(tx: Transaction, principal: Principal, accession: string): Promise<void> {
  const set = await getCrossReferenceSet(tx, accession);
  const mine = principal.curator && set.createdBy === principal.userId;
  if (!mine && !principal.administrator) {
    throw new CatalogueError('forbidden', 'xref-not-yours', 'Not enough permissions to work with the xrefset.');
  }
  await tx.run(sql`delete from cross_reference_set where accession = ${accession}`);
}
