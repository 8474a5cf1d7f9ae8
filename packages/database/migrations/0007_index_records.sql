-- Where the files of the Gen3 family are: index records (what indexd and DRS answer) and free documents about anything.

create table index_record (
  -- order of creation: the versions of one file are told apart by it
  id bigint generated always as identity primary key,
  -- may have a prefix and a slash; pages follow the order of its bytes
  did text collate "C" not null unique,
  -- the same for all versions of one file
  baseid text not null,
  -- changes with every write, so that nobody overwrites what they have not seen
  rev text not null,
  form text not null check (form in ('object', 'container', 'multipart')),
  size bigint check (size >= 0),
  file_name text,
  version text,
  -- who uploaded a file that no project has taken yet
  uploader text,
  description text,
  hashes jsonb not null default '{}',
  urls text[] not null default '{}',
  acl text[] not null default '{}',
  -- resource paths (`/programs/P/projects/Q`): who may change the record and fetch the file
  authz text[] not null default '{}',
  metadata jsonb not null default '{}',
  urls_metadata jsonb not null default '{}',
  content_created_date timestamptz,
  content_updated_date timestamptz,
  -- the file, where this catalogue keeps it
  object_id bigint references stored_object,
  created_by bigint references subject,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index index_record_baseid on index_record (baseid, id);
create index index_record_hashes on index_record using gin (hashes jsonb_path_ops);
create index index_record_metadata on index_record using gin (metadata jsonb_path_ops);
create index index_record_authz on index_record using gin (authz);
create index index_record_urls on index_record using gin (urls);
create index index_record_uploader on index_record (uploader, id) where uploader is not null;
create index index_record_object on index_record (object_id) where object_id is not null;

create table metadata_document (
  guid text collate "C" primary key,
  data jsonb not null,
  created_by bigint references subject,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index metadata_document_data on metadata_document using gin (data jsonb_path_ops);

create table metadata_alias (
  alias text collate "C" primary key,
  guid text not null references metadata_document on delete cascade
);
create index metadata_alias_guid on metadata_alias (guid, alias);

-- Paths that a client asked an index for. Every path is indexed already; the names are kept to be answered.
create table metadata_index_path (path text primary key);

-- Signs links to files. 244 random bits, made once.
create table link_secret (
  only_one boolean primary key default true check (only_one),
  secret bytea not null
);
insert into link_secret (secret) values (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
