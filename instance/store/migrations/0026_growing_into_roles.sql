-- How people grow into roles. It is theirs, and shown to them and to those who set up
-- meetings; it goes when they leave.

-- What somebody ticked for themselves.
create table role_step (
    member text not null,
    role text not null,
    step text not null check (step in ('read', 'beside', 'together', 'alone')),
    primary key (member, role, step)
) strict, without rowid;

-- Who would like to try a role, or do it again.
create table role_offer (
    member text not null,
    role text not null,
    primary key (member, role)
) strict, without rowid;
