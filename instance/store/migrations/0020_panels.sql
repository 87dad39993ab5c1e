-- Who is in the pool of a panel, by a ticket that stands for them, and what they say of
-- themselves. ``household`` is a mark and no address. ``note`` is for the clerk, who
-- copied a slip of paper. All of it goes when the pool is forgotten.
create table pool_person (
    panel text not null,
    ticket text not null check (length(ticket) between 1 and 12),
    member text,
    says text not null,
    household text not null default '',
    note text not null default '',
    primary key (panel, ticket),
    unique (panel, member)
) strict, without rowid;

-- What a pool and a list are fixed with, and the list of panels once it is made.
create table pool (
    panel text primary key,
    salt text not null check (length(salt) = 32),
    list text
) strict, without rowid;

-- Seeds that this node committed to, sealed until they are told. ``panel`` is null where
-- it is for a draw elsewhere, and ``what`` says for which.
create table kept_seed (
    commitment text primary key,
    panel text,
    what text not null,
    sealed blob,
    seed text,
    at text not null,
    check ((sealed is null) <> (seed is null))
) strict, without rowid;
