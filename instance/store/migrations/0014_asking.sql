-- What follows a decision: asks to somebody outside, and help between assemblies.

-- Which ask a link opens: the SHA-256 of its secret, which is kept nowhere. Until when,
-- and whether at all, the events of the ask say.
create table ask_link (
    digest text primary key check (length(digest) = 64),
    ask text not null
) strict, without rowid;

-- Needs and offers of others, as their authors said them last (FEP-0837). The words are
-- clean; quantities are exact decimals, as they came.
create table aid_elsewhere (
    id text primary key,
    mark text not null unique,
    actor text not null,
    inbox text not null,
    author text not null,
    purpose text not null check (purpose in ('request', 'offer')),
    title text not null,
    content text not null,
    unit text not null,
    quantity text not null,
    available text not null,
    minimum text not null,
    place text not null,
    theme text not null,
    until text,
    url text,
    at text not null,
    closed integer not null default 0 check (closed in (0, 1))
) strict, without rowid;
create index aid_elsewhere_open on aid_elsewhere (at) where closed = 0;
create index aid_elsewhere_actor on aid_elsewhere (actor);

-- Which of our pledges an agreement is of that somebody elsewhere keeps.
create table aid_agreement (
    id text primary key,
    pledge text not null
) strict, without rowid;
