-- Cards at the door: whose paper is in the box in the room, until the ballot closes.
create table paper (
    ballot text not null,
    voter text not null,
    primary key (ballot, voter)
) strict, without rowid;

-- The sheets of tellers who have no device: the public half of what is on the paper.
create table count_sheet (
    key text primary key check (key glob 'z6Mk*'),
    member text not null references person (member) on delete cascade,
    serial text not null unique,
    at text not null
) strict, without rowid;

-- Which cards of a meeting became memberships. One card is one person, once.
create table claimed_card (
    session text not null,
    card integer not null check (card > 0),
    member text not null,
    at text not null,
    primary key (session, card)
) strict, without rowid;
