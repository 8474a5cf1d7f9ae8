-- Files that the catalogue keeps as they came: originals of imports, uploads, data files of Gen3 nodes.
create table stored_object (
  id bigint generated always as identity primary key,
  key text not null unique,
  size bigint not null,
  sha256 text not null,
  md5 text,
  file_name text not null,
  source_url text,
  created_by bigint references subject,
  created_at timestamptz not null default now()
);
create index stored_object_sha256 on stored_object (sha256);

-- Which original file a group, study or file record was made from.
create table record_source (
  record_id bigint not null references record on delete cascade,
  role text not null check (role in ('data', 'metadata')),
  object_id bigint not null references stored_object,
  primary key (record_id, role)
);
create index record_source_object on record_source (object_id);
