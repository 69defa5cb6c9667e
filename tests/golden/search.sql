SELECT "t0"."id", "t0"."version", "t0"."number", "t0"."name", "t0"."region", "t0"."status", "t0"."manager", "t0"."since", "t0"."friend", "t0"."notes", "t0"."custom" FROM "g_customer" AS "t0" LEFT JOIN "g_user" AS "t1" ON "t0"."manager" = "t1"."id" WHERE crm_search(?, "t0"."name", "t0"."number", "t1"."name") ORDER BY "t0"."id" ASC LIMIT ?
-- 1: "acme 100%"
-- 2: 101
