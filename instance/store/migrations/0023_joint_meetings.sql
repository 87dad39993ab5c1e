-- A meeting that another assembly called, and that it holds together with us. ``follows``
-- is the address of a meeting of ours that theirs is the same as.
create table joint_meeting (
    id text primary key,
    assembly text not null,
    title text not null,
    place text not null,
    starts_at text not null,
    status text not null check (status in ('TENTATIVE', 'CONFIRMED', 'CANCELLED')),
    url text not null,
    follows text
) strict, without rowid;
create index joint_meeting_follows on joint_meeting (follows) where follows is not null;
