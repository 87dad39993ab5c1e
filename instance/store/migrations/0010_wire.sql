-- Dealings with servers elsewhere.

-- When a measure lapses by itself; null for one that holds until somebody lifts it.
alter table measure add column ends_at text;

create index measure_ends on measure (ends_at) where ends_at is not null;

-- Up to when a member has seen what others did with what is theirs.
alter table persona add column seen_at text not null default '';

-- What others did with what is an actor's of ours: the post is one of theirs, or what
-- was written to them.
create view notice as
select f.actor as reader, 'follow' as kind, f.follower as actor, null as post,
       '' as says, f.at
  from follower f
union all
select o.actor, r.kind, r.actor, r.object, r.says, r.at
  from reaction r join object o on o.id = r.object and o.type <> 'Tombstone'
union all
select o.actor, iif(d.kind = 'Like', 'like', 'share'),
       substr(o.id, 1, length(o.id) - length(o.path)) || d.actor, d.post, '', d.at
  from deed d join object o on o.id = d.post and o.type <> 'Tombstone'
 where d.actor <> o.actor
union all
select o.actor, 'reply', p.author, p.id, '', p.at
  from object o join readable p on p.reader = o.actor and p.in_reply_to = o.id
 where o.type <> 'Tombstone'
   and p.author <> substr(o.id, 1, length(o.id) - length(o.path)) || o.actor
union all
select a.actor, 'mention', p.author, p.id, '', p.at
  from addressed a join readable p on p.reader = a.actor and p.id = a.post
 where not exists (
       select 1 from object o where o.id = p.in_reply_to and o.actor = a.actor);
