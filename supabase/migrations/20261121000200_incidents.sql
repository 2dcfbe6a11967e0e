-- Occurrences and the incidents they make up, the warnings shown for them, and the feed.
--
-- What is stored is always proctoring.folding.fold of all occurrences stored, in whatever order
-- they came. Ten minutes is proctoring.folding.FOLD; a test holds the two together.

create extension if not exists btree_gist with schema extensions;

-- The ten minutes that begin with an occurrence, whose id it bears.
create table public.incident (
  id             text collate "C" primary key,
  meeting_id     text collate "C" not null,
  participant_id text collate "C" not null,
  kind           text collate "C" not null check (kind <> ''),
  opened_at      timestamptz not null,
  revision       bigint not null,
  unique (id, participant_id, kind),
  foreign key (meeting_id, participant_id) references public.participant (meeting_id, id),
  -- As timestamps of UTC, because adding to a timestamptz is not immutable.
  constraint incidents_of_a_kind_are_ten_minutes_apart exclude using gist (
    participant_id with =,
    kind with =,
    tsrange(opened_at at time zone 'UTC', opened_at at time zone 'UTC' + interval '10 minutes')
      with &&
  )
);
create index incident_by_meeting on public.incident (meeting_id, revision);
create index incident_by_participant on public.incident (participant_id, revision);

create table public.occurrence (
  arrival        bigint generated always as identity,  -- grows in the order of saving
  id             text collate "C" primary key check (id <> ''),
  incident_id    text collate "C" not null,
  meeting_id     text collate "C" not null,
  participant_id text collate "C" not null,
  kind           text collate "C" not null,
  title          text not null,
  summary        text not null,
  advice         text not null,
  category       text not null check (category in ('conduct', 'technical')),
  severity       smallint not null check (severity between 0 and 2),
  weight         double precision not null check (weight between 0 and 1),
  value          double precision not null
                 check (value > '-infinity' and value < 'infinity'),  -- NaN is the greatest
  opened_at      timestamptz not null,
  last_seen_at   timestamptz not null check (last_seen_at >= opened_at),
  closed_at      timestamptz check (closed_at >= opened_at),
  foreign key (meeting_id, participant_id) references public.participant (meeting_id, id),
  foreign key (incident_id, participant_id, kind)
    references public.incident (id, participant_id, kind) deferrable initially deferred
);
create index occurrence_by_kind on public.occurrence (participant_id, kind, opened_at);
create index occurrence_open on public.occurrence (participant_id, opened_at)
  where closed_at is null;
create index occurrence_by_incident on public.occurrence (incident_id, opened_at, id);

alter table public.incident add foreign key (id) references public.occurrence (id)
  deferrable initially deferred;

create table public.notice (
  occurrence_id text collate "C" primary key references public.occurrence (id),
  shown_at      timestamptz not null
);

create function openproctor.incident_stays() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform openproctor.reject('an incident cannot be moved');
  return null;
end $$;
create trigger incidents_stay_where_they_are
  before update of id, meeting_id, participant_id, kind, opened_at on public.incident
  for each row execute function openproctor.incident_stays();

create function openproctor.occurrence_fits() returns trigger
language plpgsql set search_path = '' as $$
begin
  if not exists (
    select from public.incident i where i.id = new.incident_id
      and new.opened_at >= i.opened_at and new.opened_at < i.opened_at + interval '10 minutes'
  ) then
    perform openproctor.reject('an occurrence outside the ten minutes of its incident');
  end if;
  return new;
end $$;
create trigger occurrences_open_in_the_ten_minutes
  before insert or update of incident_id, opened_at on public.occurrence
  for each row execute function openproctor.occurrence_fits();

create function openproctor.know_occurrence(p_occurrence_id text) returns public.occurrence
language plpgsql stable set search_path = '' as $$
declare
  known public.occurrence;
begin
  select * into known from public.occurrence where id = p_occurrence_id;
  if not found then
    perform openproctor.unknown('occurrence', p_occurrence_id);
  end if;
  return known;
end $$;

