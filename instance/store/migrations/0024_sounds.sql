-- What came out of a meeting and is no text may be a recording as well as a picture.
alter table photo add column type text not null default 'image/webp'
    check (type in ('image/webp', 'audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/flac',
                    'audio/wav'));
