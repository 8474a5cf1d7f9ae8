import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { checkStoredNodes, loadVocabulary } from '@linnaea/catalog';
import type { Logger } from '@linnaea/database';
import { sql } from '@linnaea/database';
import { decompress, readVocabulary } from '@linnaea/formats';
import { loadDataDictionary } from '@linnaea/gen3';
import { createApiToken, createUser, loadPrincipal, requireAdministrator } from '@linnaea/identity';
import type { Configuration } from './config.ts';
import { openServices, type Services } from './services.ts';

interface Command {
  usage: string;
  does: string;
  run(services: Services, args: readonly string[]): Promise<void>;
}

const commands: Record<string, Command> = {
  migrate: {
    usage: 'migrate',
    does: 'brings the database to this version',
    run: async () => console.log('The database is up to date.'),
  },
  'user-create': {
    usage: 'user-create EMAIL NAME PASSWORD',
    does: 'adds a user',
    run: async (services, [email, name, password]) => {
      if (!email || !name || !password) throw new Error('usage: user-create EMAIL NAME PASSWORD');
      await createUser(services.database, await administrator(services), { email, name, password });
      console.log(`Added ${email}.`);
    },
  },
  'token-create': {
    usage: 'token-create EMAIL NAME',
    does: 'makes an API token for a user and prints it once',
    run: async (services, [email, name]) => {
      const user = await services.database.first<{ id: number }>(
        sql`select id from user_account where lower(email) = lower(${email ?? ''})`,
      );
      const principal = user && (await loadPrincipal(services.database, user.id));
      if (!principal || !name) throw new Error('usage: token-create EMAIL NAME, for an active user');
      console.log((await createApiToken(services.database, principal, { name })).token);
    },
  },
  'vocabulary-load': {
    usage: 'vocabulary-load FILE NAME',
    does: 'loads a vocabulary (CSV, JSON, OBO, OWL, SKOS; also compressed) of any size',
    run: async (services, [file, name]) => {
      if (!file || !name) throw new Error('usage: vocabulary-load FILE NAME');
      const { bytes, names } = await decompress(createReadStream(file), { name: basename(file) });
      const terms = readVocabulary(bytes, {
        fileName: names.at(-1)!,
        sink: (finding) => console.error(`${finding.severity}: ${finding.message}`),
      });
      const loaded = await services.database.transaction((tx) => loadVocabulary(tx, { name, terms }));
      console.log(`Loaded ${loaded.termCount} terms as ${loaded.accession}.`);
    },
  },
  'dictionary-check': {
    usage: 'dictionary-check [SOURCE]',
    does: 'judges what is stored by a data dictionary (default: the configured one); changes nothing',
    run: (services, [source]) => checkDictionary(services, source),
  },
};

/** Prints the report as JSON; fails when the dictionary is faulty or something stored does not fit it. */
async function checkDictionary({ database, dictionary }: Services, source: string | undefined): Promise<void> {
  const loaded =
    source === undefined
      ? { dictionary: dictionary.current(), findings: [] }
      : await loadDataDictionary(source, { fetch });
  if (loaded.findings.some(({ severity }) => severity === 'error')) {
    console.log(JSON.stringify({ findings: loaded.findings }, null, 2));
    throw new Error('The data dictionary is faulty.');
  }
  const check = await checkStoredNodes(database, loaded.dictionary);
  console.log(JSON.stringify({ digest: loaded.dictionary.version, findings: loaded.findings, check }, null, 2));
  if (check.invalid > 0) throw new Error(`${check.invalid} of ${check.checked} stored nodes do not fit.`);
}

/** Runs an administrative command on the store of the configuration; answers the exit status. */
export async function runCommand(
  name: string,
  args: readonly string[],
  configuration: Configuration,
  logger: Logger,
): Promise<number> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    const lines = Object.values(commands).map((known) => `  ${known.usage.padEnd(36)}${known.does}`);
    console.error(
      `Commands:\n  ${'serve'.padEnd(36)}answers requests and does imports\n  ${'worker'.padEnd(36)}only does imports\n${lines.join('\n')}`,
    );
    return 2;
  }
  const services = await openServices({ ...configuration, workers: 0 }, logger, { serving: false });
  try {
    await command.run(services, args);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    await services.close();
  }
}

/** Whoever can open the store from the command line acts as its administrator. */
async function administrator(services: Services) {
  const row = await services.database.first<{ id: number }>(
    sql`select id from user_account where 'MANAGE_ORGANIZATION' = any(permissions) and active order by id limit 1`,
  );
  const principal = row && (await loadPrincipal(services.database, row.id));
  if (!principal) throw new Error('There is no active administrator.');
  requireAdministrator(principal);
  return principal;
}