-- Lets the next feed show them. The meeting must be locked.
create function openproctor.mark_changed(p_meeting_id text, p_incident_ids text[]) returns void
language sql set search_path = '' as $$
  update public.revision set latest = latest + 1 where meeting_id = p_meeting_id;
  update public.incident i set revision = r.latest
  from public.revision r
  where r.meeting_id = p_meeting_id and i.id = any (p_incident_ids);
$$;

-- Folds a new occurrence in with its neighbours; the id of its incident. One that opened before
-- others of its kind may begin an incident that takes in the first of a later one. What follows
-- is folded anew up to the first incident that begins where it began.
create function openproctor.fold_in(given public.occurrence) returns text
language plpgsql set search_path = '' as $$
declare
  member record;
  first_id text;
  first_at timestamptz;
  ids text[] := array[]::text[];
  opened timestamptz[] := array[]::timestamptz[];
  were text[] := array[]::text[];  -- the incident of each until now; null for the new one
  are text[] := array[]::text[];
begin
  for member in
    select known.id, known.opened_at, known.incident_id from (
      select o.id, o.opened_at, o.incident_id from public.occurrence o
      where o.participant_id = given.participant_id and o.kind = given.kind
        and o.opened_at >= coalesce((
          select max(i.opened_at) from public.incident i
          where i.participant_id = given.participant_id and i.kind = given.kind
            and i.opened_at <= given.opened_at
        ), given.opened_at)
      union all select given.id collate "C", given.opened_at, null
    ) known order by known.opened_at, known.id collate "C"
  loop
    if first_at is null or member.opened_at >= first_at + interval '10 minutes' then
      exit when member.opened_at > given.opened_at and member.incident_id = member.id;
      first_id := member.id;
      first_at := member.opened_at;
    end if;
    ids := ids || member.id;
    opened := opened || member.opened_at;
    were := were || member.incident_id;
    are := are || first_id;
  end loop;

  delete from public.incident i where i.id = any (were) and i.id <> all (are);
  insert into public.incident (id, meeting_id, participant_id, kind, opened_at, revision)
  select new.id, given.meeting_id, given.participant_id, given.kind, new.opened_at, 0
  from unnest(ids, are, opened) as new (id, incident_id, opened_at)
  where new.id = new.incident_id
  on conflict (id) do nothing;

  given.incident_id := are[array_position(ids, given.id)];
  insert into public.occurrence (
    id, incident_id, meeting_id, participant_id, kind, title, summary, advice, category,
    severity, weight, value, opened_at, last_seen_at, closed_at
  ) values (
    given.id, given.incident_id, given.meeting_id, given.participant_id, given.kind,
    given.title, given.summary, given.advice, given.category, given.severity, given.weight,
    given.value, given.opened_at, given.last_seen_at, given.closed_at
  );
  update public.occurrence o set incident_id = moved.incident_id
  from unnest(ids, were, are) as moved (id, was, incident_id)
  where o.id = moved.id and moved.was <> moved.incident_id;

  perform openproctor.mark_changed(given.meeting_id, (
    select array_agg(changed.was) || array_agg(changed.incident_id)
    from unnest(were, are) as changed (was, incident_id)
    where changed.was is distinct from changed.incident_id
  ));
  return given.incident_id;
end $$;

create function public.save_occurrence(p_occurrence jsonb) returns text
language plpgsql set search_path = '' as $$
declare
  given public.occurrence := jsonb_populate_record(null::public.occurrence, p_occurrence);
  known public.occurrence;
begin
  perform openproctor.know_member(given.meeting_id, given.participant_id);
  perform openproctor.lock_meeting(given.meeting_id);
  select * into known from public.occurrence where id = given.id;
  if not found then
    return openproctor.fold_in(given);
  end if;
  if (known.meeting_id, known.participant_id, known.kind, known.opened_at)
    <> (given.meeting_id, given.participant_id, given.kind, given.opened_at)
  then
    perform openproctor.reject(format('The id %s belongs to another occurrence.', given.id));
  end if;
  given.arrival := known.arrival;
  given.incident_id := known.incident_id;
  -- It grows as it goes on, and closing comes last: an older state never wins.
  if given is distinct from known
    and (given.last_seen_at, coalesce(given.closed_at, '-infinity'))
      >= (known.last_seen_at, coalesce(known.closed_at, '-infinity'))
  then
    update public.occurrence set
      title = given.title, summary = given.summary, advice = given.advice,
      category = given.category, severity = given.severity, weight = given.weight,
      value = given.value, last_seen_at = given.last_seen_at, closed_at = given.closed_at
    where id = given.id;
    perform openproctor.mark_changed(given.meeting_id, array[known.incident_id]);
  end if;
  return known.incident_id;
