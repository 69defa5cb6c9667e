SELECT "t1"."customer", COUNT(*), SUM("t0"."amount") FROM "acme"."orders_line" AS "t0" LEFT JOIN "acme"."orders" AS "t1" ON "t0"."order" = "t1"."id" WHERE "t1"."payment" = $1 AND "t1"."ordered_at" >= $2 GROUP BY 1 ORDER BY 3 DESC NULLS LAST LIMIT $3
-- 1: "paid"
-- 2: 2022-01-01T00:00:00Z
-- 3: 101
