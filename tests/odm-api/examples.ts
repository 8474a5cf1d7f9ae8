import { readFileSync } from 'node:fs';
import { saveTemplate, setDefaultTemplate } from '@linnaea/catalog';
import { parseTemplate } from '@linnaea/model';
import type { OdmBench } from '@linnaea/odm/testing';

const folder = new URL('../../examples/', import.meta.url);

export function readExample(path: string): string {
  return readFileSync(new URL(path, folder), 'utf8');
}

/** Serves a file of `examples/` where imports may fetch it; answers its link. */
export function serveExample(bench: OdmBench, path: string): string {
  return bench.serve(path.replace('/', '-'), readExample(path));
}

/** Makes an example's template the default one, as its guide assumes; answers the accession. */
export async function useTemplate(bench: OdmBench, example: string): Promise<string> {
  const { template, findings } = parseTemplate(JSON.parse(readExample(`${example}/template.json`)), { name: example });
  if (findings.length > 0) throw new Error(`The template of ${example} is wrong: ${findings[0]?.message}`);
  return bench.database.transaction(async (tx) => {
    const saved = await saveTemplate(tx, { name: template.name, rules: template.rules });
    if (saved.findings.length > 0) throw new Error(saved.findings[0]?.message);
    await setDefaultTemplate(tx, saved.template.accession);
    return saved.template.accession;
  });
}
