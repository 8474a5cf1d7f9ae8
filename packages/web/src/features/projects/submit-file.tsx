import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useState } from 'react';
import { messageOf } from '../../api/client.ts';
import { submit, type TransactionResult, templateAddress } from '../../api/gen3.ts';
import type { Dictionary, Project } from '../../api/portal.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { say, sayError } from '../../ui/toast.tsx';
import { contentTypes, entityLines, type FileFormat, formatOf } from './entity-lines.ts';
import { FileLines } from './file-lines.tsx';

interface ChosenFile {
  name: string;
  text: string;
  format: FileFormat;
}

/** Sends a file of entities as one transaction. What is wrong with a row is shown beside its line. */
export function SubmitFile({ project, dictionary }: { project: Project; dictionary: Dictionary }) {
  const client = useQueryClient();
  const [file, setFile] = useState<ChosenFile>();
  const {
    mutate,
    data: result,
    error,
    isPending,
    variables: dryRun,
    reset,
  } = useMutation({
    mutationFn: (dry: boolean) =>
      submit({ project, text: file?.text ?? '', contentType: contentTypes[file?.format ?? 'tsv'], dryRun: dry }),
    onSuccess: (answer, dry) => {
      if (!answer.success || dry) return;
      say(`${answer.created_entity_count} created, ${answer.updated_entity_count} updated`);
      void client.invalidateQueries({ queryKey: ['projects'] });
      void client.invalidateQueries({ queryKey: ['nodes'] });
    },
  });
  const choose = async (chosen: File | undefined) => {
    if (!chosen) return;
    try {
      const text = await chosen.text();
      reset();
      setFile({ name: chosen.name, text, format: formatOf(chosen.name, text) });
    } catch (failure) {
      sayError('The file could not be read', messageOf(failure));
    }
  };
  if (!file)
    return <DropZone onFile={choose} kinds={dictionary.nodes.filter((node) => node.inProject && node.submittable)} />;
  const lines = entityLines(file.text, file.format);
  return (
    <div className="submit">
      <div className="submit-head">
        <strong>{file.name}</strong>
        <span className="muted">
          {file.format.toUpperCase()} · {lines.length.toLocaleString('en')} {lines.length === 1 ? 'entity' : 'entities'}
        </span>
        <Button
          look="quiet"
          onClick={() => {
            setFile(undefined);
            reset();
          }}
        >
          Another file
        </Button>
        <span className="submit-actions">
          <Button disabled={isPending} onClick={() => mutate(true)}>
            Check only
          </Button>
          <Button look="primary" disabled={isPending} onClick={() => mutate(false)}>
            {isPending ? 'Sending…' : 'Submit'}
          </Button>
        </span>
      </div>
      {error && (
        <p className="notice" role="alert">
          {messageOf(error)}
        </p>
      )}
      {result && <Outcome result={result} dryRun={dryRun === true} />}
      <FileLines text={file.text} lines={lines} entities={result?.entities ?? []} />
    </div>
  );
}

function Outcome({ result, dryRun }: { result: TransactionResult; dryRun: boolean }) {
  if (result.success) {
    const verb = dryRun ? 'would be' : 'were';
    return (
      <p className="notice notice-good" role="status">
        {dryRun ? 'Nothing was written. ' : ''}
        {result.created_entity_count} {verb} created and {result.updated_entity_count} {verb} updated.
      </p>
    );
  }
  const wrong = result.entities.filter((entity) => !entity.valid).length;
  return (
    <div className="notice" role="alert">
      Nothing was written: {wrong.toLocaleString('en')} of {result.entities.length.toLocaleString('en')} entities have
      mistakes. Correct them in the file and send it again.
      {result.transactional_errors.map((message) => (
        <div key={message}>{message}</div>
      ))}
    </div>
  );
}

interface DropZoneProps {
  onFile: (file: File | undefined) => void;
  kinds: readonly { type: string; title: string }[];
}

function DropZone({ onFile, kinds }: DropZoneProps) {
  const [over, setOver] = useState(false);
  const stop = (event: DragEvent, isOver: boolean) => {
    event.preventDefault();
    setOver(isOver);
  };
  return (
    <>
      <label
        className="drop-zone"
        data-over={over}
        onDragOver={(event) => stop(event, true)}
        onDragLeave={(event) => stop(event, false)}
        onDrop={(event) => {
          stop(event, false);
          onFile(event.dataTransfer.files[0]);
        }}
      >
        <Icon name="upload" />
        <strong>Drop a file here, or choose one</strong>
        <span className="muted">TSV, CSV or JSON with the entities of this project; all are written, or none.</span>
        <input
          type="file"
          className="visually-hidden"
          accept=".tsv,.txt,.csv,.json"
          onChange={(event) => onFile(event.target.files?.[0])}
        />
      </label>
      <details className="templates">
        <summary>Empty tables to begin with</summary>
        <ul>
          {kinds.map((kind) => (
            <li key={kind.type}>
              <a href={templateAddress(kind.type)} download={`${kind.type}.tsv`}>
                {kind.title}
              </a>
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}
