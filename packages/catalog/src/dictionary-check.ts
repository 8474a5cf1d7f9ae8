import { type Database, type Sql, sql } from '@linnaea/database';
import {
  type Attributes,
  type DataDictionary,
  type EntityFinding,
  type NodeKind,
  nodeValidator,
  unknownTypeFinding,
  validateDocument,
} from '@linnaea/model';
import { FindingGroups, type NodeFindingGroup } from './dictionary-findings.ts';
import { judgeLinks, type LinkSummary } from './dictionary-links.ts';
import { lives } from './nodes/stored-nodes.ts';

export interface CheckOptions {
  /** Messages and examples kept of each group. Default 5. */
  limit?: number;
  /** The dictionary in use so far: what it finds wrong as well does not count as newly wrong. */
  before?: DataDictionary;
}

export interface DictionaryCheck {
  /** Stored nodes that were looked at. */
  checked: number;
  /** Nodes with findings, */
  invalid: number;
  /** … those among them with findings that the dictionary before does not make. Equal to `invalid` without one. */
  becameInvalid: number;
  findings: number;
  /** The most frequent first. */
  groups: NodeFindingGroup[];
  /** Findings that were counted in no group, because there were too many groups. */
  ungrouped: number;
}

interface StoredRow {
  id: string | null;
  kind: string;
  project: string;
  attributes: Attributes;
  createdAt: Date;
  updatedAt: Date;
  links: LinkSummary[];
}

/**
 * Judges every live node of the store by a data dictionary, as if it were submitted now: its kind, its properties, its
 * links. One snapshot, read through a cursor; memory does not grow with the number of nodes or of findings.
 */
export async function checkStoredNodes(
  db: Database,
  dictionary: DataDictionary,
  { limit = 5, before }: CheckOptions = {},
): Promise<DictionaryCheck> {
  const groups = new FindingGroups(limit);
  const counts = { checked: 0, invalid: 0, becameInvalid: 0, findings: 0 };
  const dictionaries = before ? [dictionary, before] : [dictionary];
  for await (const row of db.stream<StoredRow>(storedNodes(dictionaries))) {
    counts.checked += 1;
    const findings = judge(row, dictionary);
    if (findings.length === 0) continue;
    const known = new Set(before ? judge(row, before).map(place) : []);
    counts.invalid += 1;
    if (findings.some((finding) => !known.has(place(finding)))) counts.becameInvalid += 1;
    counts.findings += findings.length;
    const { submitter_id, code, name } = row.attributes;
    const called = [submitter_id, code, name].find((value) => typeof value === 'string') ?? null;
    for (const finding of findings)
      groups.add(
        row.kind,
        finding,
        { id: row.id, submitterId: called, project: row.project },
        !known.has(place(finding)),
      );
  }
  return { ...counts, ...groups.report() };
}

/** Messages name the allowed values, which differ between dictionaries; the rule and the place do not. */
function place({ code, keys, value }: EntityFinding): string {
  return JSON.stringify([code, keys, code === 'property-unknown' ? value : null]);
}

/** Every live node with its links; in the order of an index, so that the same examples are shown each time. */
function storedNodes(dictionaries: readonly DataDictionary[]): Sql {
  const lonely = dictionaries.flatMap((dictionary) => [...dictionary.nodes.values()].flatMap(oneChildLinks));
  return sql`
    select r.uuid as id, r.kind, s.name as project, r.attributes, r.created_at as "createdAt",
      r.updated_at as "updatedAt", coalesce(links.found, '[]') as links
    from record r join scope s on s.id = r.scope_id
    cross join lateral (
      select jsonb_agg(jsonb_build_object('name', l.name, 'type', p.kind, 'shared',
        case when r.kind || '/' || l.name = any(${[...new Set(lonely)]}::text[]) then exists (
          select from link o join record c on c.id = o.child_id and c.kind = r.kind and ${lives(sql`c`)}
          where o.parent_id = l.parent_id and o.name = l.name and o.child_id <> l.child_id) else false end)
        order by l.name, p.id) as found
      from link l join record p on p.id = l.parent_id and ${lives(sql`p`)} where l.child_id = r.id) links
    where r.model = 'gen3' and r.deleted_change is null order by r.kind, r.id`;
}

/** Links that allow a target one child, as `kind/link`: only for them is it worth to look for other children. */
function oneChildLinks(node: NodeKind): string[] {
  return node.links.flatMap((link) =>
    link.multiplicity === 'one_to_one' || link.multiplicity === 'one_to_many' ? [`${node.type}/${link.name}`] : [],
  );
}

function judge(row: StoredRow, dictionary: DataDictionary): EntityFinding[] {
  const node = dictionary.nodes.get(row.kind);
  if (!node) return [unknownTypeFinding(row.kind, dictionary)];
  const document = documentOf(row, node);
  // programs and projects are registered by calls of their own, which leave out what their schemas require
  if (row.kind === 'program' || row.kind === 'project')
    return nodeValidator(node)(document).filter((finding) => finding.code !== 'required-missing');
  const links = new Set(node.links.map((link) => link.name));
  const found = validateDocument(document, dictionary).filter(
    // how a link is written is the document's affair; of a stored one it only counts that it is there
    ({ code, keys }) => code === 'required-missing' || !links.has(String(keys[0]).split('.', 1)[0] ?? ''),
  );
  return [
    ...found,
    ...judgeLinks(
      node,
      row.links,
      new Set(found.flatMap(({ code, keys }) => (code === 'required-missing' ? keys : []))),
    ),
  ];
}

/** The document that would make the node; what the server itself adds is left out where the kind has no place for it. */
function documentOf(row: StoredRow, node: NodeKind): Attributes {
  const served: Attributes = {
    id: row.id,
    type: row.kind,
    created_datetime: row.createdAt.toISOString(),
    updated_datetime: row.updatedAt.toISOString(),
  };
  const known = (name: string) => node.properties.has(name) || node.required.includes(name);
  const links = row.links.map(({ name }) => name).filter(known);
  const isServers = (name: string) => name === 'project_id' || (name === 'state' && row.kind === 'project');
  return Object.fromEntries([
    ...Object.entries(row.attributes).filter(([name]) => !isServers(name) || known(name)),
    ...Object.entries(served).filter(([name]) => name === 'type' || known(name)),
    ...links.map((name): [string, Attributes] => [name, {}]),
  ]);
}
