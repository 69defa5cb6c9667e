SELECT "t0"."id", "t0"."version", "t0"."number", "t0"."name", "t0"."region", "t0"."status", "t0"."manager", "t0"."since", "t0"."friend", "t0"."notes", "t0"."custom", "t0"."since", "t0"."region", "t0"."number" FROM "g_customer" AS "t0" WHERE ("t0"."since" <= ? OR "t0"."since" IS NULL) AND ("t0"."since" < ? OR "t0"."since" IS NULL OR (("t0"."region" >= ? OR "t0"."region" IS NULL) AND ("t0"."region" > ? OR "t0"."region" IS NULL OR ("t0"."number" >= ? AND ("t0"."number" > ? OR "t0"."id" > ?))))) ORDER BY "t0"."since" DESC, "t0"."region" ASC NULLS LAST, "t0"."number" ASC, "t0"."id" ASC LIMIT ?
-- 1: "2011-12-09"
-- 2: "2011-12-09"
-- 3: "华东"
-- 4: "华东"
-- 5: "KH001"
-- 6: "KH001"
-- 7: 0x09090909090909090909090909090909
-- 8: 2
