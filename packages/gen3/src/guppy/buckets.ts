import type { Breakdown } from '@linnaea/catalog';
import type { FieldNode } from 'graphql';
import { FieldError } from '../graphql/conditions.ts';
import { isObject } from './filter.ts';
import type { Place } from './nested.ts';
import type { FlatPlan } from './plan.ts';
import { resourcePath } from './rows.ts';
import { isFlat } from './selection.ts';

/** The fields of `nestedAggFields`, by which every bucket of a histogram is broken down. */
export interface Breakdowns {
  terms: readonly string[] | null;
  missing: readonly string[] | null;
}

const mostFields = 40;

/** `{termsFields: [field, …], missingFields: [field, …]}`; null when it is not given. */
export function readBreakdowns(given: unknown): Breakdowns | null {
  if (given === null || given === undefined) return null;
  if (!isObject(given)) throw new FieldError('nestedAggFields is an object of termsFields and missingFields');
  const names = (key: string): string[] | null => {
    const value = given[key];
    if (value === null || value === undefined) return null;
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.length > mostFields) throw new FieldError(`${key} has more than ${mostFields} fields`);
    return list.map((name) => {
      if (typeof name === 'string') return name;
      throw new FieldError(`${key} is a list of names of fields`);
    });
  };
  return { terms: names('termsFields'), missing: names('missingFields') };
}

/** A field as the catalogue knows it. */
export function storedName(name: string): string {
  if (name === 'auth_resource_path') return 'project_id';
  return name === 'node_id' ? 'id' : name;
}

function shownKey(name: string, key: unknown): unknown {
  return name === 'auth_resource_path' ? resourcePath(key) : key;
}

interface BucketOptions {
  /** The field of the histogram. */
  name: string;
  places: readonly Place[];
  /** Buckets are ranges of numbers, not values. */
  bins: boolean;
  asked: Breakdowns | null;
}

type Member = (bucket: Readonly<Record<string, unknown>>) => unknown;

/** What the buckets of a histogram must tell, and how each is shown. */
export function bucketReader(
  plan: FlatPlan,
  options: BucketOptions,
  nodes: readonly FieldNode[],
): { breakdown: Breakdown; read: (bucket: unknown) => Record<string, unknown> } {
  const typename = options.bins ? 'BucketsForNestedNumberAgg' : 'BucketsForNestedStringAgg';
  const terms: string[] = [];
  const missing: string[] = [];
  const members = [...plan.fields(nodes)].map(([key, group]): [string, Member] => {
    const name = plan.member(key, group);
    plan.args(group, []);
    if (name === 'termsFields') return [key, termsMember(plan, options, terms, group)];
    if (name === 'missingFields') return [key, missingMember(plan, options, missing, group)];
    plan.leaf(group);
    if (name === '__typename') return [key, () => typename];
    if (name === 'key') return [key, (bucket) => shownKey(options.name, bucket.key)];
    const known = options.bins ? ['min', 'max', 'avg', 'sum', 'count'] : ['count'];
    if (!known.includes(name)) throw new FieldError(`Cannot query field "${name}" on type "${typename}".`);
    return [key, (bucket) => bucket[name] ?? null];
  });
  return {
    breakdown: { terms, missing },
    read: (bucket) => Object.fromEntries(members.map(([key, member]) => [key, member(Object(bucket))])),
  };
}

/** Adds the known ones of the fields to what the catalogue is asked; the place of each in its answer. */
function placesOf(plan: FlatPlan, options: BucketOptions, names: readonly string[], wanted: string[]) {
  return names.map((name) => {
    plan.budget.list(1);
    const field = ownField(options.places, name);
    if (field === undefined) return { name, field: name, at: -1 };
    const stored = storedName(field);
    if (!wanted.includes(stored)) wanted.push(stored);
    return { name, field, at: wanted.indexOf(stored) };
  });
}

/** The field without the path of the histogram; undefined for one that no record has. Fields elsewhere are refused. */
function ownField(places: readonly Place[], name: string): string | undefined {
  const path = places[0]?.path ?? '';
  const isBelow = path === '' || name.startsWith(`${path}.`);
  const field = path === '' ? name : name.slice(path.length + 1);
  const leadsOn = places.some(({ type }) => type.edges.has(field.split('.')[0] ?? ''));
  if (!isBelow || (leadsOn && !places.some((place) => isFlat(place, field)))) {
    throw new FieldError(
      `The buckets of ${path || 'this type'} cannot be broken down by "${name}", which is not its own`,
    );
  }
  return places.some((place) => isFlat(place, field)) ? field : undefined;
}

/** A field without values in the bucket has one entry without a key. */
const noTerms = [{ key: null, count: 0 }];

function termsMember(plan: FlatPlan, options: BucketOptions, wanted: string[], nodes: readonly FieldNode[]): Member {
  const fields = options.asked?.terms && placesOf(plan, options, options.asked.terms, wanted);
  const show = chooser(plan, 'BucketsForNestedTermsFields', nodes, {
    field: () => (entry) => entry.name,
    terms: (inner) => {
      const term = chooser(plan, 'BucketsForString', inner, {
        key: () => (entry) => shownKey(String(entry.field), entry.key),
        count: () => (entry) => entry.count,
      });
      return (entry) => listOf(entry.terms).map((bucket) => term({ ...Object(bucket), field: entry.field }));
    },
  });
  return (bucket) => {
    const found = listOf(bucket.terms);
    return fields?.map(({ name, field, at }) => show({ name, field, terms: found[at] ?? noTerms })) ?? null;
  };
}

function missingMember(plan: FlatPlan, options: BucketOptions, wanted: string[], nodes: readonly FieldNode[]): Member {
  const fields = options.asked?.missing && placesOf(plan, options, options.asked.missing, wanted);
  const show = chooser(plan, 'BucketsForNestedMissingFields', nodes, {
    field: () => (entry) => entry.name,
    count: () => (entry) => entry.count,
  });
  return (bucket) => {
    const found = listOf(bucket.missing);
    // what no record has, every record of the bucket lacks
    return fields?.map(({ name, at }) => show({ name, count: at < 0 ? bucket.count : found[at] })) ?? null;
  };
}

/** Makes objects of the chosen ones of some members. */
function chooser(
  plan: FlatPlan,
  typename: string,
  nodes: readonly FieldNode[],
  known: Readonly<Record<string, (inner: readonly FieldNode[]) => Member>>,
): (entry: Readonly<Record<string, unknown>>) => Record<string, unknown> {
  const members = [...plan.fields(nodes)].map(([key, group]): [string, Member] => {
    const name = plan.member(key, group);
    plan.args(group, []);
    if (name === '__typename') return [key, () => typename];
    const make = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!make) throw new FieldError(`Cannot query field "${name}" on type "${typename}".`);
    return [key, make(group)];
  });
  return (entry) => Object.fromEntries(members.map(([key, member]) => [key, member(entry)]));
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
