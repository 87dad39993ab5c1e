-- Seeds that we ask other assemblies for, by the digest of what we signed to ask. What
-- they signed is kept as it came; ``wrong`` is what they told and had not committed to.
-- ``since`` is when the draw began for which it is: each begins with new seeds.
create table asked_seed (
    request text primary key,
    panel text not null,
    assembly text not null,
    name text not null,
    since text not null,
    asked text not null,
    commitment text unique,
    given text,
    told text,
    wrong text,
    check ((commitment is null) = (given is null)),
    check (told is null or given is not null),
    unique (panel, assembly, since)
) strict, without rowid;

-- Seeds that other assemblies ask us for. ``panel`` is the address of theirs,
-- ``commitment`` what we committed to, and ``fixed`` the list that was made when we told
-- it.
create table wanted_seed (
    request text primary key,
    assembly text not null,
    panel text not null,
    question text not null,
    at text not null,
    commitment text unique,
    given text,
    fixed text,
    told text
) strict, without rowid;
