-- Who works on an operation, and when somebody else may take it up. `owner` is the
-- relay that works on it, empty for nobody; `epoch` rises with each who takes it up, and
-- an outcome names it. `due` is the end of the lease while somebody works on it, and else
-- when recovery looks at it; NULL: not by itself. `tries` counts those that decided nothing.
-- `sent` is when it was last about to be sent to Stripe.
ALTER TABLE operation ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE operation ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN due INTEGER;
ALTER TABLE operation ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
UPDATE operation SET sent = started;
UPDATE operation SET due = started WHERE state IN ('OPEN', 'UNKNOWN');
CREATE INDEX operation_due ON operation (due) WHERE due IS NOT NULL;
