-- Sessions of the web that somebody ended: a copy of their cookie opens nothing more.
create table ended_visit (
    session_hash blob primary key,
    until integer not null
) strict, without rowid;
create index ended_visit_until on ended_visit (until);
