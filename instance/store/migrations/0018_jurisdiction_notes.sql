-- What this assembly says in plain words of the law where it is, beside a proposal or a
-- compact. ``about`` is the digest of either.
create table jurisdiction_note (
    about text primary key,
    words text not null check (words <> ''),
    written_at integer not null
) strict, without rowid;
