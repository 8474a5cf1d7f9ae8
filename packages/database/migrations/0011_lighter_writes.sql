-- What every new record pays for, without what it can do without.

-- References were checked row by row, at the price of writing each row twice. Now it is asked once a statement whether
-- what new rows name is there. Changes and scopes are never deleted (held below), users only deactivated, and the change
-- of a row is made in the transaction that names it; the links of a record that is erased go with it, as they did.
alter table record drop constraint record_created_change_fkey, drop constraint record_created_by_fkey,
  drop constraint record_scope_id_fkey;
alter table link drop constraint link_child_id_fkey, drop constraint link_parent_id_fkey,
  drop constraint link_change_id_fkey;
alter table change_item drop constraint change_item_change_id_fkey;

create function check_record_scopes() returns trigger language plpgsql as $$
begin
  if exists (
    select from (select distinct scope_id from added) used
    where not exists (select from scope where scope.id = used.scope_id)
  ) then
    raise foreign_key_violation using message = 'a record is in a scope that does not exist', constraint = 'record_scope';
  end if;
  return null;
end $$;
create trigger record_scope_added after insert on record
  referencing new table as added for each statement execute function check_record_scopes();
create trigger record_scope_changed after update on record
  referencing new table as added for each statement execute function check_record_scopes();

-- the settings: else a plan that suits few rows, or many, would be kept for all
create function check_link_ends() returns trigger language plpgsql
  set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
begin
  if exists (
    select from added
    left join record child on child.id = added.child_id
    left join record parent on parent.id = added.parent_id
    where child.id is null or parent.id is null
  ) then
    raise foreign_key_violation using message = 'a link names a record that does not exist', constraint = 'link_ends';
  end if;
  return null;
end $$;
create trigger link_added after insert on link
  referencing new table as added for each statement execute function check_link_ends();
create trigger link_changed after update on link
  referencing new table as added for each statement execute function check_link_ends();

create function remove_links() returns trigger language plpgsql as $$
begin
  delete from link using removed where link.child_id = removed.id;
  delete from link using removed where link.parent_id = removed.id;
  return null;
end $$;
create trigger record_links_removed after delete on record
  referencing old table as removed for each statement execute function remove_links();

create function refuse_deletion() returns trigger language plpgsql as $$
begin
  raise foreign_key_violation using message = format('rows of %I are kept: others name them', tg_table_name);
end $$;
create trigger change_kept before delete on change for each statement execute function refuse_deletion();
create trigger scope_kept before delete on scope for each statement execute function refuse_deletion();

-- A creation is told by the record itself (`created_change`), not by an item of the change too.
delete from change_item where action = 'create';
alter table change_item drop constraint change_item_action_check,
  add constraint change_item_action_check check (action in ('update', 'delete', 'restore', 'link', 'unlink', 'publish'));
create index record_created_change on record (created_change);
create index record_deleted_change on record (deleted_change) where deleted_change is not null;

-- One project's nodes of a kind in their order, however many others there are.
drop index record_scope;
create index record_scope on record (scope_id, kind, id);

-- Nodes without a name, such as those of some index files: exports ask for them first.
create index record_unnamed on record (scope_id, kind, created_at, id)
  where natural_key is null and model = 'gen3' and deleted_change is null;

-- What full text finds a record by: its accession as one word, and its values.
create function search_words(accession text, attributes jsonb) returns tsvector language sql immutable parallel safe as $$
  select array_to_tsvector(array[lower(accession)]) || case
    -- a tsvector holds 1 MB; short words of several bytes each take up to three times their text
    when octet_length(attributes::text) < 200000 then jsonb_to_tsvector('simple', attributes, '["string", "numeric"]')
    else to_tsvector('simple', left(attributes::text, 60000)) end
$$;
alter table record drop column search;
alter table record add column search tsvector generated always as (search_words(accession, attributes)) stored;
create index record_search on record using gin (search) with (fastupdate = on, gin_pending_list_limit = 65536);
create index record_published_search on record using gin (search_words(accession, published)) where published is not null;
