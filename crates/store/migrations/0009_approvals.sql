-- Calls of agents that wait for a person, and what became of them. The request and the answer are sealed
-- among the connection's secrets.
CREATE TABLE approvals (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id TEXT NOT NULL REFERENCES agents (id),
    connection_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    because TEXT NOT NULL,
    -- What the call changes, as JSON.
    changes TEXT NOT NULL,
    -- Tells the same request of the same agent again.
    fingerprint TEXT NOT NULL,
    step TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by TEXT,
    outcome TEXT
);

CREATE INDEX approvals_by_fingerprint ON approvals (fingerprint, expires_at);
CREATE INDEX approvals_by_time ON approvals (asked_at);
