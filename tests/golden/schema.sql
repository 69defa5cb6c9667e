BEGIN IMMEDIATE;
PRAGMA application_id = 1129467211;
PRAGMA user_version = 1;
CREATE TABLE "crm_meta" (
  "name" TEXT NOT NULL PRIMARY KEY,
  "value" TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE "crm_commit" (
  "position" INTEGER PRIMARY KEY,
  "set_id" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  "actor" BLOB,
  "command" TEXT NOT NULL,
  "outcome" TEXT
) STRICT;
CREATE UNIQUE INDEX "crm_commit_set_id" ON "crm_commit" ("set_id");
CREATE TABLE "g_user" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "boss" BLOB REFERENCES "g_user" ("id"),
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX "uq_g_user_name" ON "g_user" ("name");
CREATE INDEX "ix_g_user_boss" ON "g_user" ("boss");
CREATE TABLE "g_customer" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "number" TEXT NOT NULL,
  "name" TEXT,
  "region" TEXT,
  "status" TEXT NOT NULL,
  "manager" BLOB REFERENCES "g_user" ("id"),
  "since" TEXT,
  "friend" INTEGER NOT NULL,
  "notes" TEXT,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX "uq_g_customer_number" ON "g_customer" ("number");
CREATE UNIQUE INDEX "uq_g_customer_name_region_when" ON "g_customer" ("name", "region") WHERE "status" = 'active' AND ("region" = 'O''Brien''s') IS NOT TRUE;
CREATE INDEX "ix_g_customer_region_name" ON "g_customer" ("region", "name");
CREATE INDEX "ix_g_customer_manager_status" ON "g_customer" ("manager", "status");
CREATE TABLE "g_order" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "customer" BLOB NOT NULL REFERENCES "g_customer" ("id"),
  "seller" BLOB REFERENCES "g_user" ("id"),
  "at" INTEGER NOT NULL,
  "total" INTEGER NOT NULL,
  "pieces" INTEGER,
  "discount" INTEGER,
  "sent" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX "ix_g_order_at" ON "g_order" ("at");
CREATE INDEX "ix_g_order_customer" ON "g_order" ("customer");
CREATE INDEX "ix_g_order_seller" ON "g_order" ("seller");
INSERT INTO "crm_meta" ("name", "value") VALUES ('created_by', '0.0.0');
COMMIT;
