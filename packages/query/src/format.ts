import type { Tree } from './boolean.ts';
import { isLeaf } from './boolean.ts';
import type { Bound, Condition, Literal } from './condition.ts';
import type { ExpressionCondition, ExpressionQuery, ExpressionSubject } from './expression.ts';
import type { FlowCondition, FlowField, FlowQuery, FlowRange } from './flow.ts';
import type { FullTextTerm, FullTextTree, WildcardPart } from './fulltext.ts';
import type { MetadataCondition, MetadataFilter } from './metadata.ts';
import type { Region } from './region.ts';
import type { VariantCondition, VariantInfoQuery, VariantQuery } from './variant.ts';
import type { VersionRule } from './versions.ts';

/** Print a filter so that parsing it gives the same tree, spans apart. The same holds for each function here. */
export function formatMetadataFilter(tree: MetadataFilter): string {
  return formatTree(tree, formatMetadataCondition);
}

/** Print a full-text tree with explicit operators, so that it means the same under any default operator. */
export function formatFullText(tree: FullTextTree): string {
  return formatTree(tree, formatFullTextTerm);
}

export function formatExpressionQuery(tree: ExpressionQuery): string {
  return formatTree<ExpressionCondition>(tree, (leaf) => formatCondition(leaf, formatExpressionSubject(leaf.subject)));
}

export function formatVariantQuery(tree: VariantQuery): string {
  return formatTree(tree, formatVariantCondition);
}

export function formatVariantInfo(tree: VariantInfoQuery): string {
  return formatTree<VariantCondition>(tree, formatVariantCondition);
}

export function formatFlowQuery(tree: FlowQuery): string {
  return formatTree(tree, formatFlowCondition);
}

export function formatVersions(rules: readonly VersionRule[]): string {
  return rules.map(formatVersionRule).join(';');
}

/** Print one region: `chr1:5-9`, `chr1:5-*`, `chr1`. */
export function formatRegion(region: Region): string {
  const { chrom, start, end } = region;
  if (start === 1 && end === null && !chrom.includes(':')) return quoteUnless(bareName, chrom);
  return quoteUnless(bareName, `${chrom}:${start}-${end ?? '*'}`);
}

interface Node {
  readonly kind: string;
}

function formatTree<Leaf extends Node>(tree: Tree<Leaf>, formatLeaf: (leaf: Leaf) => string): string {
  if (isLeaf(tree)) return formatLeaf(tree);
  if (tree.kind === 'not') return `NOT ${formatOperand(tree.term, formatLeaf)}`;
  return tree.terms.map((term) => formatOperand(term, formatLeaf)).join(tree.kind === 'and' ? ' AND ' : ' OR ');
}

function formatOperand<Leaf extends Node>(tree: Tree<Leaf>, formatLeaf: (leaf: Leaf) => string): string {
  const text = formatTree(tree, formatLeaf);
  return tree.kind === 'and' || tree.kind === 'or' ? `(${text})` : text;
}

function formatMetadataCondition(condition: MetadataCondition): string {
  const key = formatText(condition.subject);
  if (condition.kind !== 'equals' || condition.values.length === 1) return formatCondition(condition, key);
  const list = condition.values.map(formatLiteral).join(', ');
  return `${key} ${condition.negated ? 'NOT IN' : 'IN'} (${list})`;
}

function formatCondition<Subject>(condition: Condition<Subject>, subject: string): string {
  switch (condition.kind) {
    case 'equals':
      return `${subject} ${equality(condition.negated)} ${condition.values.map(formatLiteral).join(',')}`;
    case 'compare':
      return `${subject} ${condition.operator} ${formatNumber(condition.number)}`;
    case 'range':
      return `${formatNumber(condition.low.number)} ${below(condition.low)} ${subject} ${below(condition.high)} ${formatNumber(condition.high.number)}`;
    case 'contains':
      return `${subject} =~ ${quote(condition.text)}`;
  }
}

