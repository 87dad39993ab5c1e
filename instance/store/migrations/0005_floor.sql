-- What happens on the floor during a meeting: kept so that a crash loses nothing, and
-- gone when the meeting closes.
create table passing_event (
    id integer primary key,
    session text not null,
    stream text not null,
    version integer not null check (version > 0),
    type text not null,
    body text not null check (json_valid(body)),
    at text not null,
    unique (stream, version)
) strict;
create index passing_event_session on passing_event (session);

-- What people in the room write to the note-taker. Nobody keeps who wrote it; ``mark``
-- is what their page sends it under, so that a note sent twice is kept once.
create table room_note (
    id integer primary key,
    session text not null,
    mark text not null,
    text text not null,
    at text not null,
    taken_at text,
    unique (session, mark)
) strict;
