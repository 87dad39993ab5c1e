-- What goes wrong: contradictions in full, disks that forget, clocks that jump.

-- What assemblies wrote beside the records that are held of them: every entry of the
-- other branch, from where it parts.
create table branch (
    digest text primary key check (digest like 'sha256:%'),
    assembly text not null references assembly (id),
    seq integer not null check (seq > 0),
    prev text not null,
    type text not null,
    body blob not null,
    received_at text not null
) strict, without rowid;
create index branch_place on branch (assembly, seq);
create index branch_prev on branch (prev);

-- Entries that this disk does not hold as they were signed. ``mended_from`` is whose
-- copy took the place of what was damaged.
create table damage (
    id integer primary key,
    assembly text not null,
    seq integer not null,
    digest text not null,
    found_at text not null,
    mended_at text,
    mended_from text,
    check ((mended_at is null) = (mended_from is null))
) strict;
create unique index damage_one on damage (assembly, seq) where mended_at is null;

-- By how many seconds a fellow member's clock was ahead of the one here, below nought
-- if behind, when it was last asked.
create table clock_apart (
    assembly text primary key,
    seconds integer not null,
    heard_at text not null
) strict, without rowid;
