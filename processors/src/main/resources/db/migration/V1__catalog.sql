-- What is known of each image. Facts are kept apart, as the events brought them; the state is computed from them by
-- io.safelight.model.State and written beside them only so that a listing can use an index.
create table image (
    id              uuid primary key,
    state           text not null,
    created         timestamptz not null,
    updated         timestamptz not null,   -- when the state last changed, or when a stuck image was last nudged
    nudges          int not null default 0, -- since the state last changed; each makes the next one wait longer
    trace           text,

    -- accepted; there is a sha256 once it was
    sha256          text,
    name            text,
    source          text,
    format          text,
    bytes           bigint,
    declared_width  int,
    declared_height int,
    slow            boolean,

    -- rendered; there is a master_sha256 once it was
    master_sha256   text,
    width           int,
    height          int,
    blurhash        text,
    dominant_color  text,
    exif            json,                   -- json and not jsonb: jsonb refuses the NULs that cameras write
    engine          text,

    -- rejected; there is a reason once it was
    reject_reason   text,

    -- decided, and what came of it
    verdict         text,
    verdict_reason  text,
    published       timestamptz,
    withdrawn       timestamptz,
    withdraw_reason text,
    erased          timestamptz             -- when the objects of a withdrawn image were last deleted; null while some may be left
);
create index image_newest on image (created desc, id desc);
create index image_newest_in_state on image (state, created desc, id desc);
create index image_stuck on image (updated) where state in ('accepted', 'rendered', 'scanned', 'withdrawn');

create table variant (
    image_id uuid not null references image,
    ordinal  int not null,                  -- keeps the order in which they were configured
    name     text not null,
    format   text not null,
    width    int not null,
    height   int not null,
    bytes    bigint not null,
    sha256   text not null,
    key      text not null,
    primary key (image_id, name, format)
);

-- What models saw. One row for each model and each master it looked at, so that a scan of another master decides nothing.
create table evidence (
    image_id      uuid not null references image,
    model         text not null,
    master_sha256 text not null,
    labels        json not null,
    seen          timestamptz not null,
    primary key (image_id, model, master_sha256)
);

-- The work done on an image, for its timeline. The key makes a redelivered event harmless.
create table step (
    image_id uuid not null references image,
    name     text not null,
    began    timestamptz not null,
    ended    timestamptz not null,
    primary key (image_id, name, began)
);

-- Bytes that were withdrawn, in any upload to come. An image refers to it by nothing: it outlives them.
create table bank (
    sha256 text primary key,
    since  timestamptz not null
);

-- Messages nobody could process. An image with one that was not replayed counts as failed. No foreign key: the id in a
-- broken message may be anything.
create table dead_letter (
    id           text primary key,          -- the message's
    queue        text not null,
    image_id     uuid,
    cause        text not null,
    message      text,
    stack_digest text,
    body         bytea not null,
    headers      json not null,
    attempts     int not null,
    trace        text,
    first_at     timestamptz not null,
    last_at      timestamptz not null,
    replayed_at  timestamptz
);
create index dead_letter_newest on dead_letter (first_at desc, id desc);
create index dead_letter_open on dead_letter (image_id) where replayed_at is null;
