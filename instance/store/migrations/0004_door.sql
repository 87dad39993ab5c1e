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
