-- One row a payment. `body` is all of it as JSON; the columns beside it are what
-- is searched and added up. `version` rises with each change, and each change
-- names the version that it moves from. Amounts are ISO 4217 minor units.
CREATE TABLE payment (
    id        TEXT    NOT NULL UNIQUE,
    tenant    TEXT    NOT NULL,
    reference TEXT,
    status    TEXT    NOT NULL,
    currency  TEXT    NOT NULL,
    amount    INTEGER NOT NULL,
    captured  INTEGER NOT NULL,
    refunded  INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    body      TEXT    NOT NULL
) STRICT;
CREATE INDEX payment_by_reference ON payment (tenant, reference, id) WHERE reference IS NOT NULL;
CREATE INDEX payment_by_tenant ON payment (tenant, id);
CREATE INDEX payment_by_status ON payment (tenant, status, id);

-- One row a request id, for good: what was asked, under which key Stripe was
-- asked with which bytes, and what was answered.
CREATE TABLE operation (
    id              TEXT    NOT NULL UNIQUE,
    tenant          TEXT    NOT NULL,
    request_id      TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    payment         TEXT    NOT NULL REFERENCES payment (id),
    fingerprint     TEXT    NOT NULL,
    idempotency_key TEXT    NOT NULL UNIQUE,
    request         TEXT    NOT NULL,
    started         INTEGER NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('OPEN', 'UNKNOWN', 'WAITING', 'FINISHED')),
    answer          BLOB,
    UNIQUE (tenant, request_id)
) STRICT;
CREATE INDEX operation_not_finished ON operation (started) WHERE state <> 'FINISHED';

-- What happened to each payment, in the order in which it was written down.
CREATE TABLE history (
    seq         INTEGER PRIMARY KEY,
    payment     TEXT    NOT NULL REFERENCES payment (id),
    at          INTEGER NOT NULL,
    from_status TEXT,
    to_status   TEXT    NOT NULL,
    operation   TEXT    NOT NULL,
    request_id  TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    note        TEXT    NOT NULL
) STRICT;
CREATE INDEX history_by_payment ON history (payment, seq);

-- Which payment an object of Stripe's belongs to.
CREATE TABLE processor_object (
    id      TEXT NOT NULL UNIQUE,
    payment TEXT NOT NULL REFERENCES payment (id)
) STRICT;

-- Nonces of the link whose signatures could still be fresh.
CREATE TABLE nonce (
    key_id     TEXT    NOT NULL,
    nonce      TEXT    NOT NULL,
    good_until INTEGER NOT NULL,
    UNIQUE (key_id, nonce)
) STRICT;
CREATE INDEX nonce_by_age ON nonce (good_until);

-- Written every second: a journal that cannot be written is known before a payment
-- needs it.
CREATE TABLE heartbeat (
    id INTEGER NOT NULL UNIQUE CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;
