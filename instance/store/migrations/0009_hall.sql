-- Who holds the pen. At home this says that it is out; in the hall, that it is here.
-- ``claim_hash`` is of what the borrower proves itself with; ``lent_upto`` the newest
-- event at that moment.
create table lending (
    id text primary key,
    place text not null check (place in ('home', 'hall')),
    claim_hash blob not null check (length(claim_hash) = 32),
    state text not null check (state in ('out', 'returning', 'over', 'lost')),
    lent_upto integer not null,
    at text not null
) strict, without rowid;
create unique index lending_one on lending ((1)) where state in ('out', 'returning');

-- A code with which a laptop takes the pen, once.
create table lending_code (
    code_hash blob primary key check (length(code_hash) = 32),
    by text,
    until integer not null
) strict, without rowid;

-- Forms that people sent while the pen was out. What was typed is gone once it was
-- dealt with; how it went stays until its author has seen it.
create table waiting_form (
    id integer primary key,
    member text not null,
    path text not null,
    body text check (body is null or json_valid(body)),
    at text not null,
    state text not null default 'waiting'
        check (state in ('waiting', 'done', 'refused')),
    says text not null default ''
) strict;
create unique index waiting_form_once on waiting_form (member, path, body)
 where state = 'waiting';
