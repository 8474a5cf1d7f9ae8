-- Every data dictionary that was put into use, the newest last. The dictionaries themselves stay where they come from.
create table dictionary_version (
  id bigint generated always as identity primary key,
  -- SHA-256 of the content: equal dictionaries have equal digests, whatever form they came in
  digest text not null,
  source text not null,
  -- 'start': a process started with it; 'reload': switched to while running, for all processes to follow
  reason text not null check (reason in ('start', 'reload')),
  loaded_at timestamptz not null default now(),
  loaded_by bigint references subject,
  node_kinds integer not null,
  -- what the check of the stored data found; null = it was not checked
  findings jsonb
);
