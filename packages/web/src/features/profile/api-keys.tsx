import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { messageOf } from '../../api/client.ts';
import { apiKeys, createApiKey, revokeApiKey } from '../../api/portal.ts';
import { Button } from '../../ui/button.tsx';
import { formatDate } from '../../ui/dates.ts';
import { Confirm } from '../../ui/dialog.tsx';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Table } from '../../ui/table.tsx';
import { say, sayError } from '../../ui/toast.tsx';
import { SecretDialog } from './secret-dialog.tsx';

/** The person's API keys for the Gen3 clients. A key is shown once, as the file that those clients read. */
export function ApiKeys() {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(apiKeys);
  const {
    mutate,
    data: made,
    isPending,
    reset,
  } = useMutation({
    mutationFn: createApiKey,
    onSuccess: () => client.invalidateQueries(apiKeys),
    onError: (failure) => sayError('No API key was made', messageOf(failure)),
  });
  const create = (
    <Button look="primary" disabled={isPending} onClick={() => mutate()}>
      <Icon name="plus" /> New API key
    </Button>
  );
  return (
    <section className="card profile-part" aria-labelledby="api-keys">
      <header>
        <div>
          <h2 id="api-keys">Gen3 API keys</h2>
          <p className="muted">
            For the Gen3 clients, which read them from a file <code>credentials.json</code>.
          </p>
        </div>
        {data && data.keys.length > 0 && create}
      </header>
      {error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton lines={2} />
      ) : data.keys.length === 0 ? (
        <Empty title="No API keys yet" action={create}>
          The Gen3 SDK and its command-line client sign in with a key of yours. A key lives for 30 days.
        </Empty>
      ) : (
        <KeyTable keys={data.keys} />
      )}
      {made && (
        <SecretDialog
          title="Your new API key"
          secret={JSON.stringify(made, null, 2)}
          fileName="credentials.json"
          fileType="application/json"
          onClose={reset}
        >
          Keep this key now: it is shown only this once. The clients look for it in{' '}
          <code>~/.gen3/credentials.json</code>.
        </SecretDialog>
      )}
    </section>
  );
}

function KeyTable({ keys }: { keys: { id: string; expiresAt: string }[] }) {
  const client = useQueryClient();
  const [leaving, setLeaving] = useState<string>();
  const { mutate } = useMutation({
    mutationFn: revokeApiKey,
    onSuccess: () => {
      say('The API key was revoked');
      void client.invalidateQueries(apiKeys);
    },
    onError: (error) => sayError('The API key was not revoked', messageOf(error)),
  });
  return (
    <>
      <Table label="Gen3 API keys" head={['Key', 'Expires', '']}>
        {keys.map((key) => (
          <tr key={key.id}>
            <td className="mono">{key.id}</td>
            <td>{formatDate(key.expiresAt)}</td>
            <td className="table-actions">
              <Button size="small" look="danger" aria-label={`Revoke ${key.id}`} onClick={() => setLeaving(key.id)}>
                Revoke
              </Button>
            </td>
          </tr>
        ))}
      </Table>
      {leaving && (
        <Confirm
          open
          title="Revoke this API key?"
          consequence="Programs that use it are refused from now on, and so are the access tokens made from it. This cannot be undone."
          action="Revoke"
          onClose={() => setLeaving(undefined)}
          onConfirm={() => mutate(leaving)}
        />
      )}
    </>
  );
}
