import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { messageOf } from '../../api/client.ts';
import { apiKeys, createApiKey, revokeApiKey } from '../../api/portal.ts';
import { Button } from '../../ui/button.tsx';
import { formatDate } from '../../ui/dates.ts';
import { Icon } from '../../ui/icons.tsx';
import { sayError } from '../../ui/toast.tsx';
import { type Credential, CredentialList } from './credential-list.tsx';
import { SecretDialog } from './secret-dialog.tsx';

const listed = { ...apiKeys, select: ({ keys }: { keys: { id: string; expiresAt: string }[] }) => keys.map(describe) };

function describe({ id, expiresAt }: { id: string; expiresAt: string }): Credential {
  const cells = (
    <>
      <td className="mono">{id}</td>
      <td>{formatDate(expiresAt)}</td>
    </>
  );
  return { id, name: id, phrase: 'the API key', cells };
}

/** The person's API keys for the Gen3 clients. A key is shown once, as the file that those clients read. */
export function ApiKeys() {
  const client = useQueryClient();
  const list = useQuery(listed);
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
  return (
    <>
      <CredentialList
        id="api-keys"
        title="Gen3 API keys"
        purpose={
          <>
            For the Gen3 clients, which read them from a file <code>credentials.json</code>.
          </>
        }
        list={list}
        columns={['Key', 'Expires']}
        create={
          <Button look="primary" disabled={isPending} onClick={() => mutate()}>
            <Icon name="plus" /> New API key
          </Button>
        }
        empty={{
          title: 'No API keys yet',
          text: 'The Gen3 SDK and its command-line client sign in with a key of yours. A key lives for 30 days.',
        }}
        revoke={(id) => revokeApiKey(String(id))}
        consequence="Programs that use it are refused from now on, and so are the access tokens made from it."
      />
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
    </>
  );
}
