-- A checksum over the row, so that what a disk gives back and nobody wrote is not taken
-- for true. What was written before has none until it is written again.
ALTER TABLE payment ADD COLUMN checksum BLOB;
ALTER TABLE operation ADD COLUMN checksum BLOB;
ALTER TABLE history ADD COLUMN checksum BLOB;
ALTER TABLE processor_object ADD COLUMN checksum BLOB;
ALTER TABLE customer ADD COLUMN checksum BLOB;
ALTER TABLE card ADD COLUMN checksum BLOB;
ALTER TABLE event ADD COLUMN checksum BLOB;
ALTER TABLE inbox ADD COLUMN checksum BLOB;
ALTER TABLE poll ADD COLUMN checksum BLOB;
