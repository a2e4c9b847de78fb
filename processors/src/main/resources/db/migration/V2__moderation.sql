-- Hash banks, policy over more than labels, people's decisions, and a record of all of them that nobody can change.
-- Needs PostgreSQL 14 or newer, for bit_count.
alter table image
    add column account          text,
    add column pdq              json,
    add column verdict_rule     text,          -- the rule that spoke; null where none did
    add column shadows          json,          -- what rules in shadow would have done
    add column risk             double precision,        -- 0 to 1, for the order of the review queue
    add column held             timestamptz,   -- since when a person is waited for; null while none is
    -- a person's decision on this master, which stands above the rules
    add column override_verdict text,
    add column override_reason  text,
    add column override_by      text,
    add column override_at      timestamptz,
    add column override_banks   bigint,        -- the newest version of the banks there was
    add column override_master  text;
update image set held = updated, risk = 1 where state = 'review';
create index image_held on image (held, id) where held is not null;
create index image_held_by_risk on image (risk desc, held, id) where held is not null;

-- Rises with every decision and never falls, not even where the decision was rolled back: what was decided last wins in the public bucket.
create sequence decision_fence;

-- A scan by a model that only looks on decides nothing.
alter table evidence add column shadow boolean not null default false;

-- PDQ hashes of a master: the picture as it is, and as it would be turned and mirrored.
create table image_hash (
    image_id uuid not null references image,
    turn     smallint not null,
    hash     bit(256) not null,
    primary key (image_id, turn)
);

-- Known pictures. Rows are never deleted: a removal has a version like an addition, by which every process brings its index up to date.
create sequence bank_version;
create table bank_entry (
    bank    text not null,
    kind    text not null check (kind in ('sha256', 'pdq')),
    hash    text not null,
    version bigint not null,
    note    text,
    added   timestamptz not null,
    removed timestamptz,
    primary key (bank, kind, hash)
);
create index bank_entry_version on bank_entry (version) where kind = 'pdq';
create index bank_entry_bytes on bank_entry (hash) where kind = 'sha256';

insert into bank_entry (bank, kind, hash, version, note, added)
    select 'withdrawn', 'sha256', sha256, nextval('bank_version'), null, since from bank;
drop table bank;

-- Images to be decided again, as a bank or the policy changed, and those the models are to look at again. No foreign key: it would
-- lock the images, which whoever publishes holds for long.
create table redecision (
    image_id uuid primary key,
    decide   boolean not null,
    scan     boolean not null,                 -- until what the models saw comes back
    urgent   boolean not null,                 -- before those that are not
    since    timestamptz not null,
    taken    timestamptz,
    attempts int not null default 0            -- that did not come to an end
);
create index redecision_next on redecision (urgent desc, since);

-- What of a bank changed and is still to be compared with all pictures; without a hash, so much that all are to be decided again.
create table rematch (
    id   bigint generated always as identity primary key,
    bank text not null,
    kind text,
    hash text
);

create table audit (
    seq      bigint generated always as identity primary key,
    at       timestamptz not null default clock_timestamp(),
    image_id uuid,                             -- no foreign key: it outlives what it tells of
    action   text not null,
    verdict  text,
    rule     text,
    reason   text,
    actor    text,
    detail   json
);
create index audit_of_image on audit (image_id, seq);

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the table audit is append-only';
end $$;
create trigger audit_append_only before update or delete or truncate on audit
    for each statement execute function audit_is_append_only();
