import {
  checkStoredNodes,
  type DictionaryReload,
  type DictionaryReloadOptions,
  dictionaryChannel,
  newestDictionaryVersion,
  recordDictionaryVersion,
} from '@linnaea/catalog';
import type { Database, Logger } from '@linnaea/database';
import { type DictionaryHolder, loadDataDictionary } from '@linnaea/gen3';
import { CatalogueError, type DataDictionary, type Finding } from '@linnaea/model';

export interface DictionaryOptions {
  /** Folder, JSON file or address. */
  source: string;
  database: Database;
  logger: Logger;
  /** False for a command: it neither notes its dictionary as in use nor follows others. Default true. */
  serving?: boolean;
  /** How often to look for a switch whose notification was lost. Default 60,000. */
  pollMs?: number;
}

export interface OpenDictionary extends DictionaryHolder {
  reload(options?: DictionaryReloadOptions): Promise<DictionaryReload>;
  close(): Promise<void>;
}

/**
 * The data dictionary of this process. A start takes what its source holds, without a check of the stored data, and
 * refuses a faulty one; a reload keeps the one before unless the new one is sound and fits what is stored.
 */
export async function openDictionary(options: DictionaryOptions): Promise<OpenDictionary> {
  const { dictionary, faults } = await load(options.source);
  if (faults.length > 0) throw faulty(options.source, faults);
  const holder = new Holder(options, dictionary);
  if (options.serving !== false) await holder.start();
  return {
    current: () => holder.current,
    reload: (asked) => holder.reload(asked),
    close: () => holder.close(),
  };
}

async function load(source: string): Promise<{ dictionary: DataDictionary; faults: Finding[]; findings: Finding[] }> {
  const { dictionary, findings } = await loadDataDictionary(source, { fetch });
  return { dictionary, findings, faults: findings.filter(({ severity }) => severity === 'error') };
}

function faulty(source: string, faults: readonly Finding[]): CatalogueError {
  return new CatalogueError(
    'invalid',
    'dictionary-invalid',
    `The data dictionary ${source} has ${faults.length} errors; first: ${faults[0]?.message}`,
    { findings: faults },
  );
}

class Holder {
  current: DataDictionary;
  readonly #options: DictionaryOptions;
  /** One switch at a time, whether asked for here or followed. */
  #turn: Promise<unknown> = Promise.resolve();
  /** The newest switch that is known here. */
  #seen = 0;
  #warnedOf = 0;
  #stopListening: (() => Promise<void>) | undefined;
  #poll: NodeJS.Timeout | undefined;

  constructor(options: DictionaryOptions, dictionary: DataDictionary) {
    this.#options = options;
    this.current = dictionary;
  }

  async start(): Promise<void> {
    const { database, logger, source, pollMs = 60_000 } = this.#options;
    this.#seen = (await newestDictionaryVersion(database, 'reload'))?.id ?? 0;
    const newest = await newestDictionaryVersion(database);
    const { version: digest, nodes } = this.current;
    if (newest?.digest !== digest) {
      await recordDictionaryVersion(database, { digest, source, reason: 'start', nodeKinds: nodes.size, check: null });
      if (newest)
        logger.warn(
          { from: newest.digest, to: digest },
          'The data dictionary is another than at the last start; `dictionary-check` tells whether the stored data fits',
        );
    }
    const follow = () => void this.#inTurn(() => this.#follow()).catch((err) => this.#failed(err));
    this.#stopListening = await database.listen(dictionaryChannel, follow);
    this.#poll = setInterval(follow, pollMs);
    this.#poll.unref();
  }

  reload(options: DictionaryReloadOptions = {}): Promise<DictionaryReload> {
    return this.#inTurn(() => this.#reload(options));
  }

  async close(): Promise<void> {
    clearInterval(this.#poll);
    await this.#stopListening?.();
    await this.#turn;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #reload({
    check = true,
    force = false,
    dryRun = false,
    by,
  }: DictionaryReloadOptions): Promise<DictionaryReload> {
    const { database, source } = this.#options;
    const { dictionary, findings, faults } = await load(source);
    const before = this.current;
    const report = { source, from: before.version, to: dictionary.version, nodeKinds: dictionary.nodes.size, findings };
    if (faults.length > 0) return { ...report, outcome: 'refused-faulty', check: null };
    const found = check ? await checkStoredNodes(database, dictionary, { before }) : null;
    if (dryRun) return { ...report, outcome: 'dry-run', check: found };
    if (dictionary.version === before.version) return { ...report, outcome: 'unchanged', check: found };
    if (found && found.becameInvalid > 0 && !force) return { ...report, outcome: 'refused-stored-data', check: found };
    this.#seen = await recordDictionaryVersion(database, {
      digest: dictionary.version,
      source,
      reason: 'reload',
      loadedBy: by,
      nodeKinds: dictionary.nodes.size,
      check: found,
    });
    this.current = dictionary;
    return { ...report, outcome: 'switched', check: found };
  }

  /** Takes over what another process switched to, when this one's source holds the same by now. */
  async #follow(): Promise<void> {
    const { database, source, logger } = this.#options;
    const newest = await newestDictionaryVersion(database, 'reload');
    if (!newest || newest.id <= this.#seen) return;
    if (newest.digest !== this.current.version) {
      const { dictionary, faults } = await load(source);
      if (faults.length > 0 || dictionary.version !== newest.digest) {
        // looked for again with every poll: a shared folder may reach this machine later
        if (this.#warnedOf !== newest.id)
          logger.warn(
            { wanted: newest.digest, found: dictionary.version, faults: faults.length },
            'Another process switched to a data dictionary that is not at the source of this one',
          );
        this.#warnedOf = newest.id;
        return;
      }
      this.current = dictionary;
      logger.info({ digest: dictionary.version }, 'Followed another process to its data dictionary');
    }
    this.#seen = newest.id;
  }

  #failed(err: unknown): void {
    this.#options.logger.error({ err }, 'The data dictionary of another process could not be followed');
  }
}
