-- Keys that a compact gave to a member that had lost its own, each after one entry.
create table given_key (
    compact  text not null check (compact like 'sha256:%'),
    assembly text not null check (assembly like 'sha256:%'),
    key      text not null,
    after    text not null check (after like 'sha256:%'),
    proposal text not null,
    primary key (compact, assembly, after)
) strict, without rowid;
