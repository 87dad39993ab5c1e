-- Posts of people elsewhere. ``about`` is the post of ours that one replies to in the
-- end, null for one that is kept because somebody here follows its author. Rows are
-- large and their keys in no order, so they stand in the order in which they came.
create table remote_post (
    id text not null primary key,
    about text,
    in_reply_to text,
    actor text not null,
    author text not null,
    type text not null default 'Note',
    name text,
    summary text,
    content text not null,
    url text,
    thread text,
    visibility text not null default 'public'
        check (visibility in ('public', 'followers', 'direct')),
    pictures text not null default '[]' check (json_valid(pictures)),
    published text not null,
    updated text,
    received_at text not null
) strict;
insert into remote_post (id, about, actor, author, content, published, received_at)
select id, about, actor, author, content, published, received_at from reply;
drop table reply;
create index remote_post_about on remote_post (about) where about is not null;
create index remote_post_actor on remote_post (actor, published);

-- What is known of other servers: how they answer, and what they speak.
-- The name is the beginning of its addresses, as in a delivery: https://b.example
create table host (
    name text primary key,
    failures integer not null default 0,
    failing_since integer,
    rests_until integer,
    knock text check (knock in ('cavage', 'rfc9421')),
    knock_at integer,
    software text,
    software_at integer
) strict, without rowid;

-- Documents to be fetched from elsewhere outside any transaction, and why.
create table errand (
    id integer primary key,
    kind text not null,
    url text not null,
    because text not null default '',
    depth integer not null default 0,
    due_at integer,
    attempts integer not null default 0,
    outcome text,
    unique (kind, url, because)
) strict;
create index errand_due on errand (due_at) where due_at is not null;
create index errand_because on errand (because);

-- What a post is about that carries no entry (a meeting, a result), once of each kind.
alter table object add column about text;
create unique index object_about on object (about, kind) where about is not null;

-- An activity that says in another form what one beside it says is not listed.
alter table activity add column listed integer not null default 1
    check (listed in (0, 1));
drop index activity_outbox;
create index activity_outbox on activity (actor, published)
 where public = 1 and listed = 1;

-- What the assembly handed on for others, once each.
create table handed_on (
    activity text primary key,
    actor text not null,
    at integer not null
) strict, without rowid;
create index handed_on_actor on handed_on (actor, at);

-- Texts that were withdrawn: never kept again, whoever brings them.
create table erasure (
    commitment text primary key check (commitment like 'sha256:%'),
    why text not null,
    by text not null,
    at text not null
) strict, without rowid;

-- Who was asked to erase a text as well, and what they said.
create table erasure_request (
    commitment text not null,
    assembly text not null,
    activity text not null,
    answer text check (answer in ('erased', 'kept')),
    answered_at text,
    primary key (commitment, assembly)
) strict, without rowid;

-- What moderators decided about actors (by address) and servers (by name) elsewhere.
create table measure (
    subject text primary key,
    severity text not null check (severity in ('none', 'silence', 'limit', 'suspend')),
    reject_media integer not null default 0 check (reject_media in (0, 1)),
    reject_reports integer not null default 0 check (reject_reports in (0, 1)),
    public_comment text not null default '',
    obfuscate integer not null default 0 check (obfuscate in (0, 1)),
    reason text not null default '',
    by text,
    at text not null
) strict, without rowid;

-- The only servers to deal with, where the settings say that there is such a list.
create table allowed_host (
    name text primary key,
    by text,
    at text not null
) strict, without rowid;

-- Every act of a moderator, never rewritten.
create table moderation_act (
    number integer primary key,
    subject text not null,
    act text not null,
    reason text not null default '',
    by text,
    at text not null
) strict;
create index moderation_act_subject on moderation_act (subject);

-- Who may see a post from elsewhere, and what a moderator said about this very post.
alter table remote_post add column shown_to text not null default 'everyone'
    check (shown_to in ('everyone', 'members', 'moderators', 'nobody'));
