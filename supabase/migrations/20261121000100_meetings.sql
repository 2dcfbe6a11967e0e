-- Meetings, who may do what in them, and who takes part.
--
-- Tables and columns bear the names of the fields in proctoring.types, as in the SQLite store,
-- and a function bears the name of the verb in proctoring.store.Store that it is for.
-- The server alone comes here, by its secret key (the role service_role): row level security is
-- on and no policy lets anyone else in. What the app will never take is refused by SQLSTATE
-- 22023 or by a constraint, and what is not there by PT404, which PostgREST answers by HTTP 404;
-- the sentence is for people.

create schema if not exists extensions;
create schema openproctor;  -- what the functions share; the API does not serve it
grant usage on schema openproctor to service_role;

create function openproctor.reject(p_sentence text) returns void
language plpgsql set search_path = '' as $$
begin
  raise exception using errcode = 'invalid_parameter_value', message = p_sentence;
end $$;

create function openproctor.unknown(p_what text, p_id text) returns void
language plpgsql set search_path = '' as $$
begin
  raise exception using
    errcode = 'PT404', message = format('There is no %s ''%s''.', p_what, p_id);
end $$;

-- Ids compare by code point, as in Python, so that both fold and sort alike.

create table public.meeting (
  id           text collate "C" primary key check (id <> ''),
  title        text not null,
  opens_at     timestamptz not null,
  closes_at    timestamptz not null check (closes_at > opens_at),
  length_s     integer not null check (length_s > 0),
  signals      text[] not null,
  instructions text not null,
  preset       text not null,
  created_at   timestamptz not null
);

create table public.participant (
  id              text collate "C" primary key check (id <> ''),
  meeting_id      text collate "C" not null references public.meeting (id),
  name            text not null check (octet_length(name) <= 2000),
  joined_at       timestamptz not null,
  consent_at      timestamptz,
  consent_version text not null,
  started_at      timestamptz,
  finished_at     timestamptz,
  finish_reason   text not null,
  erased_at       timestamptz,
  check ((name = '') = (erased_at is not null)),
  unique (meeting_id, id)
);

create table public.capability (
  id             text collate "C" primary key check (id <> ''),
  meeting_id     text collate "C" not null references public.meeting (id),
  role           text not null check (role in ('examiner', 'proctor', 'reviewer', 'candidate')),
  token_hash     text not null unique check (token_hash <> ''),
  created_at     timestamptz not null,
  participant_id text collate "C",
  expires_at     timestamptz,
  revoked_at     timestamptz,
  check ((role = 'candidate') = (participant_id is not null)),
  foreign key (meeting_id, participant_id) references public.participant (meeting_id, id)
);
create index capability_by_meeting on public.capability (meeting_id, created_at);
create index capability_by_participant on public.capability (meeting_id, participant_id);

-- Counts every change of an incident in a meeting. Whoever changes one holds this row until the
-- commit, so revisions are committed in their order and a feed never overlooks a lower one.
create table public.revision (
  meeting_id text collate "C" primary key references public.meeting (id),
  latest     bigint not null
);

create function openproctor.know_meeting(p_meeting_id text) returns void
language plpgsql stable set search_path = '' as $$
begin
  if not exists (select from public.meeting where id = p_meeting_id) then
    perform openproctor.unknown('meeting', p_meeting_id);
  end if;
end $$;

create function openproctor.know_participant(p_participant_id text) returns public.participant
language plpgsql stable set search_path = '' as $$
declare
  known public.participant;
begin
  select * into known from public.participant where id = p_participant_id;
  if not found then
    perform openproctor.unknown('participant', p_participant_id);
  end if;
  return known;
end $$;

create function openproctor.know_member(p_meeting_id text, p_participant_id text) returns void
language plpgsql stable set search_path = '' as $$
begin
  if (openproctor.know_participant(p_participant_id)).meeting_id <> p_meeting_id then
    perform openproctor.unknown(format('meeting ''%s'' with participant', p_meeting_id), p_participant_id);
  end if;
end $$;

-- Until the commit, nobody else changes the incidents or the log of this meeting.
create function openproctor.lock_meeting(p_meeting_id text) returns void
language plpgsql set search_path = '' as $$
begin
  perform from public.revision where meeting_id = p_meeting_id for update;
  if not found then
    perform openproctor.unknown('meeting', p_meeting_id);
  end if;
end $$;

