-- The logs: one row each, with the newest head. What is pinned at creation (origin, key) never changes. Whoever adds to
-- a log holds the lock on its row. Every commit rewrites the row, so its page keeps room for the next versions.
CREATE TABLE log (
    id         integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name       text    NOT NULL UNIQUE,
    origin     text    NOT NULL UNIQUE,
    public_key bytea   NOT NULL UNIQUE,      -- DER SubjectPublicKeyInfo
    size       bigint  NOT NULL CHECK (size >= 0),
    root       bytea   NOT NULL CHECK (length(root) = 32),
    frontier   bytea   NOT NULL CHECK (length(frontier) % 32 = 0),
    checkpoint text    NOT NULL,             -- the signed note over size and root
    last_time  bigint  NOT NULL              -- milliseconds since 1970
) WITH (fillfactor = 10);

-- The entries of all logs. A leaf of up to 8 KiB stays in its row as it is: compressing it would cost more than it saves.
CREATE TABLE entry (
    log_id     integer NOT NULL REFERENCES log (id),
    leaf_index bigint  NOT NULL CHECK (leaf_index >= 0),
    time       bigint  NOT NULL,             -- milliseconds since 1970
    leaf_hash  bytea   NOT NULL CHECK (length(leaf_hash) = 32),
    dedup_key  bytea   NOT NULL CHECK (length(dedup_key) = 32),
    leaf       bytea   NOT NULL,             -- the bytes that were hashed
    extra      bytea   NOT NULL,             -- kept beside the leaf, not hashed
    PRIMARY KEY (log_id, leaf_index)
) WITH (toast_tuple_target = 8160);

CREATE UNIQUE INDEX entry_by_leaf_hash ON entry (log_id, leaf_hash);
CREATE UNIQUE INDEX entry_by_dedup_key ON entry (log_id, dedup_key);

-- Full tiles: 256 hashes of 32 bytes, never changed. Hashes do not compress.
CREATE TABLE tile (
    log_id     integer  NOT NULL REFERENCES log (id),
    level      smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
    tile_index bigint   NOT NULL CHECK (tile_index >= 0),
    hashes     bytea    NOT NULL CHECK (length(hashes) = 8192),
    PRIMARY KEY (log_id, level, tile_index)
);

ALTER TABLE tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- Every signed note that was ever a head, one for each commit.
CREATE TABLE checkpoint (
    log_id integer NOT NULL REFERENCES log (id),
    size   bigint  NOT NULL,
    note   text    NOT NULL,
    PRIMARY KEY (log_id, size)
);
