-- What people marked on the statements of a question that is open, by a mark of the
-- node's that names nobody. It is gone when the question or its meeting closes. ``fresh``
-- says that it is not in the view that was drawn last.
create table ground_mark (
    session text not null,
    ground text not null,
    participant blob not null,
    statement integer not null,
    mark text not null check (mark in ('agree', 'disagree', 'pass')),
    fresh integer not null default 1 check (fresh in (0, 1)),
    primary key (ground, participant, statement)
) strict, without rowid;

-- A sheet of paper that one person has copied and a second one has not. ``entered_by``
-- is who copied it, and not whose it is: that nobody knows.
create table ground_paper (
    session text not null,
    ground text not null,
    sheet integer not null,
    entered_by text not null,
    marks text not null,
    primary key (ground, sheet)
) strict, without rowid;
create index ground_mark_session on ground_mark (session, ground);
