-- What is known of a site as a whole.
CREATE TABLE sites (
    connection_id TEXT NOT NULL PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    history TEXT NOT NULL,
    history_cursor TEXT,
    history_orders BIGINT NOT NULL,
    swept_until BIGINT,
    store_pages TEXT,
    store_pages_at BIGINT,
    subscription_id TEXT,
    subscription_checked_at BIGINT
);

CREATE TABLE notifications (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    topic TEXT NOT NULL,
    order_id TEXT,
    received_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (connection_id, id)
);

CREATE INDEX notifications_by_order ON notifications (connection_id, order_id);
CREATE INDEX notifications_by_age ON notifications (connection_id, received_at);

-- Orders as the shop last told them.
CREATE TABLE orders (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    number TEXT NOT NULL,
    buyer_key TEXT,
    makes_returning BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, id)
);

CREATE INDEX orders_by_buyer ON orders (connection_id, buyer_key, created_at, id);
CREATE INDEX orders_by_number ON orders (number);
CREATE INDEX orders_by_age ON orders (connection_id, created_at);

-- Product facts that sort buyers; a product that the shop no longer knows has no facts.
CREATE TABLE products (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    facts TEXT,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, id)
);

-- What happened to an order, in plain words without personal data.
CREATE TABLE events (
    id {PK},
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    order_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    text TEXT NOT NULL
);

CREATE INDEX events_by_order ON events (connection_id, order_id, id);
