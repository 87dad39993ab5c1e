-- Passkeys of those who want one: the public halves, and what their people call them.
create table passkey (
    id blob primary key check (length(id) between 1 and 1023),
    member text not null references person (member) on delete cascade,
    name text not null check (name <> ''),
    public blob not null,
    count integer not null check (count >= 0),
    made_at text not null,
    used_at text
) strict, without rowid;
create index passkey_member on passkey (member);
