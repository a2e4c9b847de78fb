-- Dead letters in groups by cause, that can be given up as well as replayed.
alter table dead_letter
    add column deaths         int not null default 1,   -- times it could not be processed; more than one after replays
    add column replays        int not null default 0,
    add column last_replay    timestamptz,              -- also of one that has died again since
    add column discarded_at   timestamptz,
    add column discarded_by   text,
    add column discard_reason text,
    add column status         text not null generated always as (
        case when discarded_at is not null then 'discarded' when replayed_at is not null then 'replayed' else 'open' end) stored,
    -- the first 12 hex digits of a SHA-256; decode turns text into bytes as convert_to does, which no generated column may use
    add column cause_group    text not null generated always as (substr(encode(sha256(decode(
        replace(queue || ' ' || cause || ' ' || coalesce(stack_digest, ''), '\', '\\'), 'escape')), 'hex'), 1, 12)) stored;
update dead_letter set replays = 1, last_replay = replayed_at where replayed_at is not null;

drop index dead_letter_open;
create index dead_letter_of_image on dead_letter (image_id) where status <> 'replayed';
create index dead_letter_of_group on dead_letter (cause_group, status, last_at desc);
create index dead_letter_open on dead_letter (first_at, id) where status = 'open';

-- Why a person gave the image up with its dead letter. It outlives the letter, so that the image stays failed.
alter table image add column given_up text;
