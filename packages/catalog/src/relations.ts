import { join, type Sql, sql } from '@linnaea/database';
import { type OdmKind, odmKinds, odmLinks } from '@linnaea/model';

/** One way from a kind up to another, both ends included: `['expression', 'library', 'sample', 'study']`. */
export type LinkPath = readonly OdmKind[];

/** Every way up the ODM link graph from one kind to another; the graph has no cycles and at most four levels. */
export function pathsUp(from: OdmKind, to: OdmKind): LinkPath[] {
  if (from === to) return [[from]];
  return odmLinks[from].flatMap((parent) => pathsUp(parent, to).map((path) => [from, ...path]));
}

/**
 * SQL for the ids of records of kind `target` that are related, over any way up or down, to a record of kind `other`
 * satisfying `condition` (over alias `k`). Two kinds without a way between them in one direction are related through
 * a record above both: a library and a variant are, when one sample has both.
 */
export function relatedIds(target: OdmKind, other: OdmKind, condition: Sql): Sql {
  if (target === other) return sql`select k.id from record k where k.kind = ${other} and ${condition}`;
  const up = pathsUp(target, other);
  if (up.length > 0) return union(up.map((path) => walk(path, condition, 'down')));
  const down = pathsUp(other, target);
  if (down.length > 0) return union(down.map((path) => walk([...path].reverse(), condition, 'up')));
  return union(
    commonParents(target, other).map((parent) => {
      const meeting = relatedIds(parent, other, condition);
      return union(pathsUp(target, parent).map((path) => walk(path, sql`k.id in (${meeting})`, 'down')));
    }),
  );
}

/** The lowest kinds that both kinds can be linked to. */
function commonParents(a: OdmKind, b: OdmKind): OdmKind[] {
  const common = odmKinds.filter((kind) => pathsUp(a, kind).length > 0 && pathsUp(b, kind).length > 0);
  return common.filter((kind) => !common.some((lower) => lower !== kind && pathsUp(lower, kind).length > 0));
}

/** Joins `link` once per step, from `path[0]` (whose ids are wanted) to the last kind (alias `k`, which is filtered). */
function walk(path: LinkPath, condition: Sql, towardsTarget: 'up' | 'down'): Sql {
  const steps = path.length - 1;
  const wanted = towardsTarget === 'down' ? 'child' : 'parent';
  const joins: Sql[] = [];
  for (let step = 1; step < steps; step += 1) {
    const name = towardsTarget === 'down' ? path[step + 1]! : path[step]!;
    joins.push(
      towardsTarget === 'down'
        ? sql`join link ${alias(step)} on ${column(step, 'child_id')} = ${column(step - 1, 'parent_id')} and ${column(step, 'name')} = ${name}`
        : sql`join link ${alias(step)} on ${column(step, 'parent_id')} = ${column(step - 1, 'child_id')} and ${column(step, 'name')} = ${name}`,
    );
  }
  const firstName = towardsTarget === 'down' ? path[1]! : path[0]!;
  const lastColumn = column(steps - 1, towardsTarget === 'down' ? 'parent_id' : 'child_id');
  const kinds = sql`k.kind = ${path[steps]!}`;
  const typed = sql`exists (select from record t where t.id = ${column(0, `${wanted}_id`)} and t.kind = ${path[0]!})`;
  return sql`select ${column(0, `${wanted}_id`)} as id from link ${alias(0)} ${joins.length > 0 ? join(joins, ' ') : sql``}
    join record k on k.id = ${lastColumn} and ${kinds} where ${column(0, 'name')} = ${firstName} and ${typed} and ${condition}`;
}

const aliases = [sql`l0`, sql`l1`, sql`l2`, sql`l3`, sql`l4`] as const;
function alias(step: number): Sql {
  return aliases[step]!;
}

const columns = { child_id: sql`child_id`, parent_id: sql`parent_id`, name: sql`name` } as const;
function column(step: number, name: string): Sql {
  return sql`${alias(step)}.${columns[name as keyof typeof columns]}`;
}

function union(parts: readonly Sql[]): Sql {
  return parts.length === 0 ? sql`select null::bigint as id where false` : join(parts, ' union ');
}