end $$;

-- The first showing counts, whatever comes first.
create function public.save_notice(p_notice jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  given public.notice := jsonb_populate_record(null::public.notice, p_notice);
  owner public.occurrence := openproctor.know_occurrence(given.occurrence_id);
begin
  perform openproctor.lock_meeting(owner.meeting_id);
  insert into public.notice as known select given.*
  on conflict (occurrence_id) do update set shown_at = excluded.shown_at
    where known.shown_at > excluded.shown_at;
  if found then
    owner := openproctor.know_occurrence(given.occurrence_id);  -- it may have moved meanwhile
    perform openproctor.mark_changed(owner.meeting_id, array[owner.incident_id]);
  end if;
end $$;

-- A stable function reads everything as of one moment: the incidents are those of the revision.
create function public.feed(p_meeting_id text, p_after bigint, p_participant_id text)
returns jsonb language plpgsql stable set search_path = '' as $$
declare
  upto bigint;
  since bigint := p_after;
begin
  perform openproctor.know_meeting(p_meeting_id);
  if p_participant_id is not null then
    perform openproctor.know_member(p_meeting_id, p_participant_id);
  end if;
  select latest into strict upto from public.revision where meeting_id = p_meeting_id;
  if since > upto then  -- the database was replaced by a backup: begin anew
    since := 0;
  end if;
  return jsonb_build_object('revision', upto, 'incidents', (
    select coalesce(jsonb_agg(whole.members order by whole.arrival), '[]') from (
      select first.arrival, jsonb_agg(to_jsonb(o) order by o.opened_at, o.id) as members
      from public.incident i
      join public.occurrence first on first.id = i.id
      join public.occurrence o on o.incident_id = i.id
      where i.meeting_id = p_meeting_id and i.revision > since
        and (p_participant_id is null or i.participant_id = p_participant_id)
      group by first.arrival
    ) whole
  ));
end $$;

-- Any of its occurrences names it.
create function public.incident(p_occurrence_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  named public.occurrence := openproctor.know_occurrence(p_occurrence_id);
begin
  return (
    select jsonb_agg(to_jsonb(o) order by o.opened_at, o.id)
    from public.occurrence o where o.incident_id = named.incident_id
  );
end $$;

create function public.open_occurrences(p_participant_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_participant(p_participant_id);
  return (
    select coalesce(jsonb_agg(to_jsonb(o) order by o.opened_at, o.id), '[]')
    from public.occurrence o
    where o.participant_id = p_participant_id and o.closed_at is null
  );
end $$;

create function public.notices(p_occurrence_ids text[]) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(n) order by n.shown_at, n.occurrence_id), '[]')
  from public.notice n where n.occurrence_id = any (p_occurrence_ids)
$$;

alter table public.incident enable row level security;
alter table public.occurrence enable row level security;
alter table public.notice enable row level security;
revoke all on public.incident, public.occurrence, public.notice
  from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.incident to service_role;
grant select, insert, update on public.occurrence, public.notice to service_role;

revoke execute on all functions in schema openproctor from public, anon, authenticated;
grant execute on all functions in schema openproctor to service_role;
revoke execute on function
  public.save_occurrence(jsonb), public.save_notice(jsonb), public.feed(text, bigint, text),
  public.incident(text), public.open_occurrences(text), public.notices(text[])
  from public, anon, authenticated;
grant execute on function
  public.save_occurrence(jsonb), public.save_notice(jsonb), public.feed(text, bigint, text),
  public.incident(text), public.open_occurrences(text), public.notices(text[])
  to service_role;
