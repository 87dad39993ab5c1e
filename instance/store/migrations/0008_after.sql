-- What is left after a meeting.

-- Posts that tell of what a person may take back: a deed, or thanks.
create table telling (
    about text primary key,
    post text not null
) strict, without rowid;

-- Photos beside minutes, as they were drawn anew here. Words and consent are events.
create table photo (
    id text primary key,
    session text not null,
    body blob not null,
    at text not null
) strict, without rowid;
