-- What the examiner allows, and what a candidate is known again by until they finish.

-- JSON of what differs from proctoring.types.Policy(), which is what was made before allowed.
ALTER TABLE meeting ADD COLUMN policy TEXT NOT NULL DEFAULT '{}'
  CHECK (length(CAST(policy AS BLOB)) <= 4000)
  CHECK (CASE WHEN json_valid(policy)
    THEN json_type(policy) = 'object'
      AND coalesce(json_type(policy, '$.allowed_objects'), 'array') = 'array'
    ELSE 0 END);

-- 33000 bytes is proctoring.store.contents.LONGEST_SEALED_ENROLMENT.
CREATE TABLE enrolment (
  participant_id TEXT NOT NULL REFERENCES participant (id),
  kind           TEXT NOT NULL CHECK (length(CAST(kind AS BLOB)) BETWEEN 1 AND 40),
  content        BLOB NOT NULL CHECK (length(content) BETWEEN 1 AND 33000),
  saved_at       INTEGER NOT NULL,
  PRIMARY KEY (participant_id, kind)
) STRICT;
