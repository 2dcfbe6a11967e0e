-- For which seconds each signal was measured.

create table public.coverage_span (
  id             text collate "C" primary key check (id <> ''),
  participant_id text collate "C" not null references public.participant (id),
  signal         text collate "C" not null check (signal <> ''),
  state          text not null check (state in ('measured', 'degraded', 'not_measured')),
  reason         text not null,
  started_at     timestamptz not null,
  ended_at       timestamptz not null check (ended_at >= started_at)
);
create index coverage_span_by_participant on public.coverage_span (participant_id, started_at);

-- All of them or none. A span grows: the state that ends last is kept.
create function public.save_coverage(p_spans jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  perform openproctor.know_participant(given.participant_id)
  from (
    select distinct participant_id
    from jsonb_populate_recordset(null::public.coverage_span, p_spans)
  ) given;
  insert into public.coverage_span as known
  select distinct on (given.id) given.*
  from jsonb_array_elements(p_spans) with ordinality as span (value, place),
    jsonb_populate_record(null::public.coverage_span, span.value) as given
  order by given.id, given.ended_at desc, span.place desc
  on conflict (id) do update set
    state = excluded.state, reason = excluded.reason, ended_at = excluded.ended_at
    where known.ended_at <= excluded.ended_at;
end $$;

create function public.coverage(p_participant_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_participant(p_participant_id);
  return (
    select coalesce(jsonb_agg(to_jsonb(c) order by c.started_at, c.signal, c.id), '[]')
    from public.coverage_span c where c.participant_id = p_participant_id
  );
end $$;

alter table public.coverage_span enable row level security;
revoke all on public.coverage_span from public, anon, authenticated, service_role;
grant select, insert, update on public.coverage_span to service_role;

revoke execute on function public.save_coverage(jsonb), public.coverage(text)
  from public, anon, authenticated;
grant execute on function public.save_coverage(jsonb), public.coverage(text) to service_role;
