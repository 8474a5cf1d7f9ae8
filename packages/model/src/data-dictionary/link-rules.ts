import { pythonRepr } from './python-text.ts';
import { joinAlternatives } from './suggest.ts';
import type { LinkGroup, LinkMember, NodeKind, NodeLink } from './types.ts';
import { type EntityFinding, entityFinding } from './validate.ts';

/** How many targets an entity has under a link's name, over its stored and its new links. */
export type LinkCounts = (name: string) => number;

interface Seen {
  /** Link names of the member, in the order of the dictionary. */
  names: string[];
  targets: number;
}

/**
 * The rules of the dictionary about an entity's links: required, required group, exclusive, and at most one target.
 * That a target must not have another child already (`one_to_one`, `one_to_many`) is for who knows the other children:
 * see `takenTargetFinding`.
 */
export function checkLinkCounts(node: NodeKind, counts: LinkCounts): EntityFinding[] {
  const findings: EntityFinding[] = [];
  for (const member of node.linkTree) {
    const seen = visit(member, counts, findings);
    if (member.kind === 'link' && member.link.required && seen.targets === 0) {
      findings.push(
        entityFinding(
          'link-required',
          'INVALID_LINK',
          seen.names,
          `Entity is missing required link to ${member.link.name}`,
        ),
      );
    }
  }
  return findings;
}

function visit(member: LinkMember, counts: LinkCounts, findings: EntityFinding[]): Seen {
  return member.kind === 'link' ? visitLink(member.link, counts, findings) : visitGroup(member.group, counts, findings);
}

function visitLink(link: NodeLink, counts: LinkCounts, findings: EntityFinding[]): Seen {
  const targets = counts(link.name);
  const single = link.multiplicity === 'many_to_one' || link.multiplicity === 'one_to_one';
  if (single && targets > 1) {
    findings.push(
      entityFinding(
        'link-multiplicity',
        'INVALID_LINK',
        [link.name],
        `'${link.name}' link has to be ${link.multiplicity}`,
        { value: targets },
      ),
    );
  }
  return { names: [link.name], targets };
}

function visitGroup(group: LinkGroup, counts: LinkCounts, findings: EntityFinding[]): Seen {
  const members = group.members.map((member) => visit(member, counts, findings));
  const names = members.flatMap((member) => member.names);
  const given = members.filter((member) => member.targets > 0);
  if (group.required && given.length === 0) {
    findings.push(
      entityFinding(
        'link-required',
        'INVALID_LINK',
        names,
        `Entity is missing a required link to ${joinAlternatives(names)}`,
      ),
    );
  }
  if (group.exclusive && given.length > 1) {
    // Two spaces: the text of the peers, which scripts match.
    findings.push(
      entityFinding(
        'link-exclusive',
        'INVALID_LINK',
        names,
        `Links to ${pythonRepr(names)} are exclusive.  More than one was provided.`,
      ),
    );
  }
  return { names, targets: members.reduce((sum, member) => sum + member.targets, 0) };
}

/** A link that allows one child per target, to a target that has another child already. */
export function takenTargetFinding(link: NodeLink): EntityFinding {
  const message = `'${link.name}' link has to be ${link.multiplicity}, target node ${link.targetType} already has ${link.backref}`;
  return entityFinding('link-multiplicity', 'INVALID_LINK', [link.name], message);
}
