-- Scans in a row that found no master: making it, or looking for it, again is not gone on with for ever.
alter table image add column misses int not null default 0;
