-- What candidates share: stills of their screen and of the room around them.

-- 400100 bytes is proctoring.store.contents.LONGEST_SEALED_STILL.
CREATE TABLE still (
  id             TEXT PRIMARY KEY CHECK (length(CAST(id AS BLOB)) BETWEEN 1 AND 200),
  participant_id TEXT NOT NULL REFERENCES participant (id),
  at             INTEGER NOT NULL,
  source         TEXT NOT NULL CHECK (source IN ('screen', 'room')),
  width          INTEGER NOT NULL CHECK (width BETWEEN 1 AND 4096),
  height         INTEGER NOT NULL CHECK (height BETWEEN 1 AND 4096),
  size           INTEGER NOT NULL,
  sha256         TEXT NOT NULL CHECK (length(sha256) = 64),
  data           BLOB NOT NULL CHECK (length(data) BETWEEN 1 AND 400100),  -- last: seldom read
  CHECK (size = length(data))
) STRICT;
CREATE INDEX still_by_participant ON still (participant_id, at, id);
