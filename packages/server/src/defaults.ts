import { defaultTemplate, listVocabularies, loadVocabulary, saveTemplate, setDefaultTemplate } from '@linnaea/catalog';
import { type Database, sql } from '@linnaea/database';
import { batchOf, loadDefaultTemplate, loadDefaultVocabularies } from '@linnaea/model';

/** Gives an empty catalogue our default vocabularies and template. What a catalogue has already is never touched. */
export async function loadDefaults(database: Database): Promise<void> {
  if (await defaultTemplate(database)) return;
  await database.transaction(async (tx) => {
    // several processes may start on one empty database
    await tx.query(sql`select pg_advisory_xact_lock(hashtext('linnaea defaults'))`);
    if (await defaultTemplate(tx)) return;
    const known = new Set((await listVocabularies(tx)).map((vocabulary) => vocabulary.name));
    for (const { name, description, terms } of loadDefaultVocabularies()) {
      if (!known.has(name)) await loadVocabulary(tx, { name, description, terms: batchOf(terms) });
    }
    const { name, rules } = loadDefaultTemplate();
    const { template } = await saveTemplate(tx, { name, rules });
    await setDefaultTemplate(tx, template.accession);
  });
}
