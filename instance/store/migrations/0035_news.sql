-- How members are told what is new when they do not come and look: only as they asked.
-- Of the address of a feed only a hash is kept. None of it is sent to another server.
create table news_feed (
    member text primary key,
    address_hash blob not null unique,
    made_at integer not null
) strict, without rowid;

-- Whom the clerk prints a sheet for, and nothing else about them.
create table news_letter (
    member text primary key
) strict, without rowid;

-- An empty address is one that was forgotten; when it was asked for stays, so that nobody
-- has letters sent to a stranger again and again.
create table news_mail (
    member text primary key,
    address text not null,
    every text not null check (every in ('day', 'week')),
    language text not null,
    asked_at integer not null,
    confirmed_at integer,
    told_until integer not null,
    due_at integer not null,
    attempts integer not null default 0,
    trouble text not null default ''
) strict, without rowid;
create index news_mail_due on news_mail (due_at) where address <> '';
