-- Runs of the reconciler, asked for by a person or by the clock, worked off by lifecycle and resumed where one that died had come to.
create table reconciliation (
    id       uuid primary key,
    asked    timestamptz not null default clock_timestamp(),
    actor    text,                             -- null where the clock asked
    mend     boolean not null,
    age      bigint not null,                  -- milliseconds; what is younger is left alone
    worker   uuid,                             -- who has it, by a name of this one turn
    taken    timestamptz,                      -- when that one was last heard of
    reached  uuid,                             -- the last image that was looked at
    looked   bigint not null default 0,
    findings json not null default '[]',
    ended    timestamptz
);
create index reconciliation_newest on reconciliation (asked desc);
