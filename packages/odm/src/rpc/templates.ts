import {
  findVocabulary,
  getTemplate,
  listTemplates,
  type StoredTemplate,
  saveTemplate,
  saveTemplateTarget,
  setDefaultTemplate,
} from '@linnaea/catalog';
import type { Queryable } from '@linnaea/database';
import {
  CatalogueError,
  exportTemplate,
  parseTemplate,
  type TemplateTarget,
  templateDataTypes,
  templateTargets,
} from '@linnaea/model';
import { recordOf } from '../operation.ts';
import { callerOf, type Method, type MethodCall, templateManager, textArgument } from './method.ts';

const editor = 'genestack/study-metainfotemplateeditor';
const files = 'genestack/filesUtil';

/** Templates, and the folders that command-line programs look for them in: every folder holds all of them. */
export const templateMethods: readonly Method[] = [
  {
    path: `${editor}/listTemplates`,
    params: [],
    returns: 'list',
    docs: 'All templates',
    run: async (call) => {
      callerOf(call);
      return (await listTemplates(call.deps.database)).map(({ accession, name, isDefault }) => ({
        accession,
        name,
        isDefault,
      }));
    },
  },
  {
    path: `${editor}/loadTemplate`,
    params: ['accession'],
    returns: 'object',
    docs: 'A template with its rules',
    run: async (call) => {
      callerOf(call);
      const { accession, name, isDefault, ...rest } = await existing(call.deps.database, textArgument(call, 0));
      return { accession, name, isDefault, keyInfos: exportTemplate(rest) };
    },
  },
  {
    path: `${editor}/createTemplateFile`,
    params: ['name'],
    returns: 'text',
    docs: 'Makes an empty template; answers its accession',
    run: async (call) => {
      const { userId } = templateManager(call);
      const name = textArgument(call, 0);
      const saved = await call.deps.database.transaction((tx) =>
        saveTemplate(tx, { name, rules: [], createdBy: userId }),
      );
      return saved.template.accession;
    },
  },
  {
    path: `${editor}/setKeyInfosForFileKind`,
    params: ['accession', 'dataType', 'items'],
    returns: 'nothing',
    docs: 'Replaces the rules of a template for one type of data',
    run: setKeyInfos,
  },
  {
    path: `${editor}/setDefaultTemplate`,
    params: ['accession'],
    returns: 'nothing',
    docs: 'Makes a template the default one',
    run: async (call) => {
      templateManager(call);
      await call.deps.database.transaction((tx) => setDefaultTemplate(tx, textArgument(call, 0)));
      return null;
    },
  },
  {
    path: `${files}/getSpecialFolder`,
    params: ['name'],
    returns: 'text',
    docs: 'Name of a folder of your own',
    run: async (call) => `folder:${textArgument(call, 0)}`,
  },
  {
    path: `${files}/findOrCreateFolder`,
    params: ['name', 'parent'],
    returns: 'text',
    docs: 'Name of a folder within another',
    run: async (call) => `${textArgument(call, 1)}/${textArgument(call, 0)}`,
  },
  {
    path: `${files}/getFileByName`,
    params: ['name', 'parent', 'class'],
    returns: 'text or null',
    docs: 'Accession of the template or vocabulary of a name',
    run: findFile,
  },
];

async function setKeyInfos(call: MethodCall): Promise<null> {
  templateManager(call);
  const [accession, dataType] = [textArgument(call, 0), textArgument(call, 1)];
  const target = targetOf(dataType);
  const { template, findings } = parseTemplate(withoutRepeated(call.args[2]));
  const stranger = template.rules.find((rule) => rule.target !== target);
  if (stranger !== undefined) {
    const message = `The attribute "${stranger.name}" is not one of ${dataType}`;
    throw new CatalogueError('invalid', 'template-target', message);
  }
  if (findings.some((finding) => finding.severity === 'error')) {
    throw new CatalogueError('invalid', 'template-invalid', 'The template has errors.', { findings });
  }
  await call.deps.database.transaction((tx) => saveTemplateTarget(tx, accession, target, template.rules));
  return null;
}

/** The program puts read-only attributes of its own before those of a file, which may hold the same ones already. */
function withoutRepeated(items: unknown): unknown {
  if (!Array.isArray(items)) return items;
  const own = new Set<unknown>();
  return items.filter((item: unknown) => {
    const { name, isReadOnly } = recordOf(item);
    if (own.has(name)) return false;
    if (isReadOnly === true) own.add(name);
    return true;
  });
}

function targetOf(dataType: string): TemplateTarget {
  const target = templateTargets.find((each) =>
    [templateDataTypes[each], templateDataTypes[each].replace('genestack:', '')].includes(dataType),
  );
  if (target !== undefined) return target;
  throw new CatalogueError('invalid', 'template-target', `"${dataType.slice(0, 100)}" is not a type of data`);
}

async function existing(db: Queryable, accession: string): Promise<StoredTemplate> {
  const template = await getTemplate(db, accession);
  if (template !== undefined) return template;
  throw new CatalogueError('not-found', 'template-not-found', `File ${accession.slice(0, 100)} not found`);
}

async function findFile(call: MethodCall): Promise<string | null> {
  callerOf(call);
  const { database } = call.deps;
  const name = textArgument(call, 0);
  const kind = String(call.args[2] ?? '').replace(/^.*\./, '');
  if (kind === 'IFolder') return `${String(call.args[1] ?? 'private')}/${name}`;
  if (kind === 'IApplicationPageFile') {
    const templates = (await listTemplates(database)).filter((template) => template.name === name);
    return templates.at(-1)?.accession ?? null;
  }
  return (await findVocabulary(database, name))?.accession ?? null;
}