alter table remote_post add column ruling text check (ruling in ('hidden', 'released'));
create index remote_post_held on remote_post (received_at)
 where shown_to = 'moderators' and ruling is null;

-- Members' own actors, asked for by themselves; a delegate's actor is none of these.
-- Whose one was is forgotten when it is taken back.
create table persona (
    actor text primary key references actor (path),
    member text unique,
    gone_at text,
    check ((member is null) = (gone_at is not null))
) strict, without rowid;

-- Whom our actors follow, by the Follow that asked for it.
create table following (
    actor text not null,
    followed text not null,
    follow text not null unique,
    inbox text not null,
    state text not null default 'asked'
        check (state in ('asked', 'accepted', 'refused')),
    at text not null,
    primary key (actor, followed)
) strict, without rowid;
create index following_followed on following (followed, state);

-- What our actors like and hand on, each once, by the activity that said so.
create table deed (
    actor text not null,
    post text not null,
    kind text not null check (kind in ('Like', 'Announce')),
    activity text not null unique,
    inbox text not null,
    at text not null,
    primary key (actor, post, kind)
) strict, without rowid;
create index deed_post on deed (post);

-- What is handed on by people elsewhere whom somebody here follows.
create table boost (
    id text primary key,
    actor text not null,
    post text not null,
    at text not null
) strict, without rowid;
create index boost_actor on boost (actor, at);
create index boost_post on boost (post);

-- Which of our members' actors a post from elsewhere is addressed to by name.
create table addressed (
    post text not null,
    actor text not null,
    primary key (post, actor)
) strict, without rowid;
create index addressed_actor on addressed (actor);

-- Requests to follow us that wait for a moderator.
create table follow_request (
    actor text not null,
    follower text not null,
    body text not null check (json_valid(body)),
    at text not null,
    primary key (actor, follower)
) strict, without rowid;

-- Reports about people and posts: from other servers, and from members here.
create table report (
    number integer primary key,
    id text not null unique,
    reporter text not null,
    member integer not null check (member in (0, 1)),
    about text not null,
    posts text not null default '[]' check (json_valid(posts)),
    reason text not null default 'other',
    says text not null default '',
    at text not null,
    settled_at text,
    settled_by text,
    outcome text
) strict;
create index report_open on report (at) where settled_at is null;
create index report_about on report (about);

-- What people elsewhere do with a post of ours: each of them once. ``says`` is the
-- sign that one answered with, empty for a plain like or share.
create table reaction (
    object text not null,
    kind text not null check (kind in ('like', 'share', 'sign')),
    actor text not null,
    says text not null default '',
    activity text not null,
    at text not null,
    primary key (object, kind, actor, says)
) strict, without rowid;
create index reaction_activity on reaction (activity);
create index reaction_actor on reaction (actor);

-- Polls on the fediverse: sentiment, and never a ballot. ``event`` is the meeting that
-- a poll asks about, if it asks who comes.
create table poll (
    object text primary key,
    choose text not null check (choose in ('one', 'any')),
    ends_at integer not null,
    closed_at integer,
    event text
) strict, without rowid;

create table poll_option (
    poll text not null references poll (object),
    position integer not null,
    name text not null,
    folded text not null,
    primary key (poll, position),
    unique (poll, folded)
) strict, without rowid;

create table poll_vote (
    poll text not null references poll (object),
    actor text not null,
    option integer not null,
    alone integer not null check (alone in (0, 1)),
    vote text not null,
    at integer not null,
    primary key (poll, actor, option),
    foreign key (poll, option) references poll_option (poll, position)
) strict, without rowid;
create unique index poll_vote_alone on poll_vote (poll, actor) where alone = 1;
create index poll_vote_actor on poll_vote (actor);

-- Who elsewhere said that they come to a meeting. Only how many is ever shown.
create table attendance (
    event text not null,
    actor text not null,
    says text not null check (says in ('coming', 'maybe', 'no')),
    activity text not null,
    at text not null,
    primary key (event, actor)
) strict, without rowid;
create index attendance_actor on attendance (actor);

