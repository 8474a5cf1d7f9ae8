import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { messageOf } from '../../api/client.ts';
import { createToken, revokeToken, type Token, tokens } from '../../api/portal.ts';
import { Button } from '../../ui/button.tsx';
import { formatDate, formatWhen } from '../../ui/dates.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { type Credential, CredentialList } from './credential-list.tsx';
import { SecretDialog } from './secret-dialog.tsx';

const listed = { ...tokens, select: (answer: { tokens: Token[] }) => answer.tokens.map(describe) };

function describe({ id, name, tokenId, createdAt, lastUsedAt, expiresAt }: Token): Credential {
  const cells = (
    <>
      <td>{name}</td>
      <td className="mono">{tokenId}</td>
      <td>{formatDate(createdAt)}</td>
      <td>{lastUsedAt ? formatWhen(lastUsedAt) : 'never'}</td>
      <td>{expiresAt ? formatDate(expiresAt) : 'never'}</td>
    </>
  );
  return { id, name, phrase: `the token “${name}”`, cells };
}

/** The person's tokens, for the ODM API and for Gen3 programs that sign in as a client. */
export function Tokens() {
  const list = useQuery(listed);
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState<{ name: string; token: string }>();
  return (
    <>
      <CredentialList
        id="tokens"
        title="API tokens"
        purpose={
          <>
            For the ODM API and its command-line programs, in the header <code>Genestack-API-Token</code>; for Gen3
            programs that sign in as an OAuth client, the id as the client's and the token as its secret.
          </>
        }
        list={list}
        columns={['Name', 'Id', 'Made', 'Last used', 'Expires']}
        create={
          <Button look="primary" onClick={() => setCreating(true)}>
            <Icon name="plus" /> New token
          </Button>
        }
        empty={{
          title: 'No tokens yet',
          text: 'A token lets a script act with your rights, without your password. Make one for each script or machine, so that each can be revoked alone.',
        }}
        revoke={(id) => revokeToken(Number(id))}
        consequence="Every program that uses this token is refused from now on."
      />
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
