import type { EntityFinding } from '@linnaea/model';

export interface NodeExample {
  /** UUID. */
  id: string | null;
  /** Name of the node: submitter id, code of a project, name of a program. */
  submitterId: string | null;
  /** Name of its project, e.g. `PROGRAM-code`; of a program its own name. */
  project: string;
}

/** Findings of one rule at one property of one kind. */
export interface NodeFindingGroup {
  kind: string;
  code: string;
  /** Property or link, when the rule is about one; items of lists are written `*`. */
  attribute: string | null;
  count: number;
  /** How many of them the dictionary before did not make. */
  became: number;
  /** The first different messages; there may be as many as values. */
  messages: { message: string; count: number }[];
  /** Findings with yet other messages. */
  otherMessages: number;
  examples: NodeExample[];
}

const mostGroups = 500;
const longestMessage = 500;

/** Counts findings by kind, rule and property, and keeps a few messages and examples of each. Bounded in memory. */
export class FindingGroups {
  readonly #limit: number;
  readonly #groups = new Map<string, NodeFindingGroup & { texts: Map<string, number> }>();
  #ungrouped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(kind: string, { code, keys, message }: EntityFinding, example: NodeExample, isNew: boolean): void {
    const attribute = keys.length === 0 ? null : shorten(keys.join(', ').replace(/\.\d+(?=\.|$)/g, '.*'), 200);
    const key = JSON.stringify([kind, code, attribute]);
    let group = this.#groups.get(key);
    if (!group) {
      if (this.#groups.size >= mostGroups) {
        this.#ungrouped += 1;
        return;
      }
      group = {
        kind,
        code,
        attribute,
        count: 0,
        became: 0,
        messages: [],
        otherMessages: 0,
        examples: [],
        texts: new Map(),
      };
      this.#groups.set(key, group);
    }
    group.count += 1;
    if (isNew) group.became += 1;
    if (group.examples.length < this.#limit) group.examples.push(clipped(example));
    const text = shorten(message, longestMessage);
    const known = group.texts.get(text);
    if (known === undefined && group.texts.size >= this.#limit) group.otherMessages += 1;
    else group.texts.set(text, (known ?? 0) + 1);
  }

  /** The most frequent groups and messages first. */
  report(): { groups: NodeFindingGroup[]; ungrouped: number } {
    const groups = [...this.#groups.values()].map(({ texts, ...group }) => ({
      ...group,
      messages: [...texts].map(([message, count]) => ({ message, count })).sort((a, b) => b.count - a.count),
    }));
    return { groups: groups.sort((a, b) => b.count - a.count), ungrouped: this.#ungrouped };
  }
}

function clipped(example: NodeExample): NodeExample {
  return { ...example, submitterId: example.submitterId === null ? null : shorten(example.submitterId, 200) };
}

function shorten(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
