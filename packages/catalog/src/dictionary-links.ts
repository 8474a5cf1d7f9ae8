import { checkLinkCounts, type EntityFinding, entityFinding, type NodeKind, takenTargetFinding } from '@linnaea/model';

/** One stored link of a node. */
export interface LinkSummary {
  name: string;
  /** Kind of the target. */
  type: string;
  /** Whether the target has another child of the same kind under this link; looked up only where it matters. */
  shared: boolean;
}

/** Judges a node's stored links. `missing`: properties that were already found missing, so that none is told twice. */
export function judgeLinks(
  node: NodeKind,
  links: readonly LinkSummary[],
  missing: ReadonlySet<string>,
): EntityFinding[] {
  const findings: EntityFinding[] = [];
  const counts = new Map<string, number>();
  const known = new Map(node.links.map((link) => [link.name, link]));
  for (const { name, type, shared } of links) {
    const link = known.get(name);
    if (!link) {
      findings.push(finding('link-unknown', name, `${node.type} has no link ${name}`));
      continue;
    }
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (link.targetType !== type)
      findings.push(finding('link-target-type', name, `'${name}' links to ${link.targetType}, not to ${type}`));
    const isLonely = link.multiplicity === 'one_to_one' || link.multiplicity === 'one_to_many';
    if (isLonely && shared) findings.push(takenTargetFinding(link));
  }
  const counted = checkLinkCounts(node, (name) => counts.get(name) ?? 0).filter(
    ({ code, keys }) => code !== 'link-required' || !keys.every((key) => missing.has(key)),
  );
  return [...findings, ...counted];
}

function finding(code: string, name: string, message: string): EntityFinding {
  return entityFinding(code, 'INVALID_LINK', [name], message);
}
