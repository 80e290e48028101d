-- What is still to be decided is looked at now and then, and holds have an end.
ALTER TABLE payment ADD COLUMN open INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN hold_expires INTEGER;
UPDATE payment SET open = 1 WHERE status IN ('STARTED', 'ACTION_REQUIRED', 'PENDING', 'UNKNOWN');
UPDATE payment SET hold_expires = strftime('%s', json_extract(body, '$.state.Authorized.hold_expires')) * 1000000
    WHERE status = 'AUTHORIZED';
CREATE INDEX payment_open ON payment (id) WHERE open = 1;
CREATE INDEX payment_hold ON payment (hold_expires) WHERE status = 'AUTHORIZED' AND hold_expires IS NOT NULL;

-- A step of no operation has an empty name and request id. `reference` is Stripe's
-- request or event that told.
ALTER TABLE history ADD COLUMN reference TEXT;

-- What the hourly run is to do with a customer: 'REGISTER', 'DELETE', or nothing.
ALTER TABLE customer ADD COLUMN wish TEXT;
CREATE INDEX customer_wish ON customer (id) WHERE wish IS NOT NULL;

-- What has happened, for those who watch: a sequence without gaps for each tenant.
-- `body` is the message as it is sent.
CREATE TABLE event (
    tenant TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    body   BLOB    NOT NULL,
    PRIMARY KEY (tenant, seq)
) STRICT, WITHOUT ROWID;

-- Alarms that are about no payment, so that none is raised twice.
CREATE TABLE alarm (
    tenant TEXT NOT NULL,
    key    TEXT NOT NULL,
    UNIQUE (tenant, key)
) STRICT;

-- Stripe's events as they came in, each once, whichever way. `body` is forgotten once
-- it was worked on. `due` is when it is worked on next; NULL: not any more.
CREATE TABLE inbox (
    seq            INTEGER PRIMARY KEY,
    tenant         TEXT    NOT NULL,
    payment_system TEXT    NOT NULL,
    id             TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    source         TEXT    NOT NULL,
    created        INTEGER NOT NULL,
    received       INTEGER NOT NULL,
    body           TEXT,
    tries          INTEGER NOT NULL DEFAULT 0,
    due            INTEGER,
    outcome        TEXT,
    UNIQUE (tenant, payment_system, id)
) STRICT;
CREATE INDEX inbox_due ON inbox (due, seq) WHERE due IS NOT NULL;
CREATE INDEX inbox_done ON inbox (received) WHERE due IS NULL;

-- How far the polling of a payment system's events has come: everything up to
-- `anchor` is in the inbox. Without one it begins at `since`, Unix seconds.
CREATE TABLE poll (
    tenant         TEXT    NOT NULL,
    payment_system TEXT    NOT NULL,
    since          INTEGER NOT NULL,
    anchor         TEXT,
    UNIQUE (tenant, payment_system)
) STRICT;

-- When each job ran last.
CREATE TABLE job (
    name TEXT    NOT NULL UNIQUE,
    at   INTEGER NOT NULL
) STRICT;
