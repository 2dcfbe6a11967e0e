-- How candidates come into an exam, and what people do about one candidate's exam: sealed by the
-- server with each candidate's key, like the answers.

-- What differs from proctoring.types.Journey(), which is how it was before: one list of texts, and
-- texts and what is true or false.
alter table public.meeting add column journey jsonb not null default '{}'
  constraint meeting_journey_length check (octet_length(journey::text) <= 40000)
  constraint meeting_journey_object check (jsonb_typeof(journey) = 'object')
  constraint meeting_journey_check_in
    check (jsonb_typeof(coalesce(journey -> 'check_in', '[]')) = 'array')
  constraint meeting_journey_steps
    check (not jsonb_path_exists(journey, '$.check_in[*] ? (@.type() != "string")'))
  constraint meeting_journey_values
    check (jsonb_typeof(journey) <> 'object' or not jsonb_path_exists(
      journey - 'check_in', '$.* ? (@.type() != "boolean" && @.type() != "string")'));

create table public.act (
  -- Grows in the order of saving. The meeting is locked when one is given out, so those of a
  -- meeting are committed in their order, and a feed never overlooks a lower one.
  arrival        bigint generated always as identity unique,
  id             text collate "C" primary key check (octet_length(id) between 1 and 800),
  participant_id text collate "C" not null references public.participant (id),
  at             timestamptz not null,
  actor          text collate "C" not null check (octet_length(actor) between 1 and 800),
  role           text not null
    check (role in ('examiner', 'proctor', 'reviewer', 'candidate', 'server')),
  kind           text collate "C" not null check (octet_length(kind) between 1 and 160),
  content        text not null check (octet_length(content) <= 30000)
);
create index act_by_participant on public.act (participant_id, at, id);

create function public.save_act(p_act jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  given public.act := jsonb_populate_record(null::public.act, p_act);
  known public.act;
begin
  perform openproctor.lock_meeting(
    (openproctor.know_participant(given.participant_id)).meeting_id);
  perform openproctor.check_not_erased(given.participant_id);
  select * into known from public.act where id = given.id;
  if found then
    known.arrival := null;
    given.arrival := null;
    if known is distinct from given then
      perform openproctor.reject(format('The id %s belongs to another act.', given.id));
    end if;
    return;
  end if;
  insert into public.act (id, participant_id, at, actor, role, kind, content) values (
    given.id, given.participant_id, given.at, given.actor, given.role, given.kind, given.content);
end $$;

create function public.acts(p_participant_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_participant(p_participant_id);
  return (
    select coalesce(jsonb_agg(to_jsonb(a) order by a.at, a.id), '[]')
    from public.act a where a.participant_id = p_participant_id
  );
end $$;

-- What came after a revision, which is the arrival of the newest. After an erasure, or when a backup
-- took the place of the database, the newest may be older than what was asked for: begin anew.
create function public.act_feed(p_meeting_id text, p_after bigint) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  upto bigint;
  since bigint := p_after;
begin
  perform openproctor.know_meeting(p_meeting_id);
  select coalesce(max(a.arrival), 0) into strict upto
  from public.participant p join public.act a on a.participant_id = p.id
  where p.meeting_id = p_meeting_id;
  if since > upto then
    since := 0;
  end if;
  return jsonb_build_object('revision', upto, 'acts', (
    select coalesce(jsonb_agg(to_jsonb(a) order by a.arrival), '[]')
    from public.participant p join public.act a on a.participant_id = p.id
    where p.meeting_id = p_meeting_id and a.arrival > since
  ));
end $$;

-- Key, name, answers, acts and what they were known again by go, and the token ends. The first time
-- counts.
create or replace function public.erase(p_participant_id text, p_at timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform openproctor.lock_to_erase(p_participant_id);
  update public.participant set name = '', erased_at = p_at
  where id = p_participant_id and erased_at is null;
  delete from public.answer where participant_id = p_participant_id;
  delete from public.act where participant_id = p_participant_id;
  delete from public.enrolment where participant_id = p_participant_id;
  insert into public.participant_key values (p_participant_id, '')
  on conflict (participant_id) do update set wrapped = '';
  update public.capability set revoked_at = coalesce(revoked_at, p_at)
  where participant_id = p_participant_id;
  return public.erase_evidence(p_participant_id);
end $$;

-- What proctoring.store.supabase.client asks for at its start. The newest migration replaces it.
create or replace function public.schema_version() returns text
language sql immutable set search_path = '' as $$ select '20261121001400' $$;

alter table public.act enable row level security;
revoke all on public.act from public, anon, authenticated, service_role;
grant select, insert, delete on public.act to service_role;

revoke execute on function
  public.save_act(jsonb), public.acts(text), public.act_feed(text, bigint)
  from public, anon, authenticated;
grant execute on function
  public.save_act(jsonb), public.acts(text), public.act_feed(text, bigint)
  to service_role;
