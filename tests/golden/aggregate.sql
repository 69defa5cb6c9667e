SELECT crm_fold("t1"."region", "t0"."at", "t0"."total", "t0"."customer") FROM "g_order" AS "t0" LEFT JOIN "g_customer" AS "t1" ON "t0"."customer" = "t1"."id" WHERE "t1"."status" = ?
-- 1: "active"
