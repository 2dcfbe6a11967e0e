-- What an examiner keeps beside an exam: who is invited (sealed by the server), the versions of its
-- policy, and where it is listed. Of each id the highest revision counts.

create table public.office_record (
  arrival    bigint generated always as identity unique,  -- of the first saving
  id         text collate "C" primary key check (octet_length(id) between 1 and 800),
  meeting_id text collate "C" not null references public.meeting (id),
  kind       text collate "C" not null check (octet_length(kind) between 1 and 160),
  revision   integer not null check (revision >= 1),
  token_hash text collate "C" not null check (octet_length(token_hash) <= 800),
  content    text not null check (octet_length(content) <= 40000),  -- empty once erased
  saved_at   timestamptz not null,
  actor      text collate "C" not null check (octet_length(actor) between 1 and 800)
);
create index office_record_by_meeting on public.office_record (meeting_id, kind);
create index office_record_by_token on public.office_record (token_hash) where token_hash <> '';

-- The meeting is locked, so that of two versions one is second.
create function public.save_office(p_records jsonb, p_before_anyone boolean) returns void
language plpgsql set search_path = '' as $$
declare
  item jsonb;
  given public.office_record;
  known public.office_record;
begin
  for item in select r from jsonb_array_elements(p_records) r loop
    given := jsonb_populate_record(null::public.office_record, item);
    perform openproctor.lock_meeting(given.meeting_id);
    if p_before_anyone and exists (
      select from public.participant p where p.meeting_id = given.meeting_id
        and (p.started_at is not null or p.erased_at is null)
    ) then
      perform openproctor.reject('Somebody has begun this exam, or has agreed to what it measures:'
        || ' it stays as it is for all.');
    end if;
    select * into known from public.office_record where id = given.id;
    if not found then
      insert into public.office_record
        (id, meeting_id, kind, revision, token_hash, content, saved_at, actor)
      values (given.id, given.meeting_id, given.kind, given.revision, given.token_hash,
        given.content, given.saved_at, given.actor);
      continue;
    end if;
    if (known.meeting_id, known.kind) is distinct from (given.meeting_id, given.kind) then
      perform openproctor.reject(format('The id %s belongs to another record.', given.id));
    end if;
    if known.content = '' then
      perform openproctor.reject(format('The record %s was erased.', given.id));
    end if;
    given.arrival := known.arrival;
    if known.revision = given.revision and known is distinct from given then
      perform openproctor.reject('This was changed by somebody else meanwhile. Look at it anew.');
    end if;
    if known.revision < given.revision then
      update public.office_record set revision = given.revision, token_hash = given.token_hash,
        content = given.content, saved_at = given.saved_at, actor = given.actor
      where id = given.id;
    end if;
  end loop;
end $$;

create function public.office(p_meeting_id text, p_kinds jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_meeting(p_meeting_id);
  return (
    select coalesce(jsonb_agg(to_jsonb(r) order by k.number, r.arrival), '[]')
    from jsonb_array_elements_text(p_kinds) with ordinality k (kind, number)
    join public.office_record r on r.kind = k.kind
    where r.meeting_id = p_meeting_id and r.content <> ''
  );
end $$;

create function public.office_by_token(p_token_hash text) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(r) order by r.arrival), '[]') from public.office_record r
  where r.token_hash = p_token_hash and r.token_hash <> '' and r.content <> ''
$$;

create function public.invited(p_meeting_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_meeting(p_meeting_id);
  return (
    select coalesce(jsonb_agg(r.id order by r.arrival), '[]') from public.office_record r
    where r.meeting_id = p_meeting_id and r.kind = 'invitation'
      and r.token_hash <> '' and r.content <> ''
  );
end $$;

create function public.erase_office(p_record_id text) returns void
language plpgsql set search_path = '' as $$
declare
  of_meeting text;
  because text;
begin
  select meeting_id into of_meeting from public.office_record where id = p_record_id;
  if not found then
    perform openproctor.unknown('record', p_record_id);
  end if;
  perform openproctor.lock_meeting(of_meeting);
  select reason into because from public.legal_hold where meeting_id = of_meeting;
  if found then
    perform openproctor.reject(
      format('The meeting is on legal hold (%s): nothing of it can be erased.', because));
  end if;
  update public.office_record set content = '', token_hash = '' where id = p_record_id;
end $$;

-- As before, and the invitation goes, too.
create or replace function public.erase(p_participant_id text, p_at timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform openproctor.lock_to_erase(p_participant_id);
  update public.participant set name = '', erased_at = p_at
  where id = p_participant_id and erased_at is null;
  delete from public.answer where participant_id = p_participant_id;
  delete from public.act where participant_id = p_participant_id;
  delete from public.enrolment where participant_id = p_participant_id;
  update public.office_record set content = '', token_hash = '' where id = p_participant_id;
  insert into public.participant_key values (p_participant_id, '')
  on conflict (participant_id) do update set wrapped = '';
  update public.capability set revoked_at = coalesce(revoked_at, p_at)
  where participant_id = p_participant_id;
  return public.erase_evidence(p_participant_id);
end $$;

-- Thresholds are one more list of texts in a policy.
alter table public.meeting drop constraint meeting_policy_check6;
alter table public.meeting
  add constraint meeting_policy_thresholds
    check (jsonb_typeof(coalesce(policy -> 'thresholds', '[]')) = 'array'),
  add constraint meeting_policy_threshold_texts
    check (not jsonb_path_exists(policy, '$.thresholds[*] ? (@.type() != "string")')),
  add constraint meeting_policy_values check (jsonb_typeof(policy) <> 'object'
    or not jsonb_path_exists(policy - 'allowed_objects' - 'phrases' - 'thresholds',
      '$.* ? (@.type() != "boolean")'));

-- What proctoring.store.supabase.client asks for at its start. The newest migration replaces it.
create or replace function public.schema_version() returns text
language sql immutable set search_path = '' as $$ select '20261121001700' $$;

alter table public.office_record enable row level security;
revoke all on public.office_record from public, anon, authenticated, service_role;
grant select, insert, update on public.office_record to service_role;

revoke execute on function
  public.save_office(jsonb, boolean), public.office(text, jsonb), public.office_by_token(text),
  public.invited(text), public.erase_office(text)
  from public, anon, authenticated;
grant execute on function
  public.save_office(jsonb, boolean), public.office(text, jsonb), public.office_by_token(text),
  public.invited(text), public.erase_office(text)
  to service_role;
