SELECT "t0"."id", "t0"."version", "t0"."customer", "t0"."seller", "t0"."at", "t0"."total", "t0"."pieces", "t0"."discount", "t0"."sent", "t0"."custom" FROM "g_order" AS "t0" WHERE "t0"."total" > ? AND "t0"."pieces" <= ? AND "t0"."discount" < ? AND "t0"."sent" = ? AND "t0"."at" >= ? ORDER BY "t0"."id" ASC LIMIT ?
-- 1: 125000
-- 2: 5000
-- 3: 50000
-- 4: 2
-- 5: 1323435000000000
-- 6: 101
