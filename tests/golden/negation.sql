SELECT "t0"."id", "t0"."version", "t0"."number", "t0"."name", "t0"."region", "t0"."status", "t0"."manager", "t0"."since", "t0"."friend", "t0"."notes", "t0"."custom" FROM "g_customer" AS "t0" WHERE ("t0"."region" = ?) IS NOT TRUE AND crm_search(?, "t0"."name") IS NOT TRUE AND "t0"."region" IS NOT NULL AND ("t0"."friend" = ? AND "t0"."since" > ?) IS NOT TRUE ORDER BY "t0"."id" ASC LIMIT ?
-- 1: "华东"
-- 2: "acme"
-- 3: 1
-- 4: "2020-01-01"
-- 5: 101
