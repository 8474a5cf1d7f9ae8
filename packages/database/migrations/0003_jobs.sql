-- Background work. A row is the job that the APIs show and the entry of the queue at once.
create table job (
  id bigint generated always as identity primary key,
  kind text not null,
  -- what the job is about, for "was this done before?": e.g. the link of an import
  key text,
  state text not null default 'queued'
    check (state in ('queued', 'running', 'stopping', 'stopped', 'completed', 'failed')),
  started_by bigint not null references subject,
  started_by_email text not null,
  input jsonb not null,
  result jsonb,
  errors jsonb not null default '[]',
  findings jsonb not null default '[]',
  -- why earlier attempts ended without an answer
  interruptions jsonb not null default '[]',
  progress jsonb not null default '{}',
  attempt integer not null default 0,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  -- who works on it: a new token per claim, so that a worker that was thought dead can change nothing
  lease_token uuid,
  lease_until timestamptz,
  check ((lease_token is null) = (lease_until is null)),
  check ((state in ('running', 'stopping')) = (lease_token is not null)),
  check ((state in ('stopped', 'completed', 'failed')) = (ended_at is not null))
);
create index job_queued on job (id) where state = 'queued';
create index job_leased on job (lease_until) where lease_token is not null;
create index job_key on job (kind, key, id) where key is not null;
create index job_started_by on job (started_by, id);
create index job_ended on job (ended_at) where ended_at is not null;
