SELECT "t0"."id", "t0"."version", "t0"."number", "t0"."name", "t0"."region", "t0"."status", "t0"."manager", "t0"."since", "t0"."friend", "t0"."notes", "t0"."custom" FROM "g_customer" AS "t0" WHERE NOT EXISTS(SELECT 1 FROM "g_order" AS "t1" WHERE "t1"."customer" = "t0"."id") ORDER BY "t0"."id" ASC LIMIT ?
-- 1: 101
