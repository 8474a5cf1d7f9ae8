import { useQuery } from '@tanstack/react-query';
import { type DataFile, dataFiles } from '../../api/portal.ts';
import { valueText } from '../../grid/values.ts';
import { buttonClass } from '../../ui/button.tsx';
import { formatWhen } from '../../ui/dates.ts';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';
import { reachable } from '../../ui/reachable.ts';
import { DataClassTag } from '../studies/study-row.tsx';

/** The data files of a study, the newest first, each with what it measures and its metadata. */
export function StudyFiles({ accession }: { accession: string }) {
  const { data, error, refetch } = useQuery(dataFiles(accession));
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton />;
  if (data.files.length === 0) {
    return (
      <Empty
        title="No data yet"
        action={
          <a href="/api-docs" className={buttonClass('primary')}>
            How to import data
          </a>
        }
      >
        Measurements (expression, variants, flow cytometry, any table) are imported from files and linked to the
        samples, libraries or preparations of this study.
      </Empty>
    );
  }
  return (
    <section className="study-scroll" aria-label="Data files" ref={reachable}>
      <ul className="file-list card">
        {data.files.map((file) => (
          <FileRow key={file.accession} file={file} />
        ))}
      </ul>
    </section>
  );
}

function FileRow({ file }: { file: DataFile }) {
  const size = [
    file.runCount === null ? '' : `${file.runCount.toLocaleString('en')} runs`,
    file.featureCount === null
      ? ''
      : `${file.featureCount.toLocaleString('en')} ${file.kind === 'variant' ? 'variants' : 'features'}`,
    file.measurements.join(', '),
  ].filter(Boolean);
  const attributes = Object.entries(file.attributes);
  return (
    <li className="file-row">
      <div className="file-head">
        <strong>{file.name}</strong>
        <DataClassTag name={file.dataClass} />
        {file.version > 0 && <span className="badge">version {file.version}</span>}
        {!file.active && <span className="badge badge-draft">superseded</span>}
        <span className="mono muted">{file.accession}</span>
        <span className="muted file-when">{formatWhen(file.createdAt)}</span>
      </div>
      <div className="muted">{size.join(' · ')}</div>
      {attributes.length > 0 && (
        <details>
          <summary>Metadata of {file.name}</summary>
          <dl className="attributes">
            {attributes.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{valueText(value)}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </li>
  );
}
