-- Whether a meeting was worth coming to: who has said so, and what was said, with
-- nothing to join the two. The first is gone when the meeting closes.
create table pulse_given (
    session text not null,
    voter text not null,
    primary key (session, voter)
) strict, without rowid;

create table pulse (
    session text not null,
    channel text not null check (channel in ('phones', 'room')),
    answer text not null check (answer in ('yes', 'partly', 'no')),
    number integer not null check (number >= 0),
    primary key (session, channel, answer)
) strict, without rowid;
