CREATE TABLE connections (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    app TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    remedy TEXT,
    account TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- A removed connection keeps its row, so that what is known of the account holds should it come back.
    removed_at BIGINT
);

CREATE UNIQUE INDEX connections_by_name ON connections (name) WHERE removed_at IS NULL;

-- One data key per connection, wrapped by the master key.
CREATE TABLE data_keys (
    connection_id TEXT NOT NULL PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    wrapped BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- What a connection keeps secret, sealed with its data key.
CREATE TABLE secrets (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, name)
);

-- Portico's own keys as hashes: what lets people and programs in.
CREATE TABLE keys (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

-- A revoked key keeps its row, and gives its name back.
CREATE UNIQUE INDEX keys_by_name ON keys (name) WHERE revoked_at IS NULL;

-- When the next call of a scope may start: shared by all processes, and kept across restarts.
CREATE TABLE budgets (
    scope TEXT NOT NULL PRIMARY KEY,
    next_at BIGINT NOT NULL,
    slowed_until BIGINT,
    stopped_until BIGINT
);
