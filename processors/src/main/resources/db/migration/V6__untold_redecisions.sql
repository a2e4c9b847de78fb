-- The first state not published in which a row was taken: an attempt that died after its publication has told nobody of it, and the next one reads it as published.
alter table redecision add column before text;
