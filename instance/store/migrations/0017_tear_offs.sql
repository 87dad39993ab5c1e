-- The torn-off parts of listening slips. ``reach`` is what whoever holds one wrote for
-- others who said the same; null unless they want to meet them.
create table tear_off (
    code_hash blob primary key check (length(code_hash) = 32),
    slip integer not null unique references slip (id) on delete cascade,
    reach text check (reach <> '')
) strict, without rowid;
