SELECT "t0"."id", "t0"."version", "t0"."name", "t0"."boss", "t0"."custom" FROM "g_user" AS "t0" ORDER BY "t0"."id" ASC LIMIT ?
-- 1: 21
