-- One row for each customer of a tenant at each payment system, as long as that is the
-- same account in the same mode. `body` is all of it as JSON, with the cards that are
-- kept. `version` works as with payments.
CREATE TABLE customer (
    id             TEXT    NOT NULL UNIQUE,
    tenant         TEXT    NOT NULL,
    payment_system TEXT    NOT NULL,
    account        TEXT    NOT NULL,
    test_mode      INTEGER NOT NULL,
    reference      TEXT    NOT NULL,
    processor_id   TEXT,
    version        INTEGER NOT NULL,
    body           TEXT    NOT NULL,
    UNIQUE (tenant, reference, payment_system, account, test_mode)
) STRICT;
CREATE INDEX customer_by_processor ON customer (processor_id) WHERE processor_id IS NOT NULL;

-- Whose a card token is, and the PaymentMethod that is attached for it.
CREATE TABLE card (
    token          TEXT NOT NULL UNIQUE,
    customer       TEXT NOT NULL REFERENCES customer (id),
    payment_method TEXT
) STRICT;
CREATE INDEX card_by_method ON card (payment_method) WHERE payment_method IS NOT NULL;

-- As it was, but an operation is about a payment or about a customer, perhaps one
-- card of theirs, and what needs nothing of Stripe has no request.
CREATE TABLE operation_of_anything (
    id              TEXT    NOT NULL UNIQUE,
    tenant          TEXT    NOT NULL,
    request_id      TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    payment         TEXT    REFERENCES payment (id),
    customer        TEXT    REFERENCES customer (id),
    card            TEXT,
    fingerprint     TEXT    NOT NULL,
    idempotency_key TEXT    NOT NULL UNIQUE,
    request         TEXT,
    started         INTEGER NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('OPEN', 'UNKNOWN', 'WAITING', 'FINISHED')),
    answer          BLOB,
    UNIQUE (tenant, request_id),
    CHECK ((payment IS NULL) <> (customer IS NULL)),
    CHECK (request IS NOT NULL OR state = 'FINISHED')
) STRICT;
INSERT INTO operation_of_anything
    (id, tenant, request_id, kind, payment, fingerprint, idempotency_key, request, started, state, answer)
    SELECT id, tenant, request_id, kind, payment, fingerprint, idempotency_key, request, started, state, answer
    FROM operation ORDER BY rowid;
DROP TABLE operation;
ALTER TABLE operation_of_anything RENAME TO operation;
CREATE INDEX operation_not_finished ON operation (started) WHERE state <> 'FINISHED';