-- A host is a lane as well: when the first of what waits for it comes due, and whether
-- it is being served. Whatever puts a delivery on its way calls its host up.
alter table host add column due_at integer;
alter table host add column claimed integer not null default 0
    check (claimed in (0, 1));
create index host_due on host (failures > 0, due_at)
 where due_at is not null and claimed = 0;
create index host_troubled on host (name) where failures > 0;
create trigger delivery_calls_host after insert on delivery
  when new.due_at is not null
   and not exists (select 1 from host
                    where name = new.host and due_at <= new.due_at)
begin
    insert into host (name, due_at) values (new.host, new.due_at)
        on conflict (name) do update
        set due_at = max(
            min(coalesce(due_at, new.due_at), new.due_at), coalesce(rests_until, 0));
end;
insert into host (name, due_at)
select host, min(due_at) from delivery where due_at is not null group by host;
alter table delivery drop column claimed_until;

-- Whose author took a reply back: its place stays, so that what answers it does not
-- hang in the air, and no later copy of it is taken for new.
alter table remote_post add column deleted_at text;

-- When the numbers of a poll were sent to its readers last.
alter table poll add column told_at integer not null default 0;

-- This stays last, for it reads columns that are added above.
-- Which posts each of our members' actors may read: what is for everybody, what those
-- whom they follow wrote for their followers, and what is addressed to them.
create view readable as
select me.actor as reader, p.id, p.actor as author, p.author as handle, p.name,
       p.summary, p.content, p.in_reply_to, p.url, p.thread, p.visibility,
       min(p.published, p.received_at) as at, null as path,
       p.pictures
  from remote_post p join persona me on me.gone_at is null
 where p.shown_to in ('everyone', 'members') and p.deleted_at is null
   and (p.visibility = 'public'
        or (p.visibility = 'followers' and exists (
                select 1 from following f
                 where f.actor = me.actor and f.followed = p.actor
                   and f.state = 'accepted'))
        or exists (
                select 1 from addressed a
                 where a.post = p.id and a.actor = me.actor))
union all
select me.actor, o.id, json_extract(o.body, '$.attributedTo'),
       a.name || ' (@' || a.username || ')', json_extract(o.body, '$.name'), null,
       json_extract(o.body, '$.content'), json_extract(o.body, '$.inReplyTo'), o.id,
       o.thread,
       case when o.public = 1 then 'public'
            when exists (
                select 1 from json_each(o.body, '$.to')
                 where value = json_extract(o.body, '$.attributedTo') || '/followers')
            then 'followers' else 'direct' end,
       o.published, o.path, '[]'
  from object o join actor a on a.path = o.actor
  join persona me on me.gone_at is null
 where o.type <> 'Tombstone'
   and (o.public = 1 or o.actor = me.actor
        or exists (
            select 1 from json_each(o.body, '$.to')
             where value = substr(o.id, 1, length(o.id) - length(o.path)) || me.actor)
        or exists (
            select 1 from json_each(o.body, '$.cc')
             where value = substr(o.id, 1, length(o.id) - length(o.path)) || me.actor)
        or exists (
            select 1 from json_each(o.body, '$.to') t
              join following f
                on f.actor = me.actor and f.state = 'accepted'
               and f.followed = json_extract(o.body, '$.attributedTo')
             where t.value = f.followed || '/followers'));

-- Who elsewhere said that they moved, and when; once in a while is believed.
create table move (
    actor text primary key,
    target text not null,
    at integer not null
) strict, without rowid;

create index host_software on host (software) where software is not null;

-- Since when somebody of a registrable domain is known here: newcomers may do less.
create table acquaintance (
    domain text primary key,
    since integer not null
) strict, without rowid;

-- The origins at which this node was before it moved.
create table former_base (
    base text primary key,
    left_at integer not null
) strict, without rowid;

-- When we last compared with their server who here follows an actor elsewhere.
create table synchronised (
    actor text primary key,
    at integer not null
) strict, without rowid;
