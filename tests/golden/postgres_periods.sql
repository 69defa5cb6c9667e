SELECT WIDTH_BUCKET("t0"."ordered_at", $1), CAST(DATE_TRUNC('quarter', CAST("t0"."paid_on" AS timestamp)) AS date), COUNT(*), SUM("t0"."amount"), COUNT("t0"."amount"), COUNT(DISTINCT "t0"."customer"), CAST(MIN(CAST("t0"."manager" AS text) COLLATE "C") AS uuid), MAX("t1"."name") FROM "acme"."orders" AS "t0" LEFT JOIN "acme"."cst_customer" AS "t1" ON "t0"."customer" = "t1"."id" WHERE "t0"."ordered_at" >= $2 AND "t0"."ordered_at" < $3 GROUP BY 1, 2 LIMIT $4
-- 1: 5 values of timestamp with time zone
-- 2: 2024-03-30T23:00:00Z
-- 3: 2024-04-02T22:00:00Z
-- 4: 1000001
