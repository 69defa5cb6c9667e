SELECT COUNT(*) FROM "g_order" AS "t0" WHERE "t0"."sent" > ?
-- 1: 1
