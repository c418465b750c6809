-- Rules beside an agent's levels: one for each subject and connection; '' stands for every connection
-- without one of its own. What a rule says is JSON.
CREATE TABLE agent_rules (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    connection_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    says TEXT NOT NULL,
    PRIMARY KEY (agent_id, connection_id, subject)
);

-- What an agent has used up at a connection in a minute or on a day: 'm' or 'd' and when it began.
CREATE TABLE agent_usage (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    connection_id TEXT NOT NULL,
    began TEXT NOT NULL,
    calls BIGINT NOT NULL,
    stock BIGINT NOT NULL,
    PRIMARY KEY (agent_id, connection_id, began)
);

CREATE INDEX agent_usage_by_age ON agent_usage (began);

-- While there is a row, no agent may call, whatever its rights: the one row says since when.
CREATE TABLE agents_stopped (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    since BIGINT NOT NULL
);
