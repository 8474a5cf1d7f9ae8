import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { messageOf } from '../../api/client.ts';
import { createToken, revokeToken, type Token, tokens } from '../../api/portal.ts';
import { Button } from '../../ui/button.tsx';
import { formatDate, formatWhen } from '../../ui/dates.ts';
import { Confirm, Dialog } from '../../ui/dialog.tsx';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';
import { Field } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Table } from '../../ui/table.tsx';
import { say, sayError } from '../../ui/toast.tsx';
import { SecretDialog } from './secret-dialog.tsx';

/** The person's tokens for the ODM API. */
export function Tokens() {
  const { data, error, refetch } = useQuery(tokens);
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<{ name: string; token: string }>();
  const create = (
    <Button look="primary" onClick={() => setCreating(true)}>
      <Icon name="plus" /> New token
    </Button>
  );
  return (
    <section className="card profile-part" aria-labelledby="tokens">
      <header>
        <div>
          <h2 id="tokens">API tokens</h2>
          <p className="muted">
            For the ODM API and its command-line programs, in the header <code>Genestack-API-Token</code>.
          </p>
        </div>
        {data && data.tokens.length > 0 && create}
      </header>
      {error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={2} />
      ) : data.tokens.length === 0 ? (
        <Empty title="No tokens yet" action={create}>
          A token lets a script act with your rights, without your password. Make one for each script or machine, so
          that each can be revoked alone.
        </Empty>
      ) : (
        <TokenTable tokens={data.tokens} />
      )}
      {creating && (
        <NewToken
          onClose={() => setCreating(false)}
          onMade={(token) => {
            setCreating(false);
            setMade(token);
          }}
        />
      )}
      {made && (
        <SecretDialog
          title={`Token “${made.name}”`}
          secret={made.token}
          fileName="token.txt"
          fileType="text/plain"
          onClose={() => setMade(undefined)}
        >
          Keep this token now: it is shown only this once.
        </SecretDialog>
      )}
    </section>
  );
}

function TokenTable({ tokens: list }: { tokens: Token[] }) {
  const client = useQueryClient();
  const [leaving, setLeaving] = useState<Token>();
  const { mutate } = useMutation({
    mutationFn: (token: Token) => revokeToken(token.id),
    onSuccess: (_, token) => {
      say(`Token “${token.name}” was revoked`);
      void client.invalidateQueries(tokens);
    },
    onError: (error) => sayError('The token was not revoked', messageOf(error)),
  });
  return (
    <>
      <Table label="API tokens" head={['Name', 'Begins with', 'Made', 'Last used', 'Expires', '']}>
        {list.map((token) => (
          <tr key={token.id}>
            <td>{token.name}</td>
            <td className="mono">{token.tokenId}</td>
            <td>{formatDate(token.createdAt)}</td>
            <td>{token.lastUsedAt ? formatWhen(token.lastUsedAt) : 'never'}</td>
            <td>{token.expiresAt ? formatDate(token.expiresAt) : 'never'}</td>
            <td className="table-actions">
              <Button size="small" look="danger" aria-label={`Revoke ${token.name}`} onClick={() => setLeaving(token)}>
                Revoke
              </Button>
            </td>
          </tr>
        ))}
      </Table>
      {leaving && (
        <Confirm
          open
          title={`Revoke “${leaving.name}”?`}
          consequence="Every program that uses this token is refused from now on. This cannot be undone."
          action="Revoke"
          onClose={() => setLeaving(undefined)}
          onConfirm={() => mutate(leaving)}
        />
      )}
    </>
  );
}

interface NewTokenProps {
  onClose: () => void;
  onMade: (token: { name: string; token: string }) => void;
}

function NewToken({ onClose, onMade }: NewTokenProps) {
  const client = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: createToken,
    onSuccess: ({ token }, { name }) => {
      void client.invalidateQueries(tokens);
      onMade({ name, token });
    },
  });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const days = Number(form.get('days'));
    mutate({ name: String(form.get('name')).trim(), ...(days > 0 ? { expiresInDays: days } : {}) });
  };
  return (
    <Dialog open onClose={onClose} title="New token">
      <form className="form" onSubmit={onSubmit}>
        <Field
          label="Name"
          name="name"
          required
          maxLength={200}
          hint="What will use it, e.g. “import on the lab server”"
          error={error ? messageOf(error) : undefined}
        />
        <div className="field">
          <label htmlFor="token-days">Expires</label>
          <select id="token-days" name="days" className="input" defaultValue="365">
            <option value="30">in 30 days</option>
            <option value="90">in 90 days</option>
            <option value="365">in a year</option>
            <option value="0">never</option>
          </select>
        </div>
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={isPending}>
            Make the token
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
