-- `key_spent`: what Stripe answers to the key tells nothing, and never will: a 500 that it
-- keeps, or that the key stands for another request. It is only looked for then, and not
-- asked again. From here on `tries` counts how often an operation was taken up again.
ALTER TABLE operation ADD COLUMN key_spent INTEGER NOT NULL DEFAULT 0;
