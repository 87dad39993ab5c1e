-- What a text says in another language, to help people read it. ``of`` is the commitment
-- to the text: what is erased takes its translations along. ``machine`` says that no
-- person wrote it.
create table translation (
    of text not null references wording (commitment) on delete cascade,
    lang text not null,
    words text not null check (words <> ''),
    machine integer not null check (machine in (0, 1)),
    written_at integer not null,
    primary key (of, lang)
) strict, without rowid;
