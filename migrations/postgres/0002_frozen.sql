-- When a log was frozen, in milliseconds since 1970; absent for one that takes entries. It is never taken back.
ALTER TABLE log ADD COLUMN frozen bigint;
