import type { NodeCondition, PathCondition } from './types.ts';

// what else is asked is asked in every walk, so that many paths would make a statement of many times its size
const mostPaths = 4;

export interface DrivingPaths {
  /** Every record of the query has one of them. */
  paths: readonly PathCondition[];
  /** What else is asked of the records. */
  others: readonly NodeCondition[];
  /** Which end is known to be few. */
  named: 'records' | 'targets' | undefined;
}

/** The paths by which the records of a query are best found; undefined: there are none. */
export function drivingPaths(where: readonly NodeCondition[]): DrivingPaths | undefined {
  const drivers = where.flatMap((condition) => {
    const paths = condition.kind === 'any' ? condition.terms : [condition];
    return paths.every(isPath) && paths.length > 0 && paths.length <= mostPaths ? [{ condition, paths }] : [];
  });
  const few = drivers.find(({ paths }) => paths.every((path) => path.where.some(namesRecords)));
  const driver = few ?? drivers[0];
  if (driver === undefined) return undefined;
  const others = where.filter((condition) => condition !== driver.condition);
  const named = others.some(namesRecords) ? 'records' : few && 'targets';
  return { paths: driver.paths, others, named };
}

function isPath(condition: NodeCondition): condition is PathCondition {
  return condition.kind === 'path';
}

function namesRecords(condition: NodeCondition): boolean {
  if (condition.kind === 'property') return condition.name === 'submitter_id';
  return condition.kind === 'ids' || condition.kind === 'accessions';
}
