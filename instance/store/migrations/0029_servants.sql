-- Who of those who come in by a code is a public servant, and so no member. What they may
-- do, and until when, their events say.
create table servant (
    member text primary key references person (member) on delete cascade
) strict, without rowid;
