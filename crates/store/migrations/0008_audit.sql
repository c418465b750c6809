-- What was decided and done. The record is what the chain binds, byte for byte; the columns beside it are copies
-- of its members, to find it by. Records are numbered from 1 within the chain of the process that wrote them.
CREATE TABLE audit (
    id {PK},
    chain TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    outcome_of BIGINT,
    actor TEXT,
    connection TEXT,
    operation TEXT,
    verdict TEXT,
    record BYTEA NOT NULL,
    mac BYTEA NOT NULL
);

CREATE UNIQUE INDEX audit_by_place ON audit (chain, number);
CREATE INDEX audit_by_time ON audit (at, id) WHERE outcome_of IS NULL;
CREATE INDEX audit_by_actor ON audit (actor, at, id) WHERE outcome_of IS NULL;
CREATE INDEX audit_outcomes ON audit (chain, outcome_of) WHERE outcome_of IS NOT NULL;

-- How far each chain is known to have come ('head'), and up to where it was pruned ('pruned'): signed.
CREATE TABLE audit_marks (
    chain TEXT NOT NULL,
    mark TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    mac BYTEA NOT NULL,
    seal BYTEA NOT NULL,
    PRIMARY KEY (chain, mark)
);

-- Which calls were taken back, each once, or perhaps were: written before it is tried, and settled after.
CREATE TABLE audit_undone (
    chain TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    is_certain BIGINT NOT NULL,
    PRIMARY KEY (chain, number)
);
