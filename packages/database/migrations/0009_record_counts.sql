-- How many live records of a kind each scope has, kept as differences that are only ever added: counting a million
-- records row by row would cost a hundred milliseconds, and one row to update would make imports wait for each other.
create table record_count (
  scope_id bigint not null,
  model text not null,
  kind text not null,
  delta bigint not null
);
create index record_count_kind on record_count (model, kind, scope_id) include (delta);
create index record_count_scope on record_count (scope_id, model, kind) include (delta);

create function count_added_records() returns trigger language plpgsql as $$
begin
  insert into record_count
  select scope_id, model, kind, count(*) from added where deleted_change is null group by 1, 2, 3;
  return null;
end $$;

create function count_removed_records() returns trigger language plpgsql as $$
begin
  insert into record_count
  select scope_id, model, kind, -count(*) from removed where deleted_change is null group by 1, 2, 3;
  return null;
end $$;

create function count_changed_records() returns trigger language plpgsql as $$
begin
  insert into record_count
  select scope_id, model, kind, sum(n) from (
    select scope_id, model, kind, count(*) as n from added where deleted_change is null group by 1, 2, 3
    union all
    select scope_id, model, kind, -count(*) from removed where deleted_change is null group by 1, 2, 3
  ) difference group by 1, 2, 3 having sum(n) <> 0;
  return null;
end $$;

create trigger record_added after insert on record
  referencing new table as added for each statement execute function count_added_records();
create trigger record_removed after delete on record
  referencing old table as removed for each statement execute function count_removed_records();
create trigger record_changed after update on record
  referencing old table as removed new table as added for each statement execute function count_changed_records();

insert into record_count
select scope_id, model, kind, count(*) from record where deleted_change is null group by 1, 2, 3;
