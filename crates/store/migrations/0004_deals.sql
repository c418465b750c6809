-- The two connections of each flow that there ever was. What a flow has made hangs on this row, which
-- outlives the flow: one that is added again between the two gets its identifier and its deals back.
CREATE TABLE flow_pairs (
    flow_id TEXT NOT NULL PRIMARY KEY,
    site TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    crm TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    UNIQUE (site, crm)
);

CREATE INDEX flow_pairs_by_crm ON flow_pairs (crm);

CREATE TABLE flows (
    id TEXT NOT NULL PRIMARY KEY REFERENCES flow_pairs (flow_id),
    name TEXT NOT NULL UNIQUE,
    site TEXT NOT NULL REFERENCES connections (id),
    crm TEXT NOT NULL REFERENCES connections (id),
    settings TEXT NOT NULL,
    since BIGINT NOT NULL,
    paused BIGINT NOT NULL,
    warning TEXT,
    created_at BIGINT NOT NULL
);

CREATE INDEX flows_by_site ON flows (site);
CREATE INDEX flows_by_crm ON flows (crm);

-- What is known of a CRM account as a whole.
CREATE TABLE crms (
    connection_id TEXT NOT NULL PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    facts TEXT,
    facts_at BIGINT,
    contacts_read BIGINT NOT NULL,
    contacts_cursor BIGINT NOT NULL,
    contacts_since BIGINT,
    -- Where the account sends its notifications, without the secret part; NULL until it has said so.
    subscribed_to TEXT,
    subscribe_tried_at BIGINT
);

-- The contact index: enough to answer who a buyer is without a call.
CREATE TABLE contacts (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    id BIGINT NOT NULL,
    has_name BIGINT NOT NULL,
    has_email BIGINT NOT NULL,
    has_phone BIGINT NOT NULL,
    has_address BIGINT NOT NULL,
    has_customer_id BIGINT NOT NULL,
    tags TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- A deleted contact keeps its row, so that a late notification does not bring it back.
    removed BIGINT NOT NULL,
    PRIMARY KEY (connection_id, id)
);

CREATE TABLE contact_keys (
    connection_id TEXT NOT NULL,
    key TEXT NOT NULL,
    contact_id BIGINT NOT NULL,
    PRIMARY KEY (connection_id, key, contact_id),
    FOREIGN KEY (connection_id, contact_id) REFERENCES contacts (connection_id, id) ON DELETE CASCADE
);

CREATE INDEX contact_keys_by_contact ON contact_keys (connection_id, contact_id);

-- One row per order of a flow: the intent before the deal is made, then the deal as last applied.
CREATE TABLE deals (
    flow_id TEXT NOT NULL REFERENCES flow_pairs (flow_id) ON DELETE CASCADE,
    order_id TEXT NOT NULL,
    lead_id BIGINT,
    contact_id BIGINT,
    applied TEXT,
    skipped TEXT,
    intent_at BIGINT,
    looks BIGINT NOT NULL,
    looked_at BIGINT,
    unknowns BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (flow_id, order_id)
);

-- Counted whenever somebody looks at a flow.
CREATE INDEX deals_made ON deals (flow_id, lead_id) WHERE lead_id IS NOT NULL;

CREATE INDEX deals_uncertain ON deals (flow_id, order_id) WHERE intent_at IS NOT NULL AND lead_id IS NULL;

-- Notes to make on a deal; the text is dropped once the note is there.
CREATE TABLE deal_notes (
    flow_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    key TEXT NOT NULL,
    text TEXT,
    planned_at BIGINT NOT NULL,
    intent_at BIGINT,
    looks BIGINT NOT NULL DEFAULT 0,
    looked_at BIGINT,
    note_id BIGINT,
    PRIMARY KEY (flow_id, order_id, key),
    FOREIGN KEY (flow_id, order_id) REFERENCES deals (flow_id, order_id) ON DELETE CASCADE
);
