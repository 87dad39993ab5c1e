-- Versions of compacts that this disk had altered, and when a true copy took their place.
create table mended_compact (
    digest text not null,
    mended_at text not null,
    primary key (digest, mended_at)
) strict, without rowid;
