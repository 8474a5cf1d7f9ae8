import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from '@linnaea/database';
import fc from 'fast-check';
import type { TestServer } from '../submission/testing.ts';
import { createGraphServer, type SeedNode, seedProject } from './testing.ts';

let server: TestServer;
before(async () => {
  server = await createGraphServer();
});
after(() => server.close());

interface Plant {
  name: string;
  kind: 'case' | 'sample' | 'reads';
  parents: string[];
  attributes: { mass?: number; site?: string; file_size?: number };
}

/** Samples hang on cases and on earlier samples, reads on samples and on cases. */
const graphs = fc
  .array(
    fc.record({
      kind: fc.constantFrom('case' as const, 'sample' as const, 'reads' as const),
      value: fc.option(fc.integer({ min: 0, max: 2 })),
      picks: fc.array(fc.nat(20), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((drawn): Plant[] => {
    const plants: Plant[] = [];
    for (const [place, { kind, value, picks }] of drawn.entries()) {
      const allowed = plants.filter((other) =>
        kind === 'sample' ? other.kind !== 'reads' : kind === 'reads' && other.kind !== 'reads',
      );
      const parents =
        allowed.length === 0 ? [] : [...new Set(picks.map((pick) => allowed[pick % allowed.length]!.name))];
      const name = kind === 'case' ? 'site' : kind === 'sample' ? 'mass' : 'file_size';
      const attributes = value === null ? {} : { [name]: kind === 'case' ? (value === 0 ? 'lung' : 'liver') : value };
      plants.push({ name: `n${String(place).padStart(2, '0')}`, kind, parents, attributes });
    }
    return plants;
  });

const linkNames = {
  case: {},
  sample: { case: 'cases', sample: 'parents' },
  reads: { case: 'cases', sample: 'samples' },
} as const;

function seedOf(plants: readonly Plant[]): SeedNode[] {
  const kinds = new Map(plants.map((plant) => [plant.name, plant.kind]));
  return plants.map((plant) => {
    const links: Record<string, string[]> = {};
    for (const parent of plant.parents) {
      const kind = kinds.get(parent)!;
      const name =
        kind === 'case'
          ? linkNames[plant.kind === 'case' ? 'sample' : plant.kind].case
          : plant.kind === 'sample'
            ? 'parents'
            : 'samples';
      links[name] = [...(links[name] ?? []), parent];
    }
    return { kind: plant.kind, name: plant.name, attributes: plant.attributes, links };
  });
}

/** Everything that is reached by going up any number of links, one at least. */
function above(plants: readonly Plant[], start: Plant): Set<Plant> {
  const found = new Set<Plant>();
  const waiting = [...start.parents];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const plant = plants.find((other) => other.name === name)!;
    if (!found.has(plant)) waiting.push(...plant.parents);
    found.add(plant);
  }
  return found;
}

function hasPath(plants: readonly Plant[], from: Plant, is: (plant: Plant) => boolean): boolean {
  return [...above(plants, from)].some(is) || plants.some((other) => is(other) && above(plants, other).has(from));
}

let projects = 0;

test('answers are those of a plain reading of the graph', async () => {
  await fc.assert(
    fc.asyncProperty(
      graphs,
      fc.constantFrom('case', 'sample', 'reads'),
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 1, max: 4 }),
      async (plants, type, mass, first) => {
        projects += 1;
        const projectId = `R-g${projects}`;
        await seedProject(server.database, projectId, seedOf(plants));
        const scope = `project_id: "${projectId}", first: 0`;
        const query = `{
        sample(${scope}) { submitter_id mass cases { submitter_id } children { submitter_id } up: parents(first: ${first}) { submitter_id } _files_count _links(first: 0) { submitter_id } }
        mass: sample(${scope}, mass: ${mass}) { submitter_id }
        path: sample(${scope}, with_path_to: {type: "${type}", project_id: "${projectId}"}) { submitter_id }
        heavy: case(${scope}, with_path_to: {type: "sample", mass: ${mass}}) { submitter_id }
        none: reads(${scope}, without_path_to: {type: "case", site: "lung"}) { submitter_id }
        linked: sample(${scope}, with_links: ["cases"], without_links: ["files"]) { submitter_id }
        sorted: sample(project_id: "${projectId}", first: ${first}, order_by_desc: "mass") { submitter_id }
        _case_count(project_id: "${projectId}") }`;
        const answer = await server.send('POST', '/v0/submission/graphql', { query });
        assert.deepEqual(Object(answer.json()).data, expected(plants, type, mass, first), JSON.stringify(plants));
      },
    ),
    { numRuns: 40 },
  );
});

function expected(plants: readonly Plant[], type: string, mass: number, first: number): unknown {
  const of = (kind: string) => plants.filter((plant) => plant.kind === kind);
  const names = (list: readonly Plant[]) => list.map((plant) => ({ submitter_id: plant.name }));
  const children = (plant: Plant) => plants.filter((other) => other.parents.includes(plant.name));
  const parents = (plant: Plant) => plants.filter((other) => plant.parents.includes(other.name));
  const kind = (list: readonly Plant[], wanted: string) => list.filter((plant) => plant.kind === wanted);
  const samples = of('sample');
  const weight = (plant: Plant) => plant.attributes.mass ?? -1;
  return {
    sample: samples.map((plant) => ({
      submitter_id: plant.name,
      mass: plant.attributes.mass ?? null,
      cases: names(kind(parents(plant), 'case')),
      children: names(kind(children(plant), 'sample')),
      up: names(kind(parents(plant), 'sample')).slice(0, first),
      _files_count: kind(children(plant), 'reads').length,
      _links: names(plants.filter((other) => parents(plant).includes(other) || children(plant).includes(other))),
    })),
    mass: names(samples.filter((plant) => plant.attributes.mass === mass)),
    path: names(samples.filter((plant) => hasPath(plants, plant, (other) => other.kind === type))),
    heavy: names(
      of('case').filter((plant) =>
        hasPath(plants, plant, (other) => other.kind === 'sample' && other.attributes.mass === mass),
      ),
    ),
    none: names(
      of('reads').filter(
        (plant) => !hasPath(plants, plant, (other) => other.kind === 'case' && other.attributes.site === 'lung'),
      ),
    ),
    linked: names(
      samples.filter((plant) => kind(parents(plant), 'case').length > 0 && kind(children(plant), 'reads').length === 0),
    ),
    sorted: names([...samples].sort((a, b) => weight(b) - weight(a)).slice(0, first)),
    _case_count: of('case').length,
  };
}

/** `hidden`: in another project, which one of the askers may not see. */
type Fate = 'here' | 'deleted' | 'hidden';

const anyPaths = '[{type: "case", site: "lung"}, {type: "reads", file_size: 1}]';
const conditions: [filter: string, holds: (world: World, plant: Plant) => boolean][] = [
  ['with_path_to: {type: "case"}', ({ path }, plant) => path(plant, isKind('case'))],
  ['with_path_to: {type: "sample", mass: 1}', ({ path }, plant) => path(plant, isHeavy)],
  ['with_path_to: {type: "sample", submitter_id: "n01"}', ({ path }, plant) => path(plant, isNamed)],
  [
    'with_path_to: [{type: "case", site: "lung"}, {type: "reads"}]',
    ({ path }, plant) => path(plant, isLung) && path(plant, isKind('reads')),
  ],
  [
    'with_path_to: [{type: "case"}, {type: "sample", submitter_id: "n01"}]',
    ({ path }, plant) => path(plant, isKind('case')) && path(plant, isNamed),
  ],
  [`with_path_to_any: ${anyPaths}`, ({ path }, plant) => path(plant, isLung) || path(plant, isBig)],
  [`without_path_to: ${anyPaths}`, ({ path }, plant) => !path(plant, isLung) && !path(plant, isBig)],
  [
    'with_path_to: {type: "case"}, without_path_to: {type: "reads", file_size: 1}, not: {submitter_id: "n02"}',
    ({ path }, plant) => path(plant, isKind('case')) && !path(plant, isBig) && plant.name !== 'n02',
  ],
  [
    'submitter_id: ["n00", "n03", "n05"], with_path_to: {type: "case", site: "lung"}',
    ({ path }, plant) => ['n00', 'n03', 'n05'].includes(plant.name) && path(plant, isLung),
  ],
];
const linkConditions: typeof conditions = [
  [
    'with_links: ["cases", "files"]',
    ({ parents, children }, plant) => parents(plant).some(isKind('case')) && children(plant).some(isKind('reads')),
  ],
  [
    'with_links_any: ["cases", "children"]',
    ({ parents, children }, plant) => parents(plant).some(isKind('case')) || children(plant).some(isKind('sample')),
  ],
  [
    'without_links: ["parents", "files"]',
    ({ parents, children }, plant) => !parents(plant).some(isKind('sample')) && !children(plant).some(isKind('reads')),
  ],
  [
    'with_links: ["cases"], with_path_to: {type: "reads", file_size: 1}',
    ({ parents, path }, plant) => parents(plant).some(isKind('case')) && path(plant, isBig),
  ],
];

const isKind = (kind: string) => (plant: Plant) => plant.kind === kind;
const isHeavy = (plant: Plant) => plant.kind === 'sample' && plant.attributes.mass === 1;
const isNamed = (plant: Plant) => plant.kind === 'sample' && plant.name === 'n01';
const isLung = (plant: Plant) => plant.kind === 'case' && plant.attributes.site === 'lung';
const isBig = (plant: Plant) => plant.kind === 'reads' && plant.attributes.file_size === 1;

/** What somebody sees of a graph: nothing else is walked over. */
class World {
  readonly seen: readonly Plant[];
  constructor(seen: readonly Plant[]) {
    const names = new Set(seen.map((plant) => plant.name));
    this.seen = seen.map((plant) => ({ ...plant, parents: plant.parents.filter((name) => names.has(name)) }));
  }
  #own = (plant: Plant) => this.seen.find((other) => other.name === plant.name)!;
  path = (plant: Plant, is: (plant: Plant) => boolean) => hasPath(this.seen, this.#own(plant), is);
  parents = (plant: Plant) => this.seen.filter((other) => this.#own(plant).parents.includes(other.name));
  children = (plant: Plant) => this.seen.filter((other) => other.parents.includes(plant.name));
}

test('paths and links are those of a plain walk over what the asker may see', async () => {
  const drawn = fc.record({
    plants: graphs,
    fates: fc.array(fc.constantFrom<Fate>('here', 'here', 'here', 'deleted', 'hidden'), {
      minLength: 12,
      maxLength: 12,
    }),
    first: fc.integer({ min: 1, max: 3 }),
    offset: fc.integer({ min: 0, max: 2 }),
  });
  await fc.assert(
    fc.asyncProperty(drawn, async ({ plants, fates, first, offset }) => {
      projects += 1;
      const projectId = `R-w${projects}`;
      await seedFates(projectId, plants, fates);
      const alive = plants.filter((_, place) => fates[place] !== 'deleted');
      const here = plants.filter((_, place) => fates[place] === 'here');
      for (const [as, world] of [
        ['submitter', new World(alive)],
        ['noaccess', new World(here)],
      ] as const) {
        const asked = questions(projectId, { first, offset });
        const answer = await server.send('POST', '/v0/submission/graphql', { query: asked.query }, { as });
        const wanted = asked.expected(world, here);
        assert.deepEqual(answer.json(), { data: wanted }, `${as} ${JSON.stringify([plants, fates])}`);
        await pagesFollow(projectId, as, wanted);
      }
    }),
    { numRuns: 25 },
  );
});

/** Writes the graph; what is hidden goes to a project of its own, and the stranger may read the other. */
async function seedFates(projectId: string, plants: readonly Plant[], fates: readonly Fate[]): Promise<void> {
  const code = projectId.slice(2);
  const seeds = seedOf(plants).map((node, place) => ({
    ...node,
    deleted: fates[place] === 'deleted',
    links: { ...node.links, ...(node.kind === 'case' ? { projects: [code] } : {}) },
  }));
  const seeded = await seedProject(server.database, projectId, seeds);
  const hidden = plants.filter((_, place) => fates[place] === 'hidden').map(({ name }) => seeded.records.get(name));
  const { scopeId } = await seedProject(server.database, `H-w${projects}`, []);
  await server.database.run(sql`update record set scope_id = ${scopeId} where id = any(${hidden}::bigint[])`);
  await server.database.run(sql`insert into scope_grant (scope_id, subject_id, level)
    select ${seeded.scopeId}, id, 3 from user_account where email = 'noaccess@example.org'`);
}

function questions(projectId: string, { first, offset }: { first: number; offset: number }) {
  const scope = `project_id: "${projectId}"`;
  const page = `first: ${first}, offset: ${offset}`;
  const all = [
    ...(['case', 'sample', 'reads'] as const).flatMap((kind) => conditions.map((entry) => ({ kind, entry }))),
    ...linkConditions.map((entry) => ({ kind: 'sample' as const, entry })),
  ];
  const fields = all.map(({ kind, entry: [filter] }, place) => {
    const list = `q${place}: ${kind}(${scope}, first: 0, ${filter}) { submitter_id }`;
    if (kind !== 'sample') return list;
    return `${list}
      p${place}: sample(${scope}, ${page}, order_by_desc: "submitter_id", ${filter}) { submitter_id }
      f${place}: sample(${scope}, ${page}, ${filter}) { submitter_id }
      c${place}: _sample_count(${scope}, ${filter})`;
  });
  const expected = (world: World, here: readonly Plant[]): Record<string, unknown> => {
    const big = (plant: Plant) => world.path(plant, isBig);
    const cases = here.filter(isKind('case'));
    const answers = all.flatMap(({ kind, entry: [, holds] }, place) => {
      const found = here.filter((plant) => plant.kind === kind && holds(world, plant)).map(named);
      if (kind !== 'sample') return [[`q${place}`, found]];
      return [
        [`q${place}`, found],
        [`p${place}`, [...found].reverse().slice(offset, offset + first)],
        [`f${place}`, found.slice(offset, offset + first)],
        [`c${place}`, found.length],
      ];
    });
    return {
      ...Object.fromEntries(answers),
      project: world.seen.some((plant) => plant.kind === 'case' && big(plant)) ? [{ code: projectId.slice(2) }] : [],
      files: here.filter((plant) => plant.kind === 'reads' && world.path(plant, isLung)).map(named),
      nested: cases.map((plant) => ({
        samples: world
          .children(plant)
          .filter((child) => child.kind === 'sample' && big(child))
          .map(named),
      })),
    };
  };
  const query = `{ ${fields.join('')}
    project(${scope}, with_path_to: {type: "reads", file_size: 1}) { code }
    files: datanode(${scope}, first: 0, with_path_to: {type: "case", site: "lung"}) { submitter_id }
    nested: case(${scope}, first: 0) { samples(first: 0, with_path_to: {type: "reads", file_size: 1}) { submitter_id } } }`;
  return { query, expected };
}

const named = (plant: Plant) => ({ submitter_id: plant.name });

/** Pages of one, each from the cursor of the one before, are the list. */
async function pagesFollow(projectId: string, as: 'submitter' | 'noaccess', wanted: Record<string, unknown>) {
  const found: unknown[] = [];
  for (let cursor = ''; ; ) {
    const query = `{ sample(project_id: "${projectId}", first: 1, after: "${cursor}", with_path_to: {type: "case"}) { submitter_id _cursor } }`;
    const answer = await server.send('POST', '/v0/submission/graphql', { query }, { as });
    const [row] = Object(answer.json()).data.sample;
    if (row === undefined) break;
    found.push({ submitter_id: row.submitter_id });
    cursor = row._cursor;
  }
  assert.deepEqual(found, wanted[`q${conditions.length}`]);
}
