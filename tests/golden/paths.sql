SELECT "t0"."id", "t0"."version", "t1"."region", "t2"."name", "t3"."name", "t0"."customer", "t0"."total", "t1"."name" FROM "g_order" AS "t0" LEFT JOIN "g_customer" AS "t1" ON "t0"."customer" = "t1"."id" LEFT JOIN "g_user" AS "t2" ON "t1"."manager" = "t2"."id" LEFT JOIN "g_user" AS "t3" ON "t0"."seller" = "t3"."id" WHERE "t1"."region" = ? AND ("t2"."name" = ? OR "t3"."boss" IS NULL) ORDER BY "t1"."name" ASC NULLS LAST, "t0"."id" ASC LIMIT ?
-- 1: "华东"
-- 2: "Li"
-- 3: 101
