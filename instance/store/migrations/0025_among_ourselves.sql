-- What an assembly knows of itself. None of that is joined to a person, and none of it
-- leaves the machine before the assembly publishes it.

-- Who came: how many gave each answer to a question, on phones and on paper slips.
create table demographic (
    session text not null,
    question integer not null,
    answer integer not null check (answer >= 0),
    channel text not null check (channel in ('phones', 'paper')),
    number integer not null check (number >= 0),
    primary key (session, question, answer, channel)
) strict, without rowid;

-- Who has answered, and not what; gone when the meeting closes.
create table demographic_given (
    session text not null,
    voter text not null,
    primary key (session, voter)
) strict, without rowid;

-- What keeps people from coming. Nobody's name stands beside what they said.
create table barrier (
    id text primary key,
    kind text not null
        check (kind in ('childcare', 'access', 'language', 'cost', 'time', 'other')),
    says text not null check (says <> ''),
    state text not null default 'open'
        check (state in ('open', 'worked on', 'fixed', 'cannot')),
    fix text not null default '' check (state in ('open', 'worked on') or fix <> ''),
    ask text,
    day text not null
) strict, without rowid;

-- What people answered when they looked back, without their names.
create table review_answer (
    id text primary key,
    review text not null,
    question integer not null,
    says text not null check (says <> ''),
    in_room integer not null check (in_room in (0, 1))
) strict, without rowid;

-- Practices in the libraries of others, as they said them last: see `practice` for ours.
create table practice_elsewhere (
    id text primary key,
    mark text not null unique,
    actor text not null,
    author text not null,
    title text not null,
    body text not null check (json_valid(body)),
    url text not null,
    at text not null
) strict, without rowid;
