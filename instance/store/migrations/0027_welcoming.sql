-- What passes with a meeting at its door. It goes when the meeting closes.

-- What somebody wished to have on their card, and who is here for the first time.
create table badge (
    session text not null,
    card integer not null check (card > 0),
    name text not null default '',
    first_time integer not null default 0 check (first_time in (0, 1)),
    greeted integer not null default 0 check (greeted in (0, 1)),
    primary key (session, card)
) strict, without rowid;

-- A word in confidence, to the facilitator and those who welcome. Nobody's name is by it.
create table care_note (
    number integer primary key,
    session text not null,
    says text not null
) strict;
create index care_note_session on care_note (session);
