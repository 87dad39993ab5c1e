-- What the assembly does: its own events, never rewritten, never federated.
create table event (
    id integer primary key,
    stream text not null,
    version integer not null check (version > 0),
    type text not null,
    body text not null check (json_valid(body)),
    by text,
    at text not null,
    unique (stream, version)
) strict;

-- Words and names lie beside what commits to them, and can be erased there.
create table wording (
    commitment text primary key check (commitment like 'sha256:%'),
    salt blob not null check (length(salt) = 16),
    text text not null,
    lang text not null,
    public integer not null default 0 check (public in (0, 1))
) strict, without rowid;

create table person (
    member text primary key,
    name text not null,
    actor text unique
) strict, without rowid;

create table login (
    token_hash blob primary key,
    member text not null references person (member) on delete cascade,
    kind text not null check (kind in ('link', 'code')),
    at text not null
) strict, without rowid;

-- Slips from door-knocking. They leave the node in no form at all.
create table slip (
    id integer primary key,
    body text not null check (json_valid(body)),
    issue text
) strict;

-- Secret votes: who has voted, and what is in the box, with nothing to join them.
create table roll (
    ballot text not null,
    member text not null,
    struck integer not null default 0 check (struck in (0, 1)),
    primary key (ballot, member)
) strict, without rowid;

create table box (
    ballot text not null,
    marking text not null check (json_valid(marking)),
    papers integer not null check (papers > 0),
    primary key (ballot, marking)
) strict, without rowid;

-- Acts wait here until they are confirmed and the pen is held, then are published.
create table act (
    id integer primary key,
    type text not null,
    subject text not null,
    body text not null check (json_valid(body)),
    fingerprint text not null,
    needs integer not null check (needs between 0 and 2),
    confirmations text not null default '[]' check (json_valid(confirmations)),
    at text not null,
    entry text,
    unique (type, subject)
) strict;
create index act_waiting on act (id) where entry is null;

-- Public records: ours, and those of the assemblies that we confederate with.
create table assembly (
    id text primary key check (id like 'sha256:%'),
    address text not null,
    key text not null,
    ours integer not null default 0 check (ours in (0, 1)),
    heard_at text,
    is_behind integer not null default 0 check (is_behind in (0, 1))
) strict, without rowid;

create table entry (
    assembly text not null references assembly (id),
    seq integer not null check (seq >= 0),
    digest text not null unique,
    type text not null,
    about text,
    subject text,
    body blob not null,
    received_at text not null,
    primary key (assembly, seq)
) strict, without rowid;
create index entry_about on entry (about, type) where about is not null;
create index entry_type on entry (type);
create index entry_subject on entry (subject) where subject is not null;

create table tree_node (
    assembly text not null,
    level integer not null,
    place integer not null,
    hash blob not null check (length(hash) = 32),
    primary key (assembly, level, place)
) strict, without rowid;

create table checkpoint (
    assembly text not null,
    size integer not null,
    root blob not null,
    note blob not null,
    primary key (assembly, size)
) strict, without rowid;

create table cosignature (
    assembly text not null,
    size integer not null,
    by text not null,
    name text not null,
    key blob not null,
    value blob not null,
    at integer not null,
    primary key (assembly, size, by)
) strict, without rowid;

-- The newest time that a fellow member has signed, by its own clock.
create table clock (
    assembly text primary key,
    at integer not null
) strict, without rowid;

create table contradiction (
    assembly text not null,
    a text not null,
    b text not null,
    document_a text not null,
    document_b text not null,
    found_at text not null,
    primary key (assembly, a, b)
) strict, without rowid;

create table compact (
    digest text primary key,
    identity text not null,
    body text not null check (json_valid(body)),
    known_at text not null
) strict, without rowid;

-- Votes that reached us past the form of their own assembly.
create table stray_vote (
    digest text primary key,
    proposal text not null,
    assembly text not null,
    body text not null,
    received_at text not null
) strict, without rowid;
create index stray_vote_proposal on stray_vote (proposal);

-- The protocol: actors that live here, what they said, who follows them.
create table actor (
    path text primary key,
    kind text not null,
    username text not null unique,
    name text not null,
    summary text not null default '',
    member text,
    rsa blob not null,
    ed25519 blob,
    public_ed25519 text not null,
    created_at text not null
) strict, without rowid;

create table sealed_key (
    name text primary key,
    sealed blob not null
) strict, without rowid;

create table object (
    id text primary key,
    path text not null unique,
    type text not null,
    actor text not null,
    kind text,
    entry text,
    thread text,
    body text not null check (json_valid(body)),
    published text not null,
    public integer not null default 1 check (public in (0, 1))
) strict, without rowid;
create index object_actor on object (actor, published);
create index object_thread on object (thread) where thread is not null;
create index object_entry on object (entry) where entry is not null;

-- Large rows under keys in no order: they stand in the order in which they came.
create table activity (
    id text not null primary key,
    path text not null unique,
    actor text not null,
    type text not null,
    body text not null check (json_valid(body)),
    published text not null,
    public integer not null default 1 check (public in (0, 1))
) strict;
create index activity_outbox on activity (actor, published) where public = 1;

create table follower (
    actor text not null,
    follower text not null,
    inbox text not null,
    shared_inbox text,
    follow text not null,
    at text not null,
    primary key (actor, follower)
) strict, without rowid;
create index follower_follower on follower (follower);

-- Actors elsewhere: their own document, or only that it was asked for in vain.
-- Large rows under keys in no order: they stand in the order in which they came.
create table remote_actor (
    id text not null primary key,
    body text check (body is null or json_valid(body)),
    learned_at integer,
    asked_at integer not null
) strict;

create table received (
    number integer primary key,
    id text not null unique,
    actor text not null,
    inbox text not null,
    body blob,
    at integer not null,
    due_at integer,
    failures integer not null default 0,
    outcome text
) strict;
create index received_due on received (due_at) where due_at is not null;

create table seen_signature (
    hash blob primary key,
    at integer not null
) strict, without rowid;
create index seen_signature_at on seen_signature (at);

create table reply (
    id text primary key,
    about text not null,
    actor text not null,
    author text not null,
    content text not null,
    published text not null,
    received_at text not null
) strict, without rowid;
create index reply_about on reply (about);

create table delivery (
    id integer primary key,
    host text not null,
    inbox text not null,
    activity text not null,
    actor text not null,
    first_at integer not null,
    due_at integer,
    claimed_until integer,
    attempts integer not null default 0,
    outcome text,
    unique (activity, inbox)
) strict;
create index delivery_due on delivery (host, due_at) where due_at is not null;

create table setting (
    name text primary key,
    value text not null
) strict, without rowid;
