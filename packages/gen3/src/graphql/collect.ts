import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

export interface Document {
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  variables: Readonly<Record<string, unknown>>;
}

/** The fields that a type answers, by response key, in the order of the document; fragments are spread. */
export function collectFields(
  document: Document,
  selections: readonly SelectionSetNode[],
  applies: (typeName: string) => boolean,
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const seen = new Set<string>();
  const visit = (selection: SelectionNode): void => {
    if (!isAskedFor(document, selection)) return;
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      const known = fields.get(key);
      if (known) known.push(selection);
      else fields.set(key, [selection]);
      return;
    }
    const inner = innerOf(document, selection, seen);
    if (inner && (inner.condition === undefined || applies(inner.condition))) inner.set.selections.forEach(visit);
  };
  for (const set of selections) set.selections.forEach(visit);
  return fields;
}

/** The names of types on which fragments of a selection depend. */
export function typeConditions(document: Document, selections: readonly SelectionSetNode[]): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (selection: SelectionNode): void => {
    if (selection.kind === Kind.FIELD) return;
    const inner = innerOf(document, selection, seen);
    if (inner?.condition !== undefined) found.add(inner.condition);
    inner?.set.selections.forEach(visit);
  };
  for (const set of selections) set.selections.forEach(visit);
  return found;
}

function innerOf(
  document: Document,
  selection: Exclude<SelectionNode, FieldNode>,
  seen: Set<string>,
): { condition: string | undefined; set: SelectionSetNode } | undefined {
  if (selection.kind === Kind.INLINE_FRAGMENT) {
    return { condition: selection.typeCondition?.name.value, set: selection.selectionSet };
  }
  const name = selection.name.value;
  const fragment = document.fragments.get(name);
  if (!fragment || seen.has(name)) return undefined;
  seen.add(name);
  return { condition: fragment.typeCondition.name.value, set: fragment.selectionSet };
}

function isAskedFor({ variables }: Document, selection: SelectionNode): boolean {
  if (!selection.directives?.length) return true;
  if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false;
}

export function selectionsOf(nodes: readonly FieldNode[]): SelectionSetNode[] {
  return nodes.flatMap((node) => node.selectionSet ?? []);
}
