import { type UseQueryResult, useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { messageOf } from '../../api/client.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';
import { Table } from '../../ui/table.tsx';
import { say, sayError } from '../../ui/toast.tsx';

export interface Credential {
  id: string | number;
  /** What tells it from the others, as its button says. */
  name: string;
  /** What it is within a sentence, e.g. "the token “laptop”". */
  phrase: string;
  /** One `td` for each column. */
  cells: ReactNode;
}

interface CredentialListProps {
  id: string;
  title: string;
  purpose: ReactNode;
  list: UseQueryResult<Credential[]>;
  columns: readonly string[];
  /** The button that makes a new one. */
  create: ReactNode;
  empty: { title: string; text: string };
  revoke: (id: Credential['id']) => Promise<void>;
  /** What ends with one that is revoked. */
  consequence: string;
}

/** A part of the profile: the person's credentials of one kind, with the ways to make and to revoke them. */
export function CredentialList({ id, title, purpose, list, create, empty, ...table }: CredentialListProps) {
  const { data, error, refetch } = list;
  return (
    <section className="card profile-part" aria-labelledby={id}>
      <header>
        <div>
          <h2 id={id}>{title}</h2>
          <p className="muted">{purpose}</p>
        </div>
        {data && data.length > 0 && create}
      </header>
      {error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={2} />
      ) : data.length === 0 ? (
        <Empty title={empty.title} action={create}>
          {empty.text}
        </Empty>
      ) : (
        <CredentialTable {...table} label={title} credentials={data} onRevoked={() => void refetch()} />
      )}
    </section>
  );
}

interface CredentialTableProps extends Pick<CredentialListProps, 'columns' | 'revoke' | 'consequence'> {
  label: string;
  credentials: Credential[];
  onRevoked: () => void;
}

function CredentialTable({ label, columns, credentials, revoke, consequence, onRevoked }: CredentialTableProps) {
  const [leaving, setLeaving] = useState<Credential>();
  const { mutate } = useMutation({
    mutationFn: ({ id }: Credential) => revoke(id),
    onSuccess: (_, { phrase }) => {
      say(`Revoked ${phrase}`);
      onRevoked();
    },
    onError: (error, { phrase }) => sayError(`Could not revoke ${phrase}`, messageOf(error)),
  });
  return (
    <>
      <Table label={label} head={[...columns, '']}>
        {credentials.map((credential) => (
          <tr key={credential.id}>
            {credential.cells}
            <td className="table-actions">
              <Button
                size="small"
                look="danger"
                aria-label={`Revoke ${credential.name}`}
                onClick={() => setLeaving(credential)}
              >
                Revoke
              </Button>
            </td>
          </tr>
        ))}
      </Table>
      {leaving && (
        <Confirm
          open
          title={`Revoke ${leaving.phrase}?`}
          consequence={`${consequence} This cannot be undone.`}
          action="Revoke"
          onClose={() => setLeaving(undefined)}
          onConfirm={() => mutate(leaving)}
        />
      )}
    </>
  );
}
