import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useEffect, useRef } from 'react';
import { messageOf } from '../../api/client.ts';
import { type Person, signIn, signInByLink, whoAmI } from '../../api/portal.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Logo } from '../../ui/icons.tsx';

/** What to do when somebody has signed in: forget what the person before saw, and go where this one wanted to. */
function useArrival(): (person: Person) => void {
  const client = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ strict: false });
  return (person) => {
    client.clear();
    client.setQueryData(whoAmI.queryKey, person);
    const back = search.back;
    // an address of ours only: `//elsewhere` would be another site
    const href = back && /^\/(?![/\\])/.test(back) ? back : '/';
    void navigate({ to: href, replace: true });
  };
}

export function SignIn() {
  const arrive = useArrival();
  const { mutate, error, isPending } = useMutation({
    mutationFn: (form: FormData) => signIn(String(form.get('email')), String(form.get('password'))),
    onSuccess: arrive,
  });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    mutate(new FormData(event.currentTarget));
  };
  return (
    <Gate title="Sign in">
      <form className="gate-form" onSubmit={onSubmit}>
        <Field label="Email" name="email" type="email" autoComplete="username" required />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        {error && (
          <p className="notice" role="alert">
            {messageOf(error)}
          </p>
        )}
        <Button type="submit" look="primary" size="large" disabled={isPending}>
          {isPending ? 'Signing in…' : 'Sign in'}
        </Button>
      </form>
      <p className="muted">Forgot your password? An administrator can give you a sign-in link that works once.</p>
    </Gate>
  );
}

/** The page of a one-time link. It sends the secret by itself, once; a scanner that only reads the page does not. */
export function SignInByLink() {
  const { secret } = useParams({ from: '/sign-in/$secret' });
  const arrive = useArrival();
  const { mutate, error } = useMutation({ mutationFn: signInByLink, onSuccess: arrive });
  const sent = useRef(false);
  useEffect(() => {
    if (sent.current) return;
    sent.current = true;
    mutate(secret);
  }, [mutate, secret]);
  return (
    <Gate title={error ? 'This link does not work' : 'Signing you in…'}>
      {error && (
        <>
          <p className="notice" role="alert">
            {messageOf(error)}
          </p>
          <p className="muted">
            A sign-in link works once and for a limited time. Ask an administrator for a new one, or{' '}
            <Link to="/sign-in">sign in with your password</Link>.
          </p>
        </>
      )}
    </Gate>
  );
}

function Gate({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="gate">
      <div className="gate-card card">
        <div className="brand">
          <Logo /> Linnaea
        </div>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
