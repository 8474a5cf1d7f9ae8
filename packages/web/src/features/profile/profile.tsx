import { useQuery } from '@tanstack/react-query';
import { whoAmI } from '../../api/portal.ts';
import { ApiKeys } from './api-keys.tsx';
import { Tokens } from './tokens.tsx';

export function Profile() {
  const { data: person } = useQuery(whoAmI);
  if (!person) return null;
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <h1>{person.name}</h1>
        {person.administrator && <span className="badge badge-good">Administrator</span>}
        {person.curator && <span className="badge badge-good">Curator</span>}
        <span className="muted">{person.email}</span>
      </div>
      <Tokens />
      <ApiKeys />
    </div>
  );
}
