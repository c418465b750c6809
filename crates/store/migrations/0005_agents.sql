-- Callers with keys of their own. A revoked one keeps its row, and gives its name back.
CREATE TABLE agents (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

CREATE UNIQUE INDEX agents_by_name ON agents (name) WHERE revoked_at IS NULL;

-- Which of the keys are whose.
CREATE TABLE agent_keys (
    key_id TEXT NOT NULL PRIMARY KEY REFERENCES keys (id),
    agent_id TEXT NOT NULL REFERENCES agents (id)
);

CREATE INDEX agent_keys_by_agent ON agent_keys (agent_id);

-- What an agent may do in an area of a connection; '' stands for every connection without a row of its own.
CREATE TABLE agent_grants (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    connection_id TEXT NOT NULL,
    area TEXT NOT NULL,
    level TEXT NOT NULL,
    PRIMARY KEY (agent_id, connection_id, area)
);
