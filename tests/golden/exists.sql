SELECT "t0"."id", "t0"."version", "t0"."name", "t0"."boss", "t0"."custom" FROM "g_user" AS "t0" WHERE EXISTS(SELECT 1 FROM "g_customer" AS "t1" WHERE "t1"."manager" = "t0"."id" AND (EXISTS(SELECT 1 FROM "g_order" AS "t2" WHERE "t2"."customer" = "t1"."id" AND "t2"."total" > ?) AND (NOT EXISTS(SELECT 1 FROM "g_order" AS "t3" WHERE "t3"."customer" = "t1"."id" AND "t3"."at" >= ?)) AND EXISTS(SELECT 1 FROM "g_order" AS "t4" LEFT JOIN "g_user" AS "t5" ON "t4"."seller" = "t5"."id" WHERE "t4"."customer" = "t1"."id" AND "t5"."name" = ?))) ORDER BY "t0"."id" ASC LIMIT ?
-- 1: 1000000
-- 2: 1325376000000000
-- 3: "Li"
-- 4: 101
