-- Which measurements there are, in what versions, of which runs and features. The numbers are in the object store.

-- A list of features, kept once for all files that have the same.
create table feature_set (
  id bigint generated always as identity primary key,
  -- SHA-256 of names and cells
  digest text not null unique,
  feature_count integer not null
);

create table feature_column (
  feature_set_id bigint not null references feature_set on delete cascade,
  -- from 0; column 0 names the feature
  ordinal smallint not null,
  name text not null,
  type text not null check (type in ('string', 'numeric')),
  primary key (feature_set_id, ordinal)
);

create table feature (
  feature_set_id bigint not null references feature_set on delete cascade,
  position integer not null,
  name text not null,
  primary key (feature_set_id, position)
);
-- names are data of any length, an index entry is not
create index feature_name on feature (left(name, 200), feature_set_id);

-- Cells of the other columns.
create table feature_attribute (
  feature_set_id bigint not null,
  ordinal smallint not null,
  position integer not null,
  -- null = missing
  text text,
  -- the cell as a number where it reads as one
  number double precision,
  primary key (feature_set_id, ordinal, position),
  foreign key (feature_set_id, ordinal) references feature_column on delete cascade
);
create index feature_attribute_text on feature_attribute (feature_set_id, ordinal, left(text, 200));
create index feature_attribute_number on feature_attribute (feature_set_id, ordinal, number) where number is not null;

create sequence signal_chain_number;

create table signal (
  id bigint generated always as identity primary key,
  -- the record of the file
  group_id bigint not null unique references record on delete cascade,
  layout text not null check (layout in ('matrix', 'variants')),
  -- folder in the object store
  prefix text not null unique,
  -- versions of one file share a chain; a file without a chain is version 0
  chain text,
  version integer not null default 0,
  active boolean not null default true,
  feature_set_id bigint references feature_set,
  feature_count bigint not null,
  run_count integer not null,
  -- in order; the first is meant where a query names none
  measurements text[] not null default '{}',
  data_class text,
  -- what stood between run and measurement in the file's headers
  separator text,
  created_at timestamptz not null default now(),
  check ((chain is null) = (version = 0)),
  unique (chain, version)
);
create unique index signal_active_version on signal (chain) where active and chain is not null;
create index signal_feature_set on signal (feature_set_id) where feature_set_id is not null;

-- Where in a signal the measurements of a run are. Runs that are added later go into further blocks.
create table signal_run (
  signal_id bigint not null references signal on delete cascade,
  block integer not null default 0,
  position integer not null,
  run_id bigint not null references record on delete cascade,
  primary key (signal_id, block, position)
);
create index signal_run_run on signal_run (run_id);
