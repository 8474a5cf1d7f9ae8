-- The log of the Gen3 family: every request that wanted to change a project, whether it did or not.

create table gen3_transaction (
  id bigint generated always as identity primary key,
  role text not null check (role in ('create', 'update', 'delete', 'review', 'open', 'release', 'submit')),
  state text not null check (state in ('PENDING', 'SUCCEEDED', 'FAILED', 'ERRORED')),
  program text not null,
  -- the project's code; its scope is named `program-project`
  project text not null,
  scope_id bigint references scope on delete set null,
  author_id bigint references subject,
  -- email of the author, as the wire shows it
  submitter text not null,
  is_dry_run boolean not null default false,
  -- runs after its request was answered; a PENDING one is taken up again after a restart
  is_async boolean not null default false,
  closed boolean not null default false,
  -- a dry run: the transaction that did what this one only tried
  committed_by bigint references gen3_transaction,
  -- null when nothing was changed
  change_id bigint references change,
  created_at timestamptz not null default now()
);
create index gen3_transaction_scope on gen3_transaction (scope_id, id);
create index gen3_transaction_project on gen3_transaction (program, project, id);
create index gen3_transaction_change on gen3_transaction (change_id) where change_id is not null;
create index gen3_transaction_waiting on gen3_transaction (id) where state = 'PENDING' and is_async;

-- What was sent, as it came, and what was answered to it.
create table gen3_document (
  transaction_id bigint not null references gen3_transaction on delete cascade,
  -- place among the documents of the request, from 0
  position integer not null,
  name text,
  format text not null check (format in ('json', 'tsv', 'csv', 'xml')),
  content text not null,
  -- `json`, not `jsonb`: answers are given back as they were, never searched
  response json,
  primary key (transaction_id, position)
);

-- Nodes that a submitter wants gone once released: kept, and marked.
create table gen3_to_delete (
  record_id bigint primary key references record on delete cascade,
  change_id bigint not null references change
);
