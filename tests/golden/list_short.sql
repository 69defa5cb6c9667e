SELECT "t0"."id", "t0"."version", "t0"."number", "t0"."name", "t0"."region", "t0"."status", "t0"."manager", "t0"."since", "t0"."friend", "t0"."notes", "t0"."custom" FROM "g_customer" AS "t0" WHERE "t0"."region" IN (?, ?) ORDER BY "t0"."id" ASC LIMIT ?
-- 1: "华东"
-- 2: "华南"
-- 3: 101
