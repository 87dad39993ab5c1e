-- Under which activity a mandate of ours was offered to whoever holds it, until it is
-- taken back. A mandate binds by its entry and nothing else.
create table mandate_offer (
    mandate text primary key,
    activity text not null unique,
    holder text not null,
    taken_back integer not null default 0 check (taken_back in (0, 1))
) strict, without rowid;

-- What was last said to a mandate: by the address of whoever holds it, or by the
-- identity of an assembly whose node checked it. The words are plain text.
create table mandate_answer (
    mandate text not null,
    party text not null,
    accepted integer not null check (accepted in (0, 1)),
    reason text not null,
    at text not null,
    primary key (mandate, party)
) strict, without rowid;
