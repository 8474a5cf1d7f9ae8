import { listProjects } from '@linnaea/catalog';
import { CatalogueError, type DataDictionary, type NodeKind } from '@linnaea/model';
import type { FastifyInstance } from 'fastify';
import type { PortalDeps } from '../deps.ts';
import { requireSession } from '../session.ts';

/** Projects with what they hold, and the data dictionary as far as a graph and forms need it. */
export function registerProjects(app: FastifyInstance, deps: PortalDeps): void {
  app.get('/projects', async (request) => {
    const projects = await listProjects(deps.database, await requireSession(request, deps));
    return { projects };
  });

  app.get<{ Params: { id: string } }>('/projects/:id', async (request) => {
    const projects = await listProjects(deps.database, await requireSession(request, deps));
    const found = projects.find((project) => project.id === request.params.id);
    if (!found) throw new CatalogueError('not-found', 'project-not-found', `There is no project ${request.params.id}`);
    return found;
  });

  const summaries = new WeakMap<DataDictionary, ReturnType<typeof summarise>>();
  app.get('/dictionary', async (request) => {
    await requireSession(request, deps);
    const dictionary = deps.dictionary.current();
    const summary = summaries.get(dictionary) ?? summarise(dictionary);
    summaries.set(dictionary, summary);
    return summary;
  });
}

function summarise(dictionary: DataDictionary) {
  const kinds = [...dictionary.nodes.values()];
  return {
    version: dictionary.version,
    nodes: kinds.map(showNode),
    links: kinds.flatMap((kind) =>
      kind.links.map(({ name, targetType, required, multiplicity }) => ({
        child: kind.type,
        parent: targetType,
        name,
        required,
        multiplicity,
      })),
    ),
  };
}

function showNode(kind: NodeKind) {
  const links = new Set(kind.links.map((link) => link.name));
  return {
    type: kind.type,
    title: kind.title,
    category: kind.category,
    description: kind.description,
    submittable: kind.submittable,
    inProject: kind.inProject,
    keyProperty: kind.keyProperty,
    properties: [...kind.properties.values()]
      .filter((property) => !links.has(property.name))
      .map(({ name, kind: type, required, system }) => ({ name, type, required, system })),
  };
}
