-- What candidates share: stills of their screen and of the room around them, each sealed by the
-- server with the candidate's key, like the pictures, and gone when those go.

create table public.still (
  id             text collate "C" primary key check (octet_length(id) between 1 and 800),
  participant_id text collate "C" not null references public.participant (id),
  at             timestamptz not null,
  source         text not null check (source in ('screen', 'room')),
  width          integer not null check (width between 1 and 4096),
  height         integer not null check (height between 1 and 4096),
  size           integer not null,
  sha256         text collate "C" not null check (octet_length(sha256) = 64),
  data           bytea not null check (octet_length(data) between 1 and 400100),
  constraint still_size check (size = octet_length(data))
);
create index still_by_participant on public.still (participant_id, at, id);
alter table public.still alter column data set storage external;  -- ciphertext grows no smaller

-- As save_trace: an erasure comes wholly before or wholly after it.
create function public.save_still(p_still jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  given public.still := jsonb_populate_record(null::public.still, p_still);
  known public.still;
begin
  perform from public.participant where id = given.participant_id for share;
  perform openproctor.check_not_erased(given.participant_id);
  given.size := octet_length(given.data);
  insert into public.still select given.* on conflict (id) do nothing;
  if not found then
    select * into strict known from public.still where id = given.id;
    if known is distinct from given then
      perform openproctor.reject(format('The id %s belongs to another still.', given.id));
    end if;
  end if;
end $$;

create function public.still(p_still_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  found_one public.still;
begin
  select * into found_one from public.still where id = p_still_id;
  if not found then
    perform openproctor.unknown('still', p_still_id);
  end if;
  return to_jsonb(found_one);
end $$;

-- Without their bytes.
create function public.stills(p_participant_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_participant(p_participant_id);
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', s.id, 'participant_id', s.participant_id, 'at', s.at, 'source', s.source,
      'width', s.width, 'height', s.height, 'size', s.size, 'sha256', s.sha256
    ) order by s.at, s.id), '[]')
    from public.still s where s.participant_id = p_participant_id
  );
end $$;

-- Ids of the participants of whom there are any.
create function public.with_stills(p_meeting_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_meeting(p_meeting_id);
  return (
    select coalesce(jsonb_agg(p.id order by p.id), '[]') from public.participant p
    where p.meeting_id = p_meeting_id
      and exists (select from public.still s where s.participant_id = p.id)
  );
end $$;

-- As before, and what was shared goes, too.
create or replace function public.erase_evidence(p_participant_id text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  erased integer;
begin
  perform openproctor.lock_to_erase(p_participant_id);
  delete from public.trace where participant_id = p_participant_id;
  delete from public.still where participant_id = p_participant_id;
  update public.evidence e set is_erased = true
  from public.occurrence o
  where o.id = e.occurrence_id and o.participant_id = p_participant_id and not e.is_erased;
  get diagnostics erased = row_count;
  return jsonb_build_object('count', erased, 'objects', (
    select coalesce(jsonb_agg(distinct jsonb_build_object(
      'folder', openproctor.folder(o), 'sha256', e.sha256, 'media_type', e.media_type)), '[]')
    from public.evidence e join public.occurrence o on o.id = e.occurrence_id
    where o.participant_id = p_participant_id
  ));
end $$;

-- What proctoring.store.supabase.client asks for at its start. The newest migration replaces it.
create or replace function public.schema_version() returns text
language sql immutable set search_path = '' as $$ select '20261121001600' $$;

alter table public.still enable row level security;
revoke all on public.still from public, anon, authenticated, service_role;
grant select, insert, delete on public.still to service_role;

revoke execute on function
  public.save_still(jsonb), public.still(text), public.stills(text), public.with_stills(text)
  from public, anon, authenticated;
grant execute on function
  public.save_still(jsonb), public.still(text), public.stills(text), public.with_stills(text)
  to service_role;
