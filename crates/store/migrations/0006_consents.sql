-- What the owner of an account is asked to consent to: one page per connection at a time.
CREATE TABLE consents (
    connection_id TEXT NOT NULL PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    -- The connection that the page was made for. An account that was known before has its old one back.
    asked_for TEXT NOT NULL,
    -- The page's address is a secret, of which only the hash is here.
    session_hash BYTEA NOT NULL UNIQUE,
    -- Areas and levels: 'orders=read,products=read'.
    access TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- The way to the vendor and back that was begun last: good once, and for the browser that began it.
    state_hash BYTEA UNIQUE,
    browser_hash BYTEA,
    redirect_uri TEXT,
    state_expires_at BIGINT,
    state_used_at BIGINT,
    -- Why the last way did not lead to a connection.
    problem TEXT,
    connected_at BIGINT
);

CREATE INDEX consents_by_asked_for ON consents (asked_for);