function formatExpressionSubject(subject: ExpressionSubject): string {
  return subject.name === null ? subject.kind : `${subject.kind}.${quoteUnless(bareName, subject.name)}`;
}

function formatVariantCondition(condition: VariantCondition): string {
  switch (condition.kind) {
    case 'filter':
    case 'id':
    case 'feature':
      return `${condition.kind} ${equality(condition.negated)} ${condition.values.map(formatText).join(',')}`;
    case 'region':
      return `region ${equality(condition.negated)} ${condition.regions.map(formatRegion).join(',')}`;
    case 'exists':
      return `exists(info.${quoteUnless(bareName, condition.key)})`;
    default:
      return formatCondition(condition, `info.${quoteUnless(bareName, condition.subject)}`);
  }
}

const fieldNames: Readonly<Record<FlowField, string>> = {
  readoutType: 'ReadoutType',
  cellPopulation: 'CellPopulation',
  marker: 'Marker',
};

function formatFlowCondition(condition: FlowCondition): string {
  switch (condition.kind) {
    case 'match':
      return `${fieldNames[condition.field]}${equality(condition.negated)}${condition.values.map(formatText).join('|')}`;
    case 'compare':
      return `Value${condition.operator}${formatNumber(condition.number)}`;
    case 'ranges':
      return `Value=${condition.ranges.map(formatFlowRange).join('|')}`;
  }
}

function formatFlowRange(range: FlowRange): string {
  return `(${formatOpenNumber(range.low)}:${formatOpenNumber(range.high)})`;
}

function formatOpenNumber(number: number | null): string {
  return number === null ? '*' : formatNumber(number);
}

function formatVersionRule(rule: VersionRule): string {
  switch (rule.kind) {
    case 'all':
      return '*';
    case 'versions':
      return rule.versions.map(formatVersion).join(',');
    case 'chain-versions':
      return `${formatVersionName(rule.chain)}:${rule.versions.map(formatVersion).join(',')}`;
    case 'chain-accessions':
      return `${formatVersionName(rule.chain)}:${rule.accessions.map(formatVersionName).join(',')}`;
  }
}

function formatVersion(version: number): string {
  return `v${version}`;
}

function formatVersionName(name: string): string {
  return /^v\d+$/i.test(name) ? quote(name) : quoteUnless(/^[\w.-]+$/, name);
}

function formatFullTextTerm(term: FullTextTerm): string {
  if (term.kind === 'phrase') return quote(term.text);
  if (term.kind === 'wildcard') return escapeFirstMinus(term.parts.map(formatWildcardPart).join(''));
  const text = escapeFirstMinus(escapeWildcards(term.text));
  return text === 'AND' || text === 'OR' || text === 'NOT' ? `\\${text}` : text;
}

function formatWildcardPart(part: WildcardPart): string {
  if (part.kind === 'text') return escapeWildcards(part.text);
  return part.kind === 'run' ? '*' : '?';
}

function escapeWildcards(text: string): string {
  return text.replace(/[\\*?]/g, '\\$&');
}

function escapeFirstMinus(text: string): string {
  return text.startsWith('-') ? `\\${text}` : text;
}

function formatLiteral(literal: Literal): string {
  return literal.kind === 'null' ? 'null' : formatText(literal.text);
}

// Names that are read bare in each language, whatever stands around them.
const bareName = /^[\w.*:-]+$/;
const keywords: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'null']);

function formatText(text: string): string {
  return keywords.has(text.toLowerCase()) ? quote(text) : quoteUnless(bareName, text);
}

function quoteUnless(bare: RegExp, text: string): string {
  return bare.test(text) ? text : quote(text);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function formatNumber(number: number): string {
  if (Number.isFinite(number)) return String(number);
  return number < 0 ? '-Inf' : 'Inf';
}

function equality(negated: boolean): string {
  return negated ? '!=' : '=';
}

function below(bound: Bound): string {
  return bound.inclusive ? '<=' : '<';
}
