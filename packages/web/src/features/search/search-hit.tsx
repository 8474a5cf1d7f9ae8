import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Dictionary, SearchHit } from '../../api/portal.ts';
import { keyed } from '../../ui/keys.ts';
import { findWords } from '../studies/highlight.ts';
import { kindName, tabOf } from './kinds.ts';

interface HitProps {
  hit: SearchHit;
  query: string;
  dictionary: Dictionary | undefined;
}

export function HitRow({ hit, query, dictionary }: HitProps) {
  const title = <Marked text={hit.title} query={query} />;
  const isStudy = hit.model === 'odm' && hit.kind === 'study';
  return (
    <li className="search-hit">
      <div className="search-title">
        <HitLink hit={hit}>{title}</HitLink>
        <span className="tag">{kindName(hit, dictionary)}</span>
      </div>
      <div className="study-facts">
        {isStudy ? null : <Place place={hit.place} />}
        {hit.title !== hit.id && (
          <span className="mono">
            <Marked text={hit.id} query={query} />
          </span>
        )}
      </div>
      {hit.matches.length > 0 && (
        <dl className="search-matches">
          {hit.matches.map(({ name, text, start, end }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                {text.slice(0, start)}
                <mark>{text.slice(start, end)}</mark>
                {text.slice(end)}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}

/** To where the record is shown; what is not linked to a study yet has no page. */
function HitLink({ hit, children }: { hit: SearchHit; children: ReactNode }) {
  const { place, kind, id } = hit;
  const className = 'study-title';
  if (place.kind === 'study') {
    const tab = tabOf(kind);
    return (
      <Link
        to="/studies/$accession"
        params={{ accession: place.name }}
        search={tab === 'study' ? {} : { tab }}
        className={className}
      >
        {children}
      </Link>
    );
  }
  if (place.kind === 'program') {
    return (
      <Link to="/projects" className={className}>
        {children}
      </Link>
    );
  }
  if (place.kind === 'personal') return <span className="study-title search-unlinked">{children}</span>;
  return kind === 'project' ? (
    <Link to="/projects/$id" params={{ id: place.name }} className={className}>
      {children}
    </Link>
  ) : (
    <Link to="/nodes/$id" params={{ id }} className={className}>
      {children}
    </Link>
  );
}

function Place({ place }: { place: SearchHit['place'] }) {
  switch (place.kind) {
    case 'study':
      return (
        <span>
          in study{' '}
          <Link to="/studies/$accession" params={{ accession: place.name }}>
            {place.title ?? place.name}
          </Link>
        </span>
      );
    case 'project':
      return (
        <span>
          in project{' '}
          <Link to="/projects/$id" params={{ id: place.name }}>
            {place.name}
          </Link>
        </span>
      );
    case 'program':
      return <span>in program {place.name}</span>;
    case 'personal':
      return <span>not linked to a study yet</span>;
  }
}

function Marked({ text, query }: { text: string; query: string }) {
  return keyed(findWords(text, query), (piece) => piece.text).map(({ key, item }) =>
    item.found ? <mark key={key}>{item.text}</mark> : item.text,
  );
}