create function openproctor.add_capabilities(p_capabilities jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  given public.capability;
  known public.capability;
begin
  for given in select * from jsonb_populate_recordset(null::public.capability, p_capabilities) loop
    insert into public.capability select given.* on conflict (id) do nothing;
    select * into strict known from public.capability where id = given.id;
    known.revoked_at := given.revoked_at;
    if known is distinct from given then
      perform openproctor.reject(format('There is another capability ''%s'' already.', given.id));
    end if;
  end loop;
end $$;

create function public.add_meeting(p_meeting jsonb, p_capabilities jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  given public.meeting := jsonb_populate_record(null::public.meeting, p_meeting);
  known public.meeting;
begin
  insert into public.meeting select given.* on conflict (id) do nothing;
  insert into public.revision values (given.id, 0) on conflict (meeting_id) do nothing;
  select * into strict known from public.meeting where id = given.id;
  if known is distinct from given then
    perform openproctor.reject(format('There is another meeting ''%s'' already.', given.id));
  end if;
  perform openproctor.add_capabilities(p_capabilities);
end $$;

create function public.meetings() returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(m) order by m.created_at, m.id), '[]') from public.meeting m
$$;

create function public.add_capability(p_capability jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  perform openproctor.know_meeting(p_capability ->> 'meeting_id');
  perform openproctor.add_capabilities(jsonb_build_array(p_capability));
end $$;

create function public.capabilities(p_meeting_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_meeting(p_meeting_id);
  return (
    select coalesce(jsonb_agg(to_jsonb(c) order by c.created_at, c.id), '[]')
    from public.capability c where c.meeting_id = p_meeting_id
  );
end $$;

-- The first time counts.
create function public.revoke(p_capability_id text, p_at timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
  update public.capability set revoked_at = coalesce(revoked_at, p_at) where id = p_capability_id;
  if not found then
    perform openproctor.unknown('capability', p_capability_id);
  end if;
end $$;

create function public.add_participant(p_participant jsonb, p_capabilities jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  given public.participant := jsonb_populate_record(null::public.participant, p_participant);
  known public.participant;
begin
  perform openproctor.know_meeting(given.meeting_id);
  insert into public.participant select given.* on conflict (id) do nothing;
  select * into strict known from public.participant where id = given.id;
  if (known.meeting_id, known.joined_at) <> (given.meeting_id, given.joined_at)
    or (known.name <> given.name and known.erased_at is null)
  then
    perform openproctor.reject(format('There is another participant ''%s'' already.', given.id));
  end if;
  perform openproctor.add_capabilities(p_capabilities);
end $$;

create function public.participants(p_meeting_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_meeting(p_meeting_id);
  return (
    select coalesce(jsonb_agg(to_jsonb(p) order by p.joined_at, p.id), '[]')
    from public.participant p where p.meeting_id = p_meeting_id
  );
end $$;

-- The first start counts: coming back does not set the clock again.
create function public.start(p_participant_id text, p_at timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
  update public.participant set started_at = coalesce(started_at, p_at)
  where id = p_participant_id;
  if not found then
    perform openproctor.unknown('participant', p_participant_id);
  end if;
end $$;

-- The first finish counts, with its reason.
create function public.finish(p_participant_id text, p_at timestamptz, p_reason text)
returns void language plpgsql set search_path = '' as $$
begin
  perform openproctor.know_participant(p_participant_id);
  update public.participant set finished_at = p_at, finish_reason = p_reason
  where id = p_participant_id and finished_at is null;
end $$;

-- Explicit, because projects differ in what they grant of themselves.
alter table public.meeting enable row level security;
alter table public.participant enable row level security;
alter table public.capability enable row level security;
alter table public.revision enable row level security;
revoke all on public.meeting, public.participant, public.capability, public.revision
  from public, anon, authenticated, service_role;
grant select, insert on public.meeting to service_role;
grant select, insert, update on public.participant, public.capability, public.revision
  to service_role;

revoke execute on all functions in schema openproctor from public, anon, authenticated;
grant execute on all functions in schema openproctor to service_role;
revoke execute on function
  public.add_meeting(jsonb, jsonb), public.meetings(), public.add_capability(jsonb),
  public.capabilities(text), public.revoke(text, timestamptz),
  public.add_participant(jsonb, jsonb), public.participants(text),
  public.start(text, timestamptz), public.finish(text, timestamptz, text)
  from public, anon, authenticated;
grant execute on function
  public.add_meeting(jsonb, jsonb), public.meetings(), public.add_capability(jsonb),
  public.capabilities(text), public.revoke(text, timestamptz),
  public.add_participant(jsonb, jsonb), public.participants(text),
  public.start(text, timestamptz), public.finish(text, timestamptz, text)
  to service_role;
