import { type Queryable, sql } from '@linnaea/database';
import { levelNumber, type Principal } from '@linnaea/model';
import { visible } from './access.ts';

export interface Authorisation {
  service: string;
  method: string;
}

export interface UserInfo {
  userId: number;
  email: string;
  name: string;
  administrator: boolean;
  /** What may be done, by resource path: `/programs/P`, `/programs/P/projects/Q`, and services for administrators. */
  authz: Record<string, Authorisation[]>;
  /** The paths of `authz`. */
  resources: string[];
  /** Methods by project code (`Q`). */
  projectAccess: Record<string, string[]>;
}

/** The methods that a level adds to those below it. */
const methods = [
  { level: 'read', adds: ['read'] },
  { level: 'download', adds: ['read-storage'] },
  { level: 'edit', adds: ['create', 'update', 'delete', 'upload', 'write-storage', 'file_upload'] },
  { level: 'own', adds: ['release'] },
] as const;

const services = ['/services/sheepdog/submission/program', '/services/sheepdog/submission/project'];

interface ScopeRow {
  kind: 'program' | 'project';
  name: string;
  program: string | null;
  level: number;
}

/** Who the principal is to a Gen3 client, and what it may do in every program and project that it may read. */
export async function userInfo(db: Queryable, principal: Principal): Promise<UserInfo> {
  const rows = await readableScopes(db, principal);
  const authz: Record<string, Authorisation[]> = {};
  const projectAccess: [string, string[]][] = [];
  for (const row of rows) {
    const granted = methodsOf(row.level);
    const { path, code } = resourceOf(row);
    authz[path] = granted.map((method) => ({ service: '*', method }));
    if (code !== undefined) projectAccess.push([code, granted]);
  }
  if (principal.administrator) for (const path of services) authz[path] = [{ service: '*', method: '*' }];
  if (principal.administrator || rows.some(({ level }) => level >= levelNumber('edit'))) {
    authz['/data_file'] = [{ service: '*', method: 'file_upload' }];
  }
  return {
    userId: principal.userId,
    email: principal.email,
    name: principal.name,
    administrator: principal.administrator,
    authz,
    resources: Object.keys(authz),
    // a project may be called anything, `__proto__` included
    projectAccess: Object.fromEntries(projectAccess),
  };
}

function methodsOf(level: number): string[] {
  return methods.flatMap((entry) => (level >= levelNumber(entry.level) ? entry.adds : []));
}

/** A project is named `program-code`; program names have no dash, so the first one divides. */
function resourceOf(row: ScopeRow): { path: string; code?: string } {
  if (row.kind === 'program') return { path: `/programs/${row.name}` };
  const dash = row.name.indexOf('-');
  const program = row.program ?? row.name.slice(0, Math.max(dash, 0));
  const code = row.name.startsWith(`${program}-`) ? row.name.slice(program.length + 1) : row.name.slice(dash + 1);
  return { path: `/programs/${program}/projects/${code}`, code };
}

async function readableScopes(db: Queryable, principal: Principal): Promise<ScopeRow[]> {
  const reaches = (level: 'download' | 'edit' | 'own') => visible(principal, level, sql`s.id`);
  return db.query<ScopeRow>(sql`
    select s.kind, s.name, parent.name as program,
      case when ${reaches('own')} then ${levelNumber('own')}::int
        when ${reaches('edit')} then ${levelNumber('edit')}::int
        when ${reaches('download')} then ${levelNumber('download')}::int
        else ${levelNumber('read')}::int end as level
    from scope s left join scope parent on parent.id = s.parent_id
    where s.kind in ('program', 'project') and ${visible(principal, 'read', sql`s.id`)}
    order by s.kind desc, s.name`);
}
