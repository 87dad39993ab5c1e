-- Cards at the door: whose paper is in the box in the room, until the ballot closes.
create table paper (
    ballot text not null,
    voter text not null,
    primary key (ballot, voter)
) strict, without rowid;

-- Which stubs were used, and who became a member by one; never which by which.
create table used_stub (
    session text not null,
    card integer not null check (card > 0),
    primary key (session, card)
) strict, without rowid;

create table stub_member (
    member text primary key references person (member) on delete cascade,
    session text not null
) strict, without rowid;

-- What the registrar asked for and a second member has to see in person: a new code for
-- somebody who lost theirs, or two entries that are one person.
create table asked_of_two (
    number integer primary key,
    kind text not null check (kind in ('code', 'merge')),
    member text not null references person (member) on delete cascade,
    into_member text references person (member) on delete cascade,
    by text not null,
    at integer not null,
    vouched_by text,
    vouched_at integer,
    check ((kind = 'merge') = (into_member is not null))
) strict;

-- Since when a member's earlier visits are over, on whatever device.
create table came_anew (
    member text primary key references person (member) on delete cascade,
    at integer not null
) strict, without rowid;

-- Passwords of those who want one, as nothing that can be turned back.
create table password (
    member text primary key references person (member) on delete cascade,
    kept text not null check (kept like '$argon2id$%')
) strict, without rowid;
