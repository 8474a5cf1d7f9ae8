import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type AttributeValue,
  buildDataDictionary,
  CatalogueError,
  type DictionaryReading,
  type Finding,
  isSchemaObject,
  parseDictionaryYaml,
} from '@linnaea/model';

/** Folder of the data dictionary that comes with Linnaea. */
export const defaultDictionaryFolder = fileURLToPath(new URL('../../model/content/data-dictionary/', import.meta.url));

/** The part of `fetch` that is needed; the caller's may check addresses, add time limits, or answer from a test. */
export type FetchText = (url: string) => Promise<{ ok: boolean; status: number; text(): Promise<string> }>;

export interface DictionarySourceOptions {
  /** Without it, addresses are refused. */
  fetch?: FetchText;
}

/**
 * Loads a data dictionary from a folder of YAML files, a bundled JSON file (`{"case.yaml": {…}}`), or the address of
 * such a file. A source that is not there throws `CatalogueError`; what is wrong inside comes as findings.
 */
export async function loadDataDictionary(
  source: string,
  { fetch }: DictionarySourceOptions = {},
): Promise<DictionaryReading> {
  if (/^https?:\/\//i.test(source)) return fromBundle(await download(source, fetch), source);
  const kind = await stat(source).catch(() => null);
  if (!kind)
    throw new CatalogueError('not-found', 'data-dictionary-not-found', `There is no data dictionary at ${source}.`);
  return kind.isDirectory() ? fromFolder(source) : fromBundle(await readFile(source, 'utf8'), source);
}

async function download(url: string, fetch: FetchText | undefined): Promise<string> {
  if (!fetch)
    throw new CatalogueError(
      'unsupported',
      'data-dictionary-address',
      'Data dictionaries from addresses are not enabled.',
    );
  const answer = await fetch(url);
  if (!answer.ok)
    throw new CatalogueError(
      'unavailable',
      'data-dictionary-unavailable',
      `The address ${url} answered ${answer.status}.`,
    );
  return answer.text();
}

async function fromFolder(folder: string): Promise<DictionaryReading> {
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/i.test(name)).sort();
  const files = new Map<string, AttributeValue>();
  const problems: Finding[] = [];
  for (const name of names) {
    const { content, findings } = parseDictionaryYaml(name, await readFile(join(folder, name), 'utf8'));
    problems.push(...findings);
    files.set(name, content);
  }
  const { dictionary, findings } = buildDataDictionary(files);
  return { dictionary, findings: [...problems, ...findings] };
}

function fromBundle(text: string, source: string): DictionaryReading {
  let content: AttributeValue;
  try {
    content = JSON.parse(text);
  } catch {
    const { dictionary } = buildDataDictionary(new Map());
    return {
      dictionary,
      findings: [
        { code: 'json-malformed', severity: 'error', message: 'The bundle is not JSON.', location: { file: source } },
      ],
    };
  }
  return buildDataDictionary(new Map(isSchemaObject(content) ? Object.entries(content) : []));
}
