-- Who may do what: users, groups, and the credentials they show. Grants themselves are in the kernel (scope_grant).

-- Users are never deleted, only deactivated: changes keep naming their authors.
create table user_account (
  id bigint primary key references subject,
  -- as given; unique whatever its case
  email text not null,
  name text not null,
  -- argon2id in PHC form; null = cannot sign in with a password
  password_hash text,
  active boolean not null default true,
  permissions text[] not null default '{}',
  -- the identity provider's name for the user (SCIM)
  external_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index user_account_email on user_account (lower(email));

create sequence group_number start 100;

create table user_group (
  id bigint primary key references subject on delete cascade,
  accession text not null unique default 'GSG' || lpad(nextval('group_number')::text, 6, '0'),
  name text not null,
  special text unique check (special in ('everyone', 'curators')),
  external_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index user_group_name on user_group (name);

create table group_member (
  group_id bigint not null references user_group on delete cascade,
  user_id bigint not null references user_account,
  role text not null check (role in ('admin', 'member')),
  added_at timestamptz not null default now(),
  primary key (group_id, user_id)
);
create index group_member_user on group_member (user_id);

with everyone as (insert into subject (kind) values ('group') returning id)
insert into user_group (id, accession, name, special) select id, 'GSG000001', 'All users', 'everyone' from everyone;
with curators as (insert into subject (kind) values ('group') returning id)
insert into user_group (id, accession, name, special) select id, 'GSG000002', 'Curator', 'curators' from curators;

create table api_token (
  id bigint generated always as identity primary key,
  user_id bigint not null references user_account,
  name text not null,
  -- the part of the token that may be shown: finds the row, proves nothing
  token_id text not null unique,
  hash bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz
);
create index api_token_user on api_token (user_id);

create table browser_session (
  hash bytea primary key,
  user_id bigint not null references user_account,
  -- the token that the session was started by, and with which it ends
  api_token_id bigint references api_token on delete cascade,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  -- slides with use, up to `ends_at`
  expires_at timestamptz not null,
  ends_at timestamptz not null
);
create index browser_session_user on browser_session (user_id);
create index browser_session_token on browser_session (api_token_id) where api_token_id is not null;

create table sign_in_link (
  hash bytea primary key,
  user_id bigint not null references user_account,
  created_by bigint references user_account,
  expires_at timestamptz not null,
  used_at timestamptz
);

-- Failed sign-ins in the current window, per email and address; an empty email counts all of an address.
create table sign_in_failure (
  email text not null,
  address text not null,
  failures integer not null,
  window_ends timestamptz not null,
  primary key (email, address)
);

create table signing_key (
  kid text primary key,
  algorithm text not null,
  public_jwk jsonb not null,
  private_jwk jsonb not null,
  created_at timestamptz not null default now()
);

-- Gen3 API keys. The key itself is a signed token that only its holder has; its jti is public (clients list and revoke by it).
create table gen3_api_key (
  jti uuid primary key,
  user_id bigint not null references user_account,
  hash bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  last_used_at timestamptz
);
create index gen3_api_key_user on gen3_api_key (user_id);

-- Access is asked by owner, and by the program that a project is in.
create index scope_owner on scope (owner_id) where owner_id is not null;
create index scope_parent on scope (parent_id) where parent_id is not null;
