-- Compacts that change: which motion of ours is about which version, and who applies.

-- The version of a compact that a motion of ours would put in the place of the one before.
create table compact_change (
    motion text primary key,
    version text not null references compact (digest)
) strict, without rowid;

-- Assemblies whose record we do not keep, and that say they apply to a compact of ours.
create table applicant (
    assembly text primary key,
    compact text not null,
    address text not null,
    heard_at text not null
) strict, without rowid;

-- The criteria that compacts name, as documents. The usual ones need none.
create table criteria (
    digest text primary key,
    body text not null
) strict, without rowid;

-- Our half of a lot, until it is opened. It is thrown away with the node.
create table lot_seed (
    subject text primary key,
    seed text not null
) strict, without rowid;
