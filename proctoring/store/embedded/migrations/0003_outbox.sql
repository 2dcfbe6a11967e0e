-- What a remote store has still to be told, and how far it has been read.

-- There is a row once records are kept in a remote store, too. From then on every write is put
-- into the outbox, whichever process makes it and whether the remote store is in use or not.
CREATE TABLE remote (
  only    INTEGER PRIMARY KEY CHECK (only = 1),
  address TEXT NOT NULL
) STRICT;

-- The revision of the remote feed of a meeting that has been taken in.
CREATE TABLE remote_revision (
  meeting_id TEXT PRIMARY KEY REFERENCES meeting (id),
  latest     INTEGER NOT NULL CHECK (latest >= 0)
) STRICT;

-- A verb of proctoring.store.Store, and the id of the record that it takes. What is sent is the
-- record as it is when it is sent, so a row holds no name and no picture.
CREATE TABLE outbox (
  number        INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order of writing; never used again
  lane          TEXT NOT NULL,  -- of a participant or of a meeting: one after the other
  meeting_id    TEXT NOT NULL,
  verb          TEXT NOT NULL,
  key           TEXT NOT NULL,
  version       INTEGER NOT NULL DEFAULT 1,  -- grows when the record changes while it waits
  attempts      INTEGER NOT NULL DEFAULT 0,
  next_at       INTEGER NOT NULL DEFAULT 0,  -- not to be sent before
  failing_since INTEGER,
  refused       TEXT NOT NULL DEFAULT '',  -- why the remote store will never take it
  UNIQUE (verb, key)
) STRICT;
CREATE INDEX outbox_by_lane ON outbox (lane, number) WHERE refused = '';
