import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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
