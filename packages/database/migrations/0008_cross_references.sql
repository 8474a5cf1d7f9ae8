-- Maps between two sets of ids, such as genes and their transcripts.

create table cross_reference_set (
  accession text primary key,
  kind text not null,
  metadata jsonb not null default '{}',
  pair_count integer not null default 0,
  -- the file as it came
  object_id bigint references stored_object,
  created_by bigint not null references subject,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index cross_reference_set_object on cross_reference_set (object_id) where object_id is not null;

-- A source has many targets: a gene its transcripts.
create table cross_reference (
  set_accession text collate "C" not null references cross_reference_set on delete cascade,
  source_id text collate "C" not null,
  target_id text collate "C" not null,
  primary key (set_accession, source_id, target_id)
);
create index cross_reference_source on cross_reference (source_id, set_accession);
create index cross_reference_target on cross_reference (target_id, set_accession);

-- Which measurement files a set explains the ids of.
create table cross_reference_link (
  set_accession text not null references cross_reference_set on delete cascade,
  group_id bigint not null references record on delete cascade,
  created_by bigint references subject,
  created_at timestamptz not null default now(),
  primary key (set_accession, group_id)
);
create index cross_reference_link_group on cross_reference_link (group_id);

-- Every stored file that something needs. What is not in here may be swept away.
create view object_reference as
  select object_id from record_source
  union all select object_id from index_record where object_id is not null
  union all select object_id from cross_reference_set where object_id is not null;
