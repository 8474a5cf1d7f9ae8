import { Link } from '@tanstack/react-router';
import type { StudySummary } from '../../api/portal.ts';
import { formatWhen } from '../../ui/dates.ts';
import { keyed } from '../../ui/keys.ts';
import { findWords } from './highlight.ts';

const squares = ['#0f6c5c', '#5b5fc7', '#d1791c', '#b3386e', '#2b7fb8'];

/** Colour of a class of data: the same on every page, and never the only sign, because the name stands beside it. */
function squareOf(dataClass: string): string {
  let sum = 0;
  for (const letter of dataClass) sum += letter.codePointAt(0) ?? 0;
  return squares[sum % squares.length] ?? squares[0]!;
}

export function DataClassTag({ name }: { name: string }) {
  return (
    <span className="tag tag-square" style={{ '--square': squareOf(name) } as React.CSSProperties}>
      {name}
    </span>
  );
}

export function StudyRow({ study, query }: { study: StudySummary; query: string }) {
  return (
    <li className="study-row">
      <div className="study-what">
        <Link to="/studies/$accession" params={{ accession: study.accession }} className="study-title">
          {keyed(findWords(study.title, query), (piece) => piece.text).map(({ key, item }) =>
            item.found ? <mark key={key}>{item.text}</mark> : item.text,
          )}
        </Link>
        <div className="study-facts">
          <span className="mono">{study.accession}</span>
          <span>{study.ownerName || study.ownerEmail}</span>
          <span className="study-classes">
            {study.dataClasses.map((name) => (
              <DataClassTag key={name} name={name} />
            ))}
          </span>
        </div>
      </div>
      <div className="study-numbers">
        <span>
          {study.isDraft && <span className="badge badge-draft">Draft</span>}{' '}
          <strong>{study.sampleCount.toLocaleString('en')}</strong> {study.sampleCount === 1 ? 'sample' : 'samples'}
        </span>
        <time dateTime={study.changedAt} className="muted">
          {formatWhen(study.changedAt)}
        </time>
      </div>
    </li>
  );
}
