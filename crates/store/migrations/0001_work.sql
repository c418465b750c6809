-- What needs attention: one row per key of a queue.
CREATE TABLE work (
    queue TEXT NOT NULL,
    key TEXT NOT NULL,
    destination TEXT NOT NULL,
    priority BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    -- Grows with every touch; a run is done with the key only if it did not grow meanwhile.
    generation BIGINT NOT NULL,
    claimed_generation BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'held')),
    error TEXT,
    remedy TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (queue, key)
);

-- A claim reads one destination's lanes in order; the due destinations are found by skipping along.
CREATE INDEX work_waiting ON work (queue, destination, priority, due_at, created_at) WHERE state = 'waiting';

CREATE INDEX work_running ON work (queue, destination) WHERE state = 'running';

CREATE INDEX work_held ON work (queue, updated_at) WHERE state = 'held';

-- Who may work on what at the moment. Rows stay, so that a fence never starts again.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    fence BIGINT NOT NULL,
    held_until BIGINT NOT NULL
);
