-- Dealings with servers elsewhere.

-- When a measure lapses by itself; null for one that holds until somebody lifts it.
alter table measure add column ends_at text;

create index measure_ends on measure (ends_at) where ends_at is not null;
