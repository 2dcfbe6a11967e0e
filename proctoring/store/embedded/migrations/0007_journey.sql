-- How candidates come into an exam, and what people do about one candidate's exam.

-- JSON of what differs from proctoring.types.Journey(), which is how it was before.
ALTER TABLE meeting ADD COLUMN journey TEXT NOT NULL DEFAULT '{}'
  CHECK (length(CAST(journey AS BLOB)) <= 40000)
  CHECK (CASE WHEN json_valid(journey)
    THEN json_type(journey) = 'object'
      AND coalesce(json_type(journey, '$.check_in'), 'array') = 'array'
    ELSE 0 END);

-- 30000 bytes is proctoring.store.contents.LONGEST_SEALED_ACT.
CREATE TABLE act (
  arrival        INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order of saving; never used again
  id             TEXT NOT NULL UNIQUE CHECK (length(CAST(id AS BLOB)) BETWEEN 1 AND 200),
  participant_id TEXT NOT NULL REFERENCES participant (id),
  at             INTEGER NOT NULL,
  actor          TEXT NOT NULL CHECK (length(CAST(actor AS BLOB)) BETWEEN 1 AND 200),
  role           TEXT NOT NULL
    CHECK (role IN ('examiner', 'proctor', 'reviewer', 'candidate', 'server')),
  kind           TEXT NOT NULL CHECK (length(CAST(kind AS BLOB)) BETWEEN 1 AND 40),
  content        TEXT NOT NULL CHECK (length(CAST(content AS BLOB)) <= 30000)
) STRICT;
CREATE INDEX act_by_participant ON act (participant_id, at, id);
