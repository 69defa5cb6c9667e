SELECT "t0"."id", "t0"."version", "t0"."number", "t0"."name", "t0"."region", "t0"."status", "t0"."manager", "t0"."since", "t0"."friend", "t0"."notes", "t0"."custom" FROM "g_customer" AS "t0" WHERE "t0"."number" = ? AND "t0"."friend" = ? AND "t0"."since" >= ? AND "t0"."since" < ? AND "t0"."status" = ? AND "t0"."manager" = ? AND "t0"."id" > ? AND "t0"."version" <= ? ORDER BY "t0"."id" ASC LIMIT ?
-- 1: "KH001"
-- 2: 1
-- 3: "2011-12-09"
-- 4: "2012-01-01"
-- 5: "active"
-- 6: 0x07070707070707070707070707070707
-- 7: 0x01010101010101010101010101010101
-- 8: 3
-- 9: 11
