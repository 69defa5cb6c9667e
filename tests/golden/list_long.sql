SELECT "t0"."id", "t0"."version", "t0"."customer", "t0"."seller", "t0"."at", "t0"."total", "t0"."pieces", "t0"."discount", "t0"."sent", "t0"."custom" FROM "g_order" AS "t0" WHERE "t0"."sent" IN (SELECT "value" FROM json_each(?) AS "list") ORDER BY "t0"."id" ASC LIMIT ?
-- 1: "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39]"
-- 2: 101
