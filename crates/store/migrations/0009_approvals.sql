-- Calls of agents that wait for a person, and what became of them. The request and the answer are sealed
-- among the connection's secrets.
CREATE TABLE approvals (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id TEXT NOT NULL REFERENCES agents (id),
    connection_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    because TEXT NOT NULL,
    -- What the call is about beside that, as JSON.
    about TEXT NOT NULL,
    -- What the call changes, as JSON.
    changes TEXT NOT NULL,
    -- Tells the same request of the same agent again.
    fingerprint TEXT NOT NULL,
    step TEXT NOT NULL,
    -- How many calls of its agent waited already when it was asked for.
    ahead BIGINT NOT NULL,
    -- How long the sealed request is; 0 when it is kept no longer.
    request_bytes BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by TEXT,
    outcome TEXT
);

CREATE INDEX approvals_by_fingerprint ON approvals (fingerprint, expires_at);
CREATE INDEX approvals_by_agent ON approvals (agent_id, step);
CREATE INDEX approvals_by_step ON approvals (step, ahead, asked_at);
CREATE INDEX approvals_by_time ON approvals (asked_at);
