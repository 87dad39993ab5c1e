-- Who elsewhere would like to meet others, in whose name and about what, as they said it
-- last. A member is in no column: their assembly says it for them.
create table wish_elsewhere (
    id text primary key,
    actor text not null,
    inbox text not null,
    author text not null,
    whose text not null check (whose in ('assembly', 'member')),
    about text not null check (about <> ''),
    place text not null,
    at text not null
) strict, without rowid;
create index wish_elsewhere_actor on wish_elsewhere (actor);
