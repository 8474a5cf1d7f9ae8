import { raw, type Sql, sql } from '@linnaea/database';
import { visible } from '@linnaea/identity';
import type { Principal } from '@linnaea/model';
import { type View, viewAttributes } from '../records.ts';

/** What a statement's parts share: fresh aliases, and who may see what. */
export class GraphScope {
  readonly view: View;
  readonly #principal: Principal;
  #aliases = 0;

  constructor(principal: Principal, view: View) {
    this.#principal = principal;
    this.view = view;
  }

  alias(prefix: 'r' | 'n' | 'l' | 'w' | 't'): Sql {
    this.#aliases += 1;
    return raw(`${prefix}${this.#aliases}`);
  }

  /** The scopes that may be read, computed once a statement. A program shows to whoever reads one of its projects. */
  readable(): Sql {
    const seen = visible(this.#principal, 'read', sql`s.id`);
    return sql`readable as materialized (
      select s.id from scope s where ${seen}
      union select s.parent_id from scope s where s.parent_id is not null and ${seen})`;
  }

  /** Whether the record of an alias lives and may be seen. */
  alive(alias: Sql): Sql {
    const shown = this.view === 'draft' ? sql`` : sql` and ${alias}.is_published`;
    return sql`${alias}.deleted_change is null${shown} and ${this.allowed(alias)}`;
  }

  /** Whether the scope of the row of an alias may be read. */
  allowed(alias: Sql): Sql {
    return this.#principal.administrator ? sql`true` : sql`${alias}.scope_id in (select id from readable)`;
  }

  /** Whether the transaction of an alias may be seen; those of a scope that is gone, only by administrators. */
  logged(alias: Sql): Sql {
    return this.#principal.administrator ? sql`true` : sql`${alias}.scope_id in (select id from readable)`;
  }

  attributes(alias: Sql): Sql {
    return viewAttributes(this.view, alias);
  }
}

/** The time as it is shown to clients of the graph. */
export function shownTime(column: Sql): Sql {
  return sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')`;
}

/** Name of the project of the record of an alias; null outside of projects. */
export function projectOf(alias: Sql): Sql {
  return sql`(select p.name from scope p where p.id = ${alias}.scope_id and p.kind = 'project')`;
}
