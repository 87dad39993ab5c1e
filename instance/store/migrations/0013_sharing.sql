-- The post by which another assembly told of an issue, to be repeated to our followers.
create table told_elsewhere (
    entry text primary key check (entry like 'sha256:%'),
    post text not null,
    repeated_at text
) strict, without rowid;
