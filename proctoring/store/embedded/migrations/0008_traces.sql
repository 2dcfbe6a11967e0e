-- What was observed of each candidate, about a minute in each row: see proctoring.traces.

-- 1000100 bytes is proctoring.store.contents.LONGEST_SEALED_TRACE.
CREATE TABLE trace (
  id             TEXT PRIMARY KEY CHECK (length(CAST(id AS BLOB)) BETWEEN 1 AND 200),
  participant_id TEXT NOT NULL REFERENCES participant (id),
  started_at     INTEGER NOT NULL,
  ended_at       INTEGER NOT NULL CHECK (ended_at >= started_at),
  content        BLOB NOT NULL CHECK (length(content) BETWEEN 1 AND 1000100)
) STRICT;
CREATE INDEX trace_by_participant ON trace (participant_id, started_at, id);
