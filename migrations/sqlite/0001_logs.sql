-- The logs: one row each, with the newest head. What is pinned at creation (origin, key) never changes.
CREATE TABLE log (
    id         INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 16383),
    name       TEXT    NOT NULL UNIQUE,
    origin     TEXT    NOT NULL UNIQUE,
    public_key BLOB    NOT NULL UNIQUE,      -- DER SubjectPublicKeyInfo
    size       INTEGER NOT NULL CHECK (size >= 0),
    root       BLOB    NOT NULL CHECK (length(root) = 32),
    frontier   BLOB    NOT NULL CHECK (length(frontier) % 32 = 0),
    checkpoint TEXT    NOT NULL,             -- the signed note over size and root
    last_time  INTEGER NOT NULL              -- milliseconds since 1970
) STRICT;

-- The entries of all logs. The key is log_id * 2^48 + leaf_index: the rows of a log lie in leaf order, and an
-- append goes to the end of its log's stretch without a second b-tree for (log, index).
CREATE TABLE entry (
    id         INTEGER PRIMARY KEY,
    log_id     INTEGER NOT NULL GENERATED ALWAYS AS (id >> 48) VIRTUAL,
    leaf_index INTEGER NOT NULL GENERATED ALWAYS AS (id & 281474976710655) VIRTUAL,
    time       INTEGER NOT NULL,             -- milliseconds since 1970
    leaf_hash  BLOB    NOT NULL CHECK (length(leaf_hash) = 32),
    dedup_key  BLOB    NOT NULL CHECK (length(dedup_key) = 32),
    leaf       BLOB    NOT NULL,             -- the bytes that were hashed
    extra      BLOB    NOT NULL              -- kept beside the leaf, not hashed
) STRICT;

CREATE UNIQUE INDEX entry_by_leaf_hash ON entry (log_id, leaf_hash);
CREATE UNIQUE INDEX entry_by_dedup_key ON entry (log_id, dedup_key);

-- Full tiles: 256 hashes of 32 bytes, never changed.
CREATE TABLE tile (
    log_id     INTEGER NOT NULL REFERENCES log (id),
    level      INTEGER NOT NULL CHECK (level BETWEEN 0 AND 7),
    tile_index INTEGER NOT NULL CHECK (tile_index >= 0),
    hashes     BLOB    NOT NULL CHECK (length(hashes) = 8192),
    PRIMARY KEY (log_id, level, tile_index)
) STRICT;

-- Every signed note that was ever a head, one for each commit.
CREATE TABLE checkpoint (
    log_id INTEGER NOT NULL REFERENCES log (id),
    size   INTEGER NOT NULL,
    note   TEXT    NOT NULL,
    PRIMARY KEY (log_id, size)
) STRICT, WITHOUT ROWID;
