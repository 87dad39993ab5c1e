-- What is prepared before a meeting.

-- What people need so that they can take part, told in confidence to whoever calls the
-- meeting. It goes when the meeting closes. ``member`` is null where somebody else
-- passed it on.
create table need (
    number integer primary key,
    session text not null,
    member text,
    kind text not null
        check (kind in ('access', 'language', 'care', 'food', 'other')),
    says text not null,
    at text not null
) strict;
create index need_session on need (session);

-- Words of a meeting in further languages, to be printed side by side. They are
-- invitations: what is decided on has its own text.
create table said_in (
    session text not null,
    lang text not null,
    title text not null,
    question text not null default '',
    checked integer not null default 0 check (checked in (0, 1)),
    primary key (session, lang)
) strict, without rowid;

-- Pictures of how people were invited, drawn anew. For members only.
create table outreach_picture (
    number integer primary key,
    effort text not null,
    mark text not null unique,
    picture blob not null,
    at text not null
) strict;
create index outreach_picture_effort on outreach_picture (effort);
