PRAGMA foreign_keys = OFF;
PRAGMA application_id = 1129467211;
PRAGMA user_version = 1;
BEGIN;
CREATE TABLE "crm_meta" (
  "name" TEXT NOT NULL PRIMARY KEY,
  "value" TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "crm_meta" VALUES ('created_by', '0.1.0');
CREATE TABLE "crm_commit" (
  "position" INTEGER PRIMARY KEY,
  "set_id" BLOB NOT NULL,
  "at" INTEGER NOT NULL,
  "actor" BLOB,
  "command" TEXT NOT NULL,
  "outcome" TEXT
) STRICT;
INSERT INTO "crm_commit" VALUES (1, X'63726d6b69742d7365742d75702d3031', 1774947600000000, NULL, 'setup', NULL);
INSERT INTO "crm_commit" VALUES (2, X'019d431f06807000800002e300000007', 1774947600000000, NULL, 'user.create', '{"slots":[1]}');
INSERT INTO "crm_commit" VALUES (3, X'019d431f06807000800002f600000007', 1774947600000000, NULL, 'user.create', '{"slots":[1]}');
INSERT INTO "crm_commit" VALUES (4, X'019d431f068070008000030900000007', 1774947600000000, NULL, 'user.create', '{"slots":[1]}');
INSERT INTO "crm_commit" VALUES (5, X'019d431f068070008000031c00000007', 1774947600000000, NULL, 'user.create', '{"slots":[1]}');
INSERT INTO "crm_commit" VALUES (6, X'019d431f068070008000032f00000007', 1774947600000000, NULL, 'user.create', '{"slots":[2]}');
INSERT INTO "crm_commit" VALUES (7, X'019d431f068070008000034200000007', 1774947600000000, NULL, 'product.create', '{"slots":[1]}');
INSERT INTO "crm_commit" VALUES (8, X'019d431f068070008000035500000007', 1774947600000000, NULL, 'stock_item.create', '{"slots":[2]}');
INSERT INTO "crm_commit" VALUES (9, X'019d431f068070008000036800000007', 1774947600000000, NULL, 'product.create', '{"slots":[1]}');
INSERT INTO "crm_commit" VALUES (10, X'019d431f068070008000037b00000007', 1774947600000000, NULL, 'stock_item.create', '{"slots":[1]}');
INSERT INTO "crm_commit" VALUES (11, X'019d431f068070008000038e00000007', 1774947600000000, X'019d431f06807000800002f800000007', 'customer.create', '{"slots":[3]}');
INSERT INTO "crm_commit" VALUES (12, X'019d431f06807000800003a100000007', 1774947600000000, X'019d431f06807000800002f800000007', 'contact.create', '{"slots":[1]}');
INSERT INTO "crm_commit" VALUES (13, X'019d431f06807000800003b400000007', 1774947600000000, X'019d431f06807000800002f800000007', 'activity.create', '{"slots":[1]}');
INSERT INTO "crm_commit" VALUES (14, X'019d431f06807000800003c700000007', 1774947600000000, X'019d431f06807000800002f800000007', 'customer.create', '{"slots":[1]}');
INSERT INTO "crm_commit" VALUES (15, X'019d431f06807000800003da00000007', 1774947600000000, X'019d431f06807000800002f800000007', 'contact.create', '{"slots":[2]}');
INSERT INTO "crm_commit" VALUES (16, X'019d431f06807000800003ed00000007', 1774947600000000, X'019d431f06807000800002f800000007', 'activity.create', '{"slots":[1]}');
INSERT INTO "crm_commit" VALUES (17, X'019d431f068070008000040100000007', 1774947600000000, X'019d431f06807000800002e500000007', 'opportunity.create', '{"slots":[1,1]}');
INSERT INTO "crm_commit" VALUES (18, X'019d431f068070008000041500000007', 1774947600000000, X'019d431f06807000800002e500000007', 'opportunity.create', '{"slots":[2,3]}');
INSERT INTO "crm_commit" VALUES (19, X'019d431f068070008000042900000007', 1774947600000000, X'019d431f06807000800002e500000007', 'opportunity.create', '{"slots":[3,2]}');
INSERT INTO "crm_commit" VALUES (20, X'019d431f068070008000043b00000007', 1774947600000000, X'019d431f06807000800002e500000007', 'opportunity.assign', '{"slots":[2]}');
INSERT INTO "crm_commit" VALUES (21, X'019d431f068070008000044e00000007', 1774947600000000, X'019d431f068070008000030b00000007', 'plan_item.create', '{"slots":[1]}');
INSERT INTO "crm_commit" VALUES (22, X'019d431f068070008000046000000007', 1774947600000000, X'019d431f06807000800002e500000007', 'opportunity.assign', '{"slots":[4]}');
INSERT INTO "crm_commit" VALUES (23, X'019d431f068070008000047300000007', 1774947600000000, X'019d431f06807000800002f800000007', 'plan_item.create', '{"slots":[2]}');
INSERT INTO "crm_commit" VALUES (24, X'019d431f068070008000048600000007', 1774947600000000, X'019d431f068070008000030b00000007', 'opportunity.win', '{"slots":[1,1,2,3]}');
INSERT INTO "crm_commit" VALUES (25, X'019d431f068070008000049c00000007', 1774947600000000, X'019d431f06807000800002f800000007', 'service_request.create', '{"slots":[1,1]}');
INSERT INTO "crm_commit" VALUES (26, X'019d431f06807000800004ae00000007', 1774947600000000, X'019d431f06807000800002e500000007', 'service_request.assign', '{"slots":[2]}');
INSERT INTO "crm_commit" VALUES (27, X'019d431f06807000800004c000000007', 1774947600000000, X'019d431f06807000800002f800000007', 'service_request.handle', '{"slots":[3]}');
INSERT INTO "crm_commit" VALUES (28, X'019d431f06807000800004d200000007', 1774947600000000, X'019d431f06807000800002f800000007', 'service_request.feedback', '{"slots":[2,4]}');
INSERT INTO "crm_commit" VALUES (29, X'019d431f06807000800004e700000007', 1774947600000000, X'019d431f06807000800002f800000007', 'service_request.create', '{"slots":[2,2]}');
INSERT INTO "crm_commit" VALUES (30, X'019d431f06807000800004f900000007', 1774947600000000, X'019d431f06807000800002e500000007', 'service_request.assign', '{"slots":[3]}');
INSERT INTO "crm_commit" VALUES (31, X'019d431f068070008000050e00000007', 1774947600000000, X'019d431f06807000800002f800000007', 'order.place', '{"slots":[1,5,4]}');
INSERT INTO "crm_commit" VALUES (32, X'019d431f068070008000052100000007', 1774947600000000, X'019d431f06807000800002e500000007', 'order.confirm', '{"slots":[6]}');
INSERT INTO "crm_commit" VALUES (33, X'019d431f068070008000053300000007', 1774947600000000, X'019d431f06807000800002e500000007', 'order.pick', '{"slots":[7]}');
INSERT INTO "crm_commit" VALUES (34, X'019d431f068070008000054500000007', 1774947600000000, X'019d431f06807000800002e500000007', 'order.pack', '{"slots":[8]}');
INSERT INTO "crm_commit" VALUES (35, X'019d431f068070008000056700000007', 1774947600000000, X'019d431f06807000800002e500000007', 'order.ship', '{"slots":[4,9]}');
INSERT INTO "crm_commit" VALUES (36, X'019d431f068070008000057b00000007', 1774947600000000, X'019d431f06807000800002e500000007', 'order.pay', '{"slots":[10]}');
INSERT INTO "crm_commit" VALUES (37, X'019d431f068070008000059000000007', 1774947600000000, X'019d431f068070008000030b00000007', 'order.place', '{"slots":[2,2,4]}');
INSERT INTO "crm_commit" VALUES (38, X'019d431f06807000800005a300000007', 1774947600000000, X'019d431f06807000800002e500000007', 'order.confirm', '{"slots":[3]}');
INSERT INTO "crm_commit" VALUES (39, X'019d431f06807000800005b500000007', 1774947600000000, X'019d431f06807000800002e500000007', 'order.pick', '{"slots":[4]}');
INSERT INTO "crm_commit" VALUES (40, X'019d431f06807000800005c700000007', 1774947600000000, X'019d431f06807000800002e500000007', 'order.pack', '{"slots":[5]}');
INSERT INTO "crm_commit" VALUES (41, X'019d431f06807000800005e900000007', 1774947600000000, X'019d431f06807000800002e500000007', 'order.ship', '{"slots":[6,3]}');
INSERT INTO "crm_commit" VALUES (42, X'019d431f06807000800005fd00000007', 1774947600000000, X'019d431f06807000800002e500000007', 'order.pay', '{"slots":[7]}');
INSERT INTO "crm_commit" VALUES (43, X'019d431f068070008000061200000007', 1774947600000000, X'019d431f06807000800002f800000007', 'order.place', '{"slots":[3,1,5]}');
CREATE TABLE "sys_organisation" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT,
  "time_zone" TEXT NOT NULL,
  "language" TEXT NOT NULL,
  "currency" TEXT NOT NULL,
  "fiscal_year_start" INTEGER NOT NULL,
  "service_threshold" TEXT,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "sys_organisation" VALUES (X'019d431f068070008000000100000007', 1, 'main', NULL, 'UTC', 'en', 'EUR', 1, NULL, NULL);
CREATE TABLE "sys_series" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "code" TEXT NOT NULL,
  "prefix" TEXT,
  "date_pattern" TEXT,
  "width" INTEGER NOT NULL,
  "reset" TEXT NOT NULL,
  "block" INTEGER,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "sys_series" VALUES (X'019d431f068070008000000200000007', 1, 'customer', 'KH', 'yyMMdd', 3, 'day', NULL, NULL);
INSERT INTO "sys_series" VALUES (X'019d431f068070008000000300000007', 1, 'order', 'DD', 'yyMMdd', 3, 'day', NULL, NULL);
INSERT INTO "sys_series" VALUES (X'019d431f068070008000000400000007', 1, 'opportunity', 'XS', 'yyMMdd', 3, 'day', NULL, NULL);
INSERT INTO "sys_series" VALUES (X'019d431f068070008000000500000007', 1, 'service', 'FW', 'yyMMdd', 3, 'day', NULL, NULL);
CREATE TABLE "sys_series_counter" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "series" TEXT NOT NULL,
  "period" TEXT NOT NULL,
  "last" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "sys_series_counter" VALUES (X'019d431f068070008000040000000007', 3, 'opportunity', '2026-03-31', 3, NULL);
INSERT INTO "sys_series_counter" VALUES (X'019d431f068070008000048500000007', 1, 'customer', '2026-03-31', 1, NULL);
INSERT INTO "sys_series_counter" VALUES (X'019d431f068070008000049b00000007', 2, 'service', '2026-03-31', 2, NULL);
INSERT INTO "sys_series_counter" VALUES (X'019d431f068070008000050d00000007', 3, 'order', '2026-03-31', 3, NULL);
CREATE TABLE "sys_role" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "description" TEXT,
  "active" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "sys_role" VALUES (X'019d431f068070008000010300000007', 1, 'supervisor', '销售主管 / Supervisor', 1, NULL);
INSERT INTO "sys_role" VALUES (X'019d431f068070008000010400000007', 1, 'account_manager', '客户经理 / Account manager', 1, NULL);
INSERT INTO "sys_role" VALUES (X'019d431f068070008000010500000007', 1, 'executive', '高管 / Executive', 1, NULL);
INSERT INTO "sys_role" VALUES (X'63726d6b69742d726f6c652d61646d69', 1, 'administrator', '系统管理员 / System administrator', 1, NULL);
CREATE TABLE "sys_right" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "code" TEXT NOT NULL,
  "parent" TEXT,
  "kind" TEXT NOT NULL,
  "text" TEXT NOT NULL,
  "tip" TEXT,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "sys_right" VALUES (X'019d431f068070008000001f00000007', 1, 'marketing', NULL, 'folder', 'Marketing', '营销管理', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002000000007', 1, 'customers', NULL, 'folder', 'Customers', '客户管理', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002100000007', 1, 'service', NULL, 'folder', 'Service', '服务管理', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002200000007', 1, 'reports', NULL, 'folder', 'Reports', '统计报表', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002300000007', 1, 'base_data', NULL, 'folder', 'Base data', '基础数据', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002400000007', 1, 'permissions', NULL, 'folder', 'Permissions', '权限管理', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002500000007', 1, 'organisation.create', 'permissions', 'operation', 'organisation create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002600000007', 1, 'organisation.read', 'permissions', 'operation', 'organisation read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002700000007', 1, 'organisation.edit', 'permissions', 'operation', 'organisation edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002800000007', 1, 'organisation.delete', 'permissions', 'operation', 'organisation delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002900000007', 1, 'number_series.create', 'base_data', 'operation', 'number series create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002a00000007', 1, 'number_series.read', 'base_data', 'operation', 'number series read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002b00000007', 1, 'number_series.edit', 'base_data', 'operation', 'number series edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002c00000007', 1, 'number_series.delete', 'base_data', 'operation', 'number series delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002d00000007', 1, 'series_counter.create', 'base_data', 'operation', 'series counter create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002e00000007', 1, 'series_counter.read', 'base_data', 'operation', 'series counter read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000002f00000007', 1, 'series_counter.edit', 'base_data', 'operation', 'series counter edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003000000007', 1, 'series_counter.delete', 'base_data', 'operation', 'series counter delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003100000007', 1, 'role.create', 'permissions', 'operation', 'role create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003200000007', 1, 'role.read', 'permissions', 'operation', 'role read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003300000007', 1, 'role.edit', 'permissions', 'operation', 'role edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003400000007', 1, 'role.delete', 'permissions', 'operation', 'role delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003500000007', 1, 'right.create', 'permissions', 'operation', 'right create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003600000007', 1, 'right.read', 'permissions', 'operation', 'right read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003700000007', 1, 'right.edit', 'permissions', 'operation', 'right edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003800000007', 1, 'right.delete', 'permissions', 'operation', 'right delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003900000007', 1, 'grant.create', 'permissions', 'operation', 'grant create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003a00000007', 1, 'grant.read', 'permissions', 'operation', 'grant read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003b00000007', 1, 'grant.edit', 'permissions', 'operation', 'grant edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003c00000007', 1, 'grant.delete', 'permissions', 'operation', 'grant delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003d00000007', 1, 'field_rule.create', 'permissions', 'operation', 'field rule create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003e00000007', 1, 'field_rule.read', 'permissions', 'operation', 'field rule read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000003f00000007', 1, 'field_rule.edit', 'permissions', 'operation', 'field rule edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004000000007', 1, 'field_rule.delete', 'permissions', 'operation', 'field rule delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004100000007', 1, 'access_revision.create', 'permissions', 'operation', 'access revision create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004200000007', 1, 'access_revision.read', 'permissions', 'operation', 'access revision read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004300000007', 1, 'access_revision.edit', 'permissions', 'operation', 'access revision edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004400000007', 1, 'access_revision.delete', 'permissions', 'operation', 'access revision delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004500000007', 1, 'team.create', 'permissions', 'operation', 'team create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004600000007', 1, 'team.read', 'permissions', 'operation', 'team read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004700000007', 1, 'team.edit', 'permissions', 'operation', 'team edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004800000007', 1, 'team.delete', 'permissions', 'operation', 'team delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004900000007', 1, 'user.create', 'permissions', 'operation', 'user create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004a00000007', 1, 'user.read', 'permissions', 'operation', 'user read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004b00000007', 1, 'user.edit', 'permissions', 'operation', 'user edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004c00000007', 1, 'user.delete', 'permissions', 'operation', 'user delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004d00000007', 1, 'user.set_password', 'permissions', 'operation', 'user set password', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004e00000007', 1, 'user.unlock', 'permissions', 'operation', 'user unlock', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000004f00000007', 1, 'dictionary_entry.create', 'base_data', 'operation', 'dictionary entry create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005000000007', 1, 'dictionary_entry.read', 'base_data', 'operation', 'dictionary entry read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005100000007', 1, 'dictionary_entry.edit', 'base_data', 'operation', 'dictionary entry edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005200000007', 1, 'dictionary_entry.delete', 'base_data', 'operation', 'dictionary entry delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005300000007', 1, 'dictionary_revision.create', 'base_data', 'operation', 'dictionary revision create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005400000007', 1, 'dictionary_revision.read', 'base_data', 'operation', 'dictionary revision read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005500000007', 1, 'dictionary_revision.edit', 'base_data', 'operation', 'dictionary revision edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005600000007', 1, 'dictionary_revision.delete', 'base_data', 'operation', 'dictionary revision delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005700000007', 1, 'customer.create', 'customers', 'operation', 'customer create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005800000007', 1, 'customer.read', 'customers', 'operation', 'customer read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005900000007', 1, 'customer.edit', 'customers', 'operation', 'customer edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005a00000007', 1, 'customer.delete', 'customers', 'operation', 'customer delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005b00000007', 1, 'contact.create', 'customers', 'operation', 'contact create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005c00000007', 1, 'contact.read', 'customers', 'operation', 'contact read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005d00000007', 1, 'contact.edit', 'customers', 'operation', 'contact edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005e00000007', 1, 'contact.delete', 'customers', 'operation', 'contact delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000005f00000007', 1, 'lost_customer.create', 'customers', 'operation', 'lost customer create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006000000007', 1, 'lost_customer.read', 'customers', 'operation', 'lost customer read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006100000007', 1, 'lost_customer.edit', 'customers', 'operation', 'lost customer edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006200000007', 1, 'lost_customer.delete', 'customers', 'operation', 'lost customer delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006300000007', 1, 'lost_customer.defer', 'customers', 'operation', 'lost customer defer', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006400000007', 1, 'lost_customer.confirm', 'customers', 'operation', 'lost customer confirm', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006500000007', 1, 'lost_customer.scan', 'customers', 'operation', 'lost customer scan', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006600000007', 1, 'loss_measure.create', 'customers', 'operation', 'loss measure create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006700000007', 1, 'loss_measure.read', 'customers', 'operation', 'loss measure read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006800000007', 1, 'loss_measure.edit', 'customers', 'operation', 'loss measure edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006900000007', 1, 'loss_measure.delete', 'customers', 'operation', 'loss measure delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006a00000007', 1, 'activity.create', 'customers', 'operation', 'activity create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006b00000007', 1, 'activity.read', 'customers', 'operation', 'activity read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006c00000007', 1, 'activity.edit', 'customers', 'operation', 'activity edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006d00000007', 1, 'activity.delete', 'customers', 'operation', 'activity delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006e00000007', 1, 'product.create', 'base_data', 'operation', 'product create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000006f00000007', 1, 'product.read', 'base_data', 'operation', 'product read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007000000007', 1, 'product.edit', 'base_data', 'operation', 'product edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007100000007', 1, 'product.delete', 'base_data', 'operation', 'product delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007200000007', 1, 'stock_item.create', 'base_data', 'operation', 'stock item create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007300000007', 1, 'stock_item.read', 'base_data', 'operation', 'stock item read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007400000007', 1, 'stock_item.edit', 'base_data', 'operation', 'stock item edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007500000007', 1, 'stock_item.delete', 'base_data', 'operation', 'stock item delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007600000007', 1, 'order.create', 'base_data', 'operation', 'order create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007700000007', 1, 'order.read', 'base_data', 'operation', 'order read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007800000007', 1, 'order.edit', 'base_data', 'operation', 'order edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007900000007', 1, 'order.delete', 'base_data', 'operation', 'order delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007a00000007', 1, 'order.confirm', 'base_data', 'operation', 'order confirm', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007b00000007', 1, 'order.pick', 'base_data', 'operation', 'order pick', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007c00000007', 1, 'order.pack', 'base_data', 'operation', 'order pack', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007d00000007', 1, 'order.ship', 'base_data', 'operation', 'order ship', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007e00000007', 1, 'order.cancel', 'base_data', 'operation', 'order cancel', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000007f00000007', 1, 'order.pay_part', 'base_data', 'operation', 'order pay part', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008000000007', 1, 'order.pay', 'base_data', 'operation', 'order pay', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008100000007', 1, 'order_line.create', 'base_data', 'operation', 'order line create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008200000007', 1, 'order_line.read', 'base_data', 'operation', 'order line read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008300000007', 1, 'order_line.edit', 'base_data', 'operation', 'order line edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008400000007', 1, 'order_line.delete', 'base_data', 'operation', 'order line delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008500000007', 1, 'service_request.create', 'service', 'operation', 'service request create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008600000007', 1, 'service_request.read', 'service', 'operation', 'service request read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008700000007', 1, 'service_request.edit', 'service', 'operation', 'service request edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008800000007', 1, 'service_request.delete', 'service', 'operation', 'service request delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008900000007', 1, 'service_request.assign', 'service', 'operation', 'service request assign', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008a00000007', 1, 'service_request.handle', 'service', 'operation', 'service request handle', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008b00000007', 1, 'service_request.feedback', 'service', 'operation', 'service request feedback', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008c00000007', 1, 'service_round.create', 'service', 'operation', 'service round create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008d00000007', 1, 'service_round.read', 'service', 'operation', 'service round read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008e00000007', 1, 'service_round.edit', 'service', 'operation', 'service round edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000008f00000007', 1, 'service_round.delete', 'service', 'operation', 'service round delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009000000007', 1, 'history_entry.create', 'base_data', 'operation', 'history entry create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009100000007', 1, 'history_entry.read', 'base_data', 'operation', 'history entry read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009200000007', 1, 'history_entry.edit', 'base_data', 'operation', 'history entry edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009300000007', 1, 'history_entry.delete', 'base_data', 'operation', 'history entry delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009400000007', 1, 'import_run.create', 'base_data', 'operation', 'import run create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009500000007', 1, 'import_run.read', 'base_data', 'operation', 'import run read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009600000007', 1, 'import_run.edit', 'base_data', 'operation', 'import run edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009700000007', 1, 'import_run.delete', 'base_data', 'operation', 'import run delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009800000007', 1, 'import_rejects.create', 'base_data', 'operation', 'import rejects create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009900000007', 1, 'import_rejects.read', 'base_data', 'operation', 'import rejects read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009a00000007', 1, 'import_rejects.edit', 'base_data', 'operation', 'import rejects edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009b00000007', 1, 'import_rejects.delete', 'base_data', 'operation', 'import rejects delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009c00000007', 1, 'pipeline.create', 'marketing', 'operation', 'pipeline create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009d00000007', 1, 'pipeline.read', 'marketing', 'operation', 'pipeline read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009e00000007', 1, 'pipeline.edit', 'marketing', 'operation', 'pipeline edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000009f00000007', 1, 'pipeline.delete', 'marketing', 'operation', 'pipeline delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000a000000007', 1, 'stage.create', 'marketing', 'operation', 'stage create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000a100000007', 1, 'stage.read', 'marketing', 'operation', 'stage read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000a200000007', 1, 'stage.edit', 'marketing', 'operation', 'stage edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000a300000007', 1, 'stage.delete', 'marketing', 'operation', 'stage delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000a400000007', 1, 'opportunity.create', 'marketing', 'operation', 'opportunity create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000a500000007', 1, 'opportunity.read', 'marketing', 'operation', 'opportunity read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000a600000007', 1, 'opportunity.edit', 'marketing', 'operation', 'opportunity edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000a700000007', 1, 'opportunity.delete', 'marketing', 'operation', 'opportunity delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000a800000007', 1, 'opportunity.assign', 'marketing', 'operation', 'opportunity assign', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000a900000007', 1, 'opportunity.win', 'marketing', 'operation', 'opportunity win', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000aa00000007', 1, 'opportunity.terminate', 'marketing', 'operation', 'opportunity terminate', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000ab00000007', 1, 'plan_item.create', 'marketing', 'operation', 'plan item create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000ac00000007', 1, 'plan_item.read', 'marketing', 'operation', 'plan item read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000ad00000007', 1, 'plan_item.edit', 'marketing', 'operation', 'plan item edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000ae00000007', 1, 'plan_item.delete', 'marketing', 'operation', 'plan item delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000af00000007', 1, 'plan_item.execute', 'marketing', 'operation', 'plan item execute', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000b000000007', 1, 'saved_report.create', 'reports', 'operation', 'saved report create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000b100000007', 1, 'saved_report.read', 'reports', 'operation', 'saved report read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000b200000007', 1, 'saved_report.edit', 'reports', 'operation', 'saved report edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000b300000007', 1, 'saved_report.delete', 'reports', 'operation', 'saved report delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000b400000007', 1, 'job.create', 'base_data', 'operation', 'job create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000b500000007', 1, 'job.read', 'base_data', 'operation', 'job read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000b600000007', 1, 'job.edit', 'base_data', 'operation', 'job edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000b700000007', 1, 'job.delete', 'base_data', 'operation', 'job delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000b800000007', 1, 'job_state.create', 'base_data', 'operation', 'job state create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000b900000007', 1, 'job_state.read', 'base_data', 'operation', 'job state read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000ba00000007', 1, 'job_state.edit', 'base_data', 'operation', 'job state edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000bb00000007', 1, 'job_state.delete', 'base_data', 'operation', 'job state delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000bc00000007', 1, 'job_run.create', 'base_data', 'operation', 'job run create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000bd00000007', 1, 'job_run.read', 'base_data', 'operation', 'job run read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000be00000007', 1, 'job_run.edit', 'base_data', 'operation', 'job run edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000bf00000007', 1, 'job_run.delete', 'base_data', 'operation', 'job run delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000c000000007', 1, 'reminder.create', 'base_data', 'operation', 'reminder create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000c100000007', 1, 'reminder.read', 'base_data', 'operation', 'reminder read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000c200000007', 1, 'reminder.edit', 'base_data', 'operation', 'reminder edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000c300000007', 1, 'reminder.delete', 'base_data', 'operation', 'reminder delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000c400000007', 1, 'event_entry.create', 'base_data', 'operation', 'event entry create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000c500000007', 1, 'event_entry.read', 'base_data', 'operation', 'event entry read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000c600000007', 1, 'event_entry.edit', 'base_data', 'operation', 'event entry edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000c700000007', 1, 'event_entry.delete', 'base_data', 'operation', 'event entry delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000c800000007', 1, 'subscription.create', 'base_data', 'operation', 'subscription create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000c900000007', 1, 'subscription.read', 'base_data', 'operation', 'subscription read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000ca00000007', 1, 'subscription.edit', 'base_data', 'operation', 'subscription edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000cb00000007', 1, 'subscription.delete', 'base_data', 'operation', 'subscription delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000cc00000007', 1, 'parked_event.create', 'base_data', 'operation', 'parked event create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000cd00000007', 1, 'parked_event.read', 'base_data', 'operation', 'parked event read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000ce00000007', 1, 'parked_event.edit', 'base_data', 'operation', 'parked event edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000cf00000007', 1, 'parked_event.delete', 'base_data', 'operation', 'parked event delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000d000000007', 1, 'event_shard.create', 'base_data', 'operation', 'event shard create', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000d100000007', 1, 'event_shard.read', 'base_data', 'operation', 'event shard read', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000d200000007', 1, 'event_shard.edit', 'base_data', 'operation', 'event shard edit', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000d300000007', 1, 'event_shard.delete', 'base_data', 'operation', 'event shard delete', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000d400000007', 1, 'data.backup', 'permissions', 'operation', 'Back up data', '备份数据', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000d500000007', 1, 'data.export', 'permissions', 'operation', 'Export data', '导出数据', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000d600000007', 1, 'data.import', 'permissions', 'operation', 'Import data', '导入数据', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000d700000007', 1, 'data.restore', 'permissions', 'operation', 'Restore data', '恢复数据', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000d800000007', 1, 'data.verify', 'permissions', 'operation', 'Verify data', '检查数据', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000d900000007', 1, 'history.erase', 'permissions', 'operation', 'Erase history', '抹除历史', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000da00000007', 1, 'history.purge', 'permissions', 'operation', 'Purge history', '清理历史', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000db00000007', 1, 'history.undo', 'permissions', 'operation', 'Undo what others did', '撤销他人操作', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000dc00000007', 1, 'job.run', 'base_data', 'operation', 'Run jobs that are due', '执行到期任务', NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000dd00000007', 1, 'report.custom', 'reports', 'operation', 'report custom', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000de00000007', 1, 'report.contribution', 'reports', 'operation', 'report contribution', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000df00000007', 1, 'report.composition', 'reports', 'operation', 'report composition', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000e000000007', 1, 'report.service', 'reports', 'operation', 'report service', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000e100000007', 1, 'report.loss', 'reports', 'operation', 'report loss', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000e200000007', 1, 'report.loss-reasons', 'reports', 'operation', 'report loss-reasons', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000e300000007', 1, 'report.lapsed', 'reports', 'operation', 'report lapsed', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000e400000007', 1, 'report.rfm', 'reports', 'operation', 'report rfm', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000e500000007', 1, 'report.funnel', 'reports', 'operation', 'report funnel', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000e600000007', 1, 'report.win-rate', 'reports', 'operation', 'report win-rate', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000e700000007', 1, 'report.forecast', 'reports', 'operation', 'report forecast', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000e800000007', 1, 'report.sales-trend', 'reports', 'operation', 'report sales-trend', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000e900000007', 1, 'report.top-products', 'reports', 'operation', 'report top-products', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000ea00000007', 1, 'report.abc-customers', 'reports', 'operation', 'report abc-customers', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000eb00000007', 1, 'report.churn', 'reports', 'operation', 'report churn', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000ec00000007', 1, 'report.customer-value', 'reports', 'operation', 'report customer-value', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000ed00000007', 1, 'report.new-customers', 'reports', 'operation', 'report new-customers', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000ee00000007', 1, 'report.repeat-rate', 'reports', 'operation', 'report repeat-rate', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000ef00000007', 1, 'report.retention', 'reports', 'operation', 'report retention', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000f000000007', 1, 'report.abc-products', 'reports', 'operation', 'report abc-products', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000f100000007', 1, 'report.order-status', 'reports', 'operation', 'report order-status', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000f200000007', 1, 'report.sales-by', 'reports', 'operation', 'report sales-by', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000f300000007', 1, 'report.source-effectiveness', 'reports', 'operation', 'report source-effectiveness', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000f400000007', 1, 'report.stock-position', 'reports', 'operation', 'report stock-position', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000f500000007', 1, 'report.customers-to-contact', 'reports', 'operation', 'report customers-to-contact', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000f600000007', 1, 'report.handling-time', 'reports', 'operation', 'report handling-time', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000f700000007', 1, 'report.opportunity-time', 'reports', 'operation', 'report opportunity-time', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000f800000007', 1, 'report.overdue-plans', 'reports', 'operation', 'report overdue-plans', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000f900000007', 1, 'report.rework-rate', 'reports', 'operation', 'report rework-rate', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000fa00000007', 1, 'report.sales-cycle', 'reports', 'operation', 'report sales-cycle', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000fb00000007', 1, 'report.work-review', 'reports', 'operation', 'report work-review', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000fc00000007', 1, 'report.bought-together', 'reports', 'operation', 'report bought-together', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000fd00000007', 1, 'report.stock-without-movement', 'reports', 'operation', 'report stock-without-movement', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000fe00000007', 1, 'report.stage-ageing', 'reports', 'operation', 'report stage-ageing', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f06807000800000ff00000007', 1, 'report.service-load', 'reports', 'operation', 'report service-load', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000010000000007', 1, 'report.satisfaction', 'reports', 'operation', 'report satisfaction', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000010100000007', 1, 'report.loss-warnings', 'reports', 'operation', 'report loss-warnings', NULL, NULL);
INSERT INTO "sys_right" VALUES (X'019d431f068070008000010200000007', 1, 'report.open-services', 'reports', 'operation', 'report open-services', NULL, NULL);
CREATE TABLE "sys_role_right" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "role" BLOB NOT NULL REFERENCES "sys_role" ("id"),
  "right" BLOB NOT NULL REFERENCES "sys_right" ("id"),
  "scope" TEXT NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000010600000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000002600000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000010700000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000002700000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000010800000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000002900000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000010900000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000002a00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000010a00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000002b00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000010b00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000002c00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000010c00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000010d00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003200000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000010e00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003300000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000010f00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003400000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011000000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003500000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011100000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003600000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011200000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003700000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011300000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003800000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011400000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003900000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011500000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003a00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011600000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003b00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011700000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003c00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011800000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003d00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011900000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003e00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011a00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000003f00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011b00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000004000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011c00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000004500000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011d00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000004600000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011e00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000004700000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000011f00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000004800000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012000000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000004900000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012100000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000004a00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012200000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000004b00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012300000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000004c00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012400000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000004d00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012500000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000004e00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012600000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000004f00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012700000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000005000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012800000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000005100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012900000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000005200000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012a00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000006e00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012b00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000006f00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012c00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000007000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012d00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000007100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012e00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000007200000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000012f00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000007300000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013000000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000007400000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013100000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000007500000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013200000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000009500000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013300000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000009900000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013400000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000009c00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013500000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000009d00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013600000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000009e00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013700000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f068070008000009f00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013800000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000a000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013900000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000a100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013a00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000a200000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013b00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000a300000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013c00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000b500000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013d00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000b600000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013e00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000b900000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000013f00000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000bd00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014000000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000d400000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014100000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000d500000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014200000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000d600000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014300000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000d700000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014400000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000d800000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014500000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000d900000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014600000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000da00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014700000007', 1, X'63726d6b69742d726f6c652d61646d69', X'019d431f06807000800000dc00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014800000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000004a00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014900000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000005000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014a00000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000005800000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014b00000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000005c00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014c00000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000006000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014d00000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000006500000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014e00000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000006700000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000014f00000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000006b00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015000000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000006f00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015100000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000007300000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015200000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000007600000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015300000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000007700000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015400000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000007800000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015500000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000007a00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015600000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000007b00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015700000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000007c00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015800000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000007d00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015900000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000007e00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015a00000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000007f00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015b00000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000008000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015c00000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000008100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015d00000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000008200000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015e00000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000008300000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000015f00000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000008400000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016000000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000008600000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016100000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000008900000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016200000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000008d00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016300000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000009d00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016400000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000a100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016500000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000a400000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016600000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000a500000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016700000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000a600000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016800000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000a700000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016900000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000a800000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016a00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000ab00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016b00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000ac00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016c00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000ad00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016d00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000ae00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016e00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000b000000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000016f00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000b100000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017000000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000b200000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017100000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000b300000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017200000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000c100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017300000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000dd00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017400000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000de00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017500000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000df00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017600000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000e000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017700000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000e100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017800000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000e200000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017900000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000e300000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017a00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000e400000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017b00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000e500000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017c00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000e600000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017d00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000e700000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017e00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000e800000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000017f00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000e900000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018000000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000ea00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018100000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000eb00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018200000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000ec00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018300000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000ed00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018400000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000ee00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018500000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000ef00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018600000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000f000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018700000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000f100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018800000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000f200000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018900000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000f300000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018a00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000f400000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018b00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000f500000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018c00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000f600000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018d00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000f700000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018e00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000f800000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000018f00000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000f900000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019000000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000fa00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019100000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000fb00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019200000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000fc00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019300000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000fd00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019400000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000fe00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019500000007', 1, X'019d431f068070008000010300000007', X'019d431f06807000800000ff00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019600000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000010000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019700000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000010100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019800000007', 1, X'019d431f068070008000010300000007', X'019d431f068070008000010200000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019900000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000005000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019a00000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000005700000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019b00000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000005800000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019c00000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000005900000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019d00000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000005a00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019e00000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000005b00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f068070008000019f00000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000005c00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001a000000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000005d00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001a100000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000005e00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001a200000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000006000000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001a300000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000006300000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001a400000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000006400000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001a500000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000006700000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001a600000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000006a00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001a700000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000006b00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001a800000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000006c00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001a900000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000006d00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001aa00000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000006f00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001ab00000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000007300000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001ac00000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000007600000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001ad00000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000007700000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001ae00000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000008100000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001af00000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000008200000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001b000000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000008500000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001b100000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000008600000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001b200000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000008800000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001b300000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000008a00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001b400000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000008b00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001b500000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000008d00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001b600000007', 1, X'019d431f068070008000010400000007', X'019d431f068070008000009d00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001b700000007', 1, X'019d431f068070008000010400000007', X'019d431f06807000800000a100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001b800000007', 1, X'019d431f068070008000010400000007', X'019d431f06807000800000a400000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001b900000007', 1, X'019d431f068070008000010400000007', X'019d431f06807000800000a500000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001ba00000007', 1, X'019d431f068070008000010400000007', X'019d431f06807000800000a600000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001bb00000007', 1, X'019d431f068070008000010400000007', X'019d431f06807000800000a700000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001bc00000007', 1, X'019d431f068070008000010400000007', X'019d431f06807000800000a900000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001bd00000007', 1, X'019d431f068070008000010400000007', X'019d431f06807000800000aa00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001be00000007', 1, X'019d431f068070008000010400000007', X'019d431f06807000800000ab00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001bf00000007', 1, X'019d431f068070008000010400000007', X'019d431f06807000800000ac00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001c000000007', 1, X'019d431f068070008000010400000007', X'019d431f06807000800000ad00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001c100000007', 1, X'019d431f068070008000010400000007', X'019d431f06807000800000ae00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001c200000007', 1, X'019d431f068070008000010400000007', X'019d431f06807000800000af00000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001c300000007', 1, X'019d431f068070008000010400000007', X'019d431f06807000800000c100000007', 'own', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001c400000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000dd00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001c500000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000de00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001c600000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000df00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001c700000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000e000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001c800000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000e100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001c900000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000e200000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001ca00000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000e300000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001cb00000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000e400000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001cc00000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000e500000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001cd00000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000e600000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001ce00000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000e700000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001cf00000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000e800000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001d000000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000e900000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001d100000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000ea00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001d200000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000eb00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001d300000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000ec00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001d400000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000ed00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001d500000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000ee00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001d600000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000ef00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001d700000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000f000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001d800000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000f100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001d900000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000f200000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001da00000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000f300000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001db00000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000f400000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001dc00000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000f500000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001dd00000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000f600000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001de00000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000f700000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001df00000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000f800000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001e000000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000f900000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001e100000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000fa00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001e200000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000fb00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001e300000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000fc00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001e400000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000fd00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001e500000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000fe00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001e600000007', 1, X'019d431f068070008000010500000007', X'019d431f06807000800000ff00000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001e700000007', 1, X'019d431f068070008000010500000007', X'019d431f068070008000010000000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001e800000007', 1, X'019d431f068070008000010500000007', X'019d431f068070008000010100000007', 'all', NULL);
INSERT INTO "sys_role_right" VALUES (X'019d431f06807000800001e900000007', 1, X'019d431f068070008000010500000007', X'019d431f068070008000010200000007', 'all', NULL);
CREATE TABLE "sys_field_rule" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "role" BLOB NOT NULL REFERENCES "sys_role" ("id"),
  "entity" TEXT NOT NULL,
  "field" TEXT NOT NULL,
  "access" TEXT NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sys_access_revision" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "code" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sys_team" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "parent" BLOB REFERENCES "sys_team" ("id"),
  "leader" BLOB REFERENCES "sys_user" ("id"),
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sys_user" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "display_name" TEXT,
  "role" BLOB NOT NULL REFERENCES "sys_role" ("id"),
  "team" BLOB REFERENCES "sys_team" ("id"),
  "active" INTEGER NOT NULL,
  "email" TEXT,
  "phone" TEXT,
  "login" TEXT NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "sys_user" VALUES (X'019d431f06807000800001ea00000007', 1, 'admin', NULL, X'63726d6b69742d726f6c652d61646d69', NULL, 1, NULL, NULL, 'admin', NULL);
INSERT INTO "sys_user" VALUES (X'019d431f06807000800002d200000007', 1, 'root', 'Root', X'63726d6b69742d726f6c652d61646d69', NULL, 1, NULL, NULL, 'root', NULL);
INSERT INTO "sys_user" VALUES (X'019d431f06807000800002e500000007', 1, 'zhao', '赵 Zhao Min', X'019d431f068070008000010300000007', NULL, 1, NULL, NULL, 'zhao', NULL);
INSERT INTO "sys_user" VALUES (X'019d431f06807000800002f800000007', 1, 'li', '李 Li Na', X'019d431f068070008000010400000007', NULL, 1, NULL, NULL, 'li', NULL);
INSERT INTO "sys_user" VALUES (X'019d431f068070008000030b00000007', 1, 'wang', '王 Wang Wei', X'019d431f068070008000010400000007', NULL, 1, NULL, NULL, 'wang', NULL);
INSERT INTO "sys_user" VALUES (X'019d431f068070008000031e00000007', 1, 'chen', '陈 Chen Yu', X'019d431f068070008000010500000007', NULL, 1, NULL, NULL, 'chen', NULL);
CREATE TABLE "sec_credential" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "user" BLOB NOT NULL REFERENCES "sys_user" ("id"),
  "hash" TEXT NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sec_sign_in_counter" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "account" TEXT NOT NULL,
  "failures" INTEGER NOT NULL,
  "last_at" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sec_sign_in_state" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "code" TEXT NOT NULL,
  "administrators" INTEGER NOT NULL,
  "changes" INTEGER NOT NULL,
  "pepper" TEXT NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "sec_sign_in_state" VALUES (X'019d431f06807000800001eb00000007', 2, 'main', 2, 1, '511eaa42b57a3b772fe49952d5525ace', NULL);
CREATE TABLE "bas_dict" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "type" TEXT NOT NULL,
  "item" TEXT NOT NULL,
  "item_en" TEXT,
  "value" TEXT NOT NULL,
  "editable" INTEGER NOT NULL,
  "position" INTEGER,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000000600000007', 1, 'service_type', '咨询', 'Inquiry', 'inquiry', 1, 1, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000000700000007', 1, 'service_type', '建议', 'Suggestion', 'suggestion', 1, 2, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000000800000007', 1, 'service_type', '投诉', 'Complaint', 'complaint', 1, 3, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000000900000007', 1, 'region', '北京', NULL, '北京', 1, 1, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000000a00000007', 1, 'region', '华北', NULL, '华北', 1, 2, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000000b00000007', 1, 'region', '中南', NULL, '中南', 1, 3, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000000c00000007', 1, 'region', '东北', NULL, '东北', 1, 4, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000000d00000007', 1, 'region', '西部', NULL, '西部', 1, 5, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000000e00000007', 1, 'region', '华东', NULL, '华东', 1, 6, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000000f00000007', 1, 'region', '华南', NULL, '华南', 1, 7, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001000000007', 1, 'customer_level', '普通客户', 'Ordinary customer', '1', 0, 1, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001100000007', 1, 'customer_level', '重点开发客户', 'Customer to develop', '2', 0, 2, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001200000007', 1, 'customer_level', '大客户', 'Major customer', '3', 0, 3, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001300000007', 1, 'customer_level', '合作伙伴', 'Partner', '4', 0, 4, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001400000007', 1, 'customer_level', '战略合作伙伴', 'Strategic partner', '5', 0, 5, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001500000007', 1, 'credit', '★', NULL, '1', 0, 1, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001600000007', 1, 'credit', '★★', NULL, '2', 0, 2, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001700000007', 1, 'credit', '★★★', NULL, '3', 0, 3, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001800000007', 1, 'credit', '★★★★', NULL, '4', 0, 4, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001900000007', 1, 'credit', '★★★★★', NULL, '5', 0, 5, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001a00000007', 1, 'satisfaction', '★', NULL, '1', 0, 1, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001b00000007', 1, 'satisfaction', '★★', NULL, '2', 0, 2, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001c00000007', 1, 'satisfaction', '★★★', NULL, '3', 0, 3, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001d00000007', 1, 'satisfaction', '★★★★', NULL, '4', 0, 4, NULL);
INSERT INTO "bas_dict" VALUES (X'019d431f068070008000001e00000007', 1, 'satisfaction', '★★★★★', NULL, '5', 0, 5, NULL);
CREATE TABLE "bas_dict_revision" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "code" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "cst_customer" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "number" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "region" TEXT,
  "manager" BLOB REFERENCES "sys_user" ("id"),
  "level" TEXT,
  "satisfaction" TEXT,
  "credit" TEXT,
  "address" TEXT,
  "zip" TEXT,
  "phone" TEXT,
  "fax" TEXT,
  "website" TEXT,
  "licence_no" TEXT,
  "legal_representative" TEXT,
  "registered_capital" INTEGER,
  "annual_turnover" INTEGER,
  "bank" TEXT,
  "bank_account" TEXT,
  "local_tax_no" TEXT,
  "national_tax_no" TEXT,
  "memo" TEXT,
  "status" TEXT NOT NULL,
  "last_order_on" TEXT,
  "created_at" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "cst_customer" VALUES (X'019d431f068070008000037d00000007', 2, 'T-1', 'Harbour Teahouse', '华东', X'019d431f06807000800002f800000007', '4', '3', '3', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'normal', '2026-03-11', 1774947600000000, NULL);
INSERT INTO "cst_customer" VALUES (X'019d431f06807000800003b600000007', 1, 'M-1', 'City Museum Shop', '华北', X'019d431f06807000800002f800000007', '4', '3', '3', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'normal', NULL, 1774947600000000, NULL);
INSERT INTO "cst_customer" VALUES (X'019d431f068070008000047500000007', 2, 'KH260331001', 'Hotel Lotus', NULL, X'019d431f068070008000030b00000007', NULL, '3', '3', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'normal', '2026-03-11', 1774947600000000, NULL);
CREATE TABLE "cst_linkman" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "customer" BLOB NOT NULL REFERENCES "cst_customer" ("id"),
  "name" TEXT NOT NULL,
  "sex" TEXT,
  "position" TEXT,
  "phone" TEXT,
  "mobile" TEXT,
  "email" TEXT,
  "memo" TEXT,
  "is_primary" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "cst_linkman" VALUES (X'019d431f068070008000039000000007', 1, X'019d431f068070008000037d00000007', 'Anna Berg', NULL, NULL, '+86 21 5555 0100', NULL, NULL, NULL, 1, NULL);
INSERT INTO "cst_linkman" VALUES (X'019d431f06807000800003c900000007', 1, X'019d431f06807000800003b600000007', 'Tom Okafor', NULL, NULL, '+86 21 5555 0100', NULL, NULL, NULL, 1, NULL);
INSERT INTO "cst_linkman" VALUES (X'019d431f068070008000047600000007', 1, X'019d431f068070008000047500000007', 'Mei Tanaka', NULL, NULL, '021 5550 0199', NULL, NULL, NULL, 1, NULL);
CREATE TABLE "cst_lost" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "customer" BLOB NOT NULL REFERENCES "cst_customer" ("id"),
  "manager" BLOB REFERENCES "sys_user" ("id"),
  "last_order_date" TEXT,
  "warned_at" INTEGER NOT NULL,
  "status" TEXT NOT NULL,
  "reason" TEXT,
  "confirmed_at" INTEGER,
  "confirmed_by" BLOB REFERENCES "sys_user" ("id"),
  "resolved_at" INTEGER,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "cst_lost_measure" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "lost" BLOB NOT NULL REFERENCES "cst_lost" ("id"),
  "taken_by" BLOB REFERENCES "sys_user" ("id"),
  "taken_at" INTEGER NOT NULL,
  "measure" TEXT NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "cst_activity" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "customer" BLOB NOT NULL REFERENCES "cst_customer" ("id"),
  "contact" BLOB REFERENCES "cst_linkman" ("id"),
  "date" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "place" TEXT,
  "title" TEXT NOT NULL,
  "description" TEXT,
  "memo" TEXT,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "cst_activity" VALUES (X'019d431f06807000800003a300000007', 1, X'019d431f068070008000037d00000007', NULL, '2026-03-24', 'visit', 'Their shop', 'Showed Anna Berg the spring collection', NULL, NULL, NULL);
INSERT INTO "cst_activity" VALUES (X'019d431f06807000800003dc00000007', 1, X'019d431f06807000800003b600000007', NULL, '2026-03-24', 'visit', 'Their shop', 'Showed Tom Okafor the spring collection', NULL, NULL, NULL);
CREATE TABLE "product" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "kind" TEXT,
  "batch" TEXT,
  "unit" TEXT,
  "price" INTEGER,
  "category" TEXT,
  "memo" TEXT,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "product" VALUES (X'019d431f068070008000033100000007', 1, 'T-100', 'Longjing tea', NULL, NULL, NULL, 385000, NULL, NULL, NULL);
INSERT INTO "product" VALUES (X'019d431f068070008000035700000007', 1, 'P-200', 'Yixing teapot', NULL, NULL, NULL, 1290000, NULL, NULL, NULL);
CREATE TABLE "storage" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "product" BLOB NOT NULL REFERENCES "product" ("id"),
  "warehouse" TEXT NOT NULL,
  "shelf" TEXT,
  "count" INTEGER NOT NULL,
  "memo" TEXT,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "storage" VALUES (X'019d431f068070008000034400000007', 1, X'019d431f068070008000033100000007', 'Shanghai 1', NULL, 6400000, NULL, NULL);
INSERT INTO "storage" VALUES (X'019d431f068070008000036a00000007', 1, X'019d431f068070008000035700000007', 'Shanghai 1', NULL, 850000, NULL, NULL);
CREATE TABLE "orders" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "number" TEXT NOT NULL,
  "customer" BLOB NOT NULL REFERENCES "cst_customer" ("id"),
  "ordered_at" INTEGER NOT NULL,
  "manager" BLOB REFERENCES "sys_user" ("id"),
  "address" TEXT,
  "status" TEXT NOT NULL,
  "payment" TEXT NOT NULL,
  "paid_on" TEXT,
  "amount" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "orders" VALUES (X'019d431f06807000800004fb00000007', 6, 'DD260331001', X'019d431f068070008000037d00000007', 1773219600000000, NULL, NULL, 'shipped', 'paid', '2026-03-30', 15400000, NULL);
INSERT INTO "orders" VALUES (X'019d431f068070008000057d00000007', 6, 'DD260331002', X'019d431f068070008000047500000007', 1773219600000000, NULL, NULL, 'shipped', 'paid', '2026-03-30', 21560000, NULL);
INSERT INTO "orders" VALUES (X'019d431f06807000800005ff00000007', 1, 'DD260331003', X'019d431f06807000800003b600000007', 1773219600000000, NULL, NULL, 'created', 'unpaid', NULL, 12900000, NULL);
CREATE TABLE "orders_line" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "order" BLOB NOT NULL REFERENCES "orders" ("id"),
  "line" INTEGER NOT NULL,
  "product" BLOB NOT NULL REFERENCES "product" ("id"),
  "quantity" INTEGER NOT NULL,
  "unit" TEXT,
  "unit_price" INTEGER NOT NULL,
  "discount" INTEGER,
  "amount" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "orders_line" VALUES (X'019d431f06807000800004fc00000007', 1, X'019d431f06807000800004fb00000007', 1, X'019d431f068070008000033100000007', 400000, NULL, 385000, NULL, 15400000, NULL);
INSERT INTO "orders_line" VALUES (X'019d431f068070008000057e00000007', 1, X'019d431f068070008000057d00000007', 1, X'019d431f068070008000033100000007', 560000, NULL, 385000, NULL, 21560000, NULL);
INSERT INTO "orders_line" VALUES (X'019d431f068070008000060000000007', 1, X'019d431f06807000800005ff00000007', 1, X'019d431f068070008000035700000007', 100000, NULL, 1290000, NULL, 12900000, NULL);
CREATE TABLE "cst_service" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "number" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "title" TEXT NOT NULL,
  "customer" BLOB NOT NULL REFERENCES "cst_customer" ("id"),
  "request" TEXT,
  "status" TEXT NOT NULL,
  "created_by" BLOB REFERENCES "sys_user" ("id"),
  "created_at" INTEGER NOT NULL,
  "assigned_to" BLOB REFERENCES "sys_user" ("id"),
  "assigned_at" INTEGER,
  "assigned_by" BLOB REFERENCES "sys_user" ("id"),
  "handling" TEXT,
  "handled_by" BLOB REFERENCES "sys_user" ("id"),
  "handled_at" INTEGER,
  "result" TEXT,
  "satisfaction" TEXT,
  "rounds" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "cst_service" VALUES (X'019d431f068070008000048a00000007', 4, 'FW260331001', 'complaint', 'Broken pots', X'019d431f068070008000037d00000007', 'Two of six came broken', 'archived', X'019d431f06807000800002f800000007', 1774947600000000, X'019d431f06807000800002f800000007', 1774947600000000, X'019d431f06807000800002e500000007', 'Sent two new ones', X'019d431f06807000800002f800000007', 1774947600000000, 'Both arrived whole', '5', 1, NULL);
INSERT INTO "cst_service" VALUES (X'019d431f06807000800004d500000007', 2, 'FW260331002', 'inquiry', 'How to store tea', X'019d431f068070008000037d00000007', 'It loses its scent', 'assigned', X'019d431f06807000800002f800000007', 1774947600000000, X'019d431f06807000800002f800000007', 1774947600000000, X'019d431f06807000800002e500000007', NULL, NULL, NULL, NULL, NULL, 0, NULL);
CREATE TABLE "svc_round" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "request" BLOB NOT NULL REFERENCES "cst_service" ("id"),
  "round" INTEGER NOT NULL,
  "handling" TEXT NOT NULL,
  "handled_by" BLOB REFERENCES "sys_user" ("id"),
  "handled_at" INTEGER,
  "result" TEXT NOT NULL,
  "satisfaction" TEXT NOT NULL,
  "feedback_at" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "svc_round" VALUES (X'019d431f06807000800004c200000007', 1, X'019d431f068070008000048a00000007', 1, 'Sent two new ones', X'019d431f06807000800002f800000007', 1774947600000000, 'Both arrived whole', '5', 1774947600000000, NULL);
CREATE TABLE "sys_history" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "entity" TEXT NOT NULL,
  "record" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "left" INTEGER NOT NULL,
  "at" INTEGER NOT NULL,
  "actor" TEXT,
  "command" TEXT NOT NULL,
  "set" TEXT,
  "before" TEXT,
  "redacted" TEXT,
  "also" TEXT,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "sys_history" VALUES (X'019d431f06807000800002e300000007', 1, 'sys_user', '019d431f-0680-7000-8000-02d200000007', 'inserted', 1, 1774947600000000, NULL, 'user.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800002f600000007', 1, 'sys_user', '019d431f-0680-7000-8000-02e500000007', 'inserted', 1, 1774947600000000, NULL, 'user.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000030900000007', 1, 'sys_user', '019d431f-0680-7000-8000-02f800000007', 'inserted', 1, 1774947600000000, NULL, 'user.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000031c00000007', 1, 'sys_user', '019d431f-0680-7000-8000-030b00000007', 'inserted', 1, 1774947600000000, NULL, 'user.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000032f00000007', 1, 'sys_user', '019d431f-0680-7000-8000-031e00000007', 'inserted', 1, 1774947600000000, NULL, 'user.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000034200000007', 1, 'product', '019d431f-0680-7000-8000-033100000007', 'inserted', 1, 1774947600000000, NULL, 'product.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000035500000007', 1, 'storage', '019d431f-0680-7000-8000-034400000007', 'inserted', 1, 1774947600000000, NULL, 'stock_item.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000036800000007', 1, 'product', '019d431f-0680-7000-8000-035700000007', 'inserted', 1, 1774947600000000, NULL, 'product.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000037b00000007', 1, 'storage', '019d431f-0680-7000-8000-036a00000007', 'inserted', 1, 1774947600000000, NULL, 'stock_item.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000038e00000007', 1, 'cst_customer', '019d431f-0680-7000-8000-037d00000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'customer.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800003a100000007', 1, 'cst_linkman', '019d431f-0680-7000-8000-039000000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'contact.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800003b400000007', 1, 'cst_activity', '019d431f-0680-7000-8000-03a300000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'activity.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800003c700000007', 1, 'cst_customer', '019d431f-0680-7000-8000-03b600000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'customer.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800003da00000007', 1, 'cst_linkman', '019d431f-0680-7000-8000-03c900000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'contact.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800003ed00000007', 1, 'cst_activity', '019d431f-0680-7000-8000-03dc00000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'activity.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000040100000007', 1, 'sal_chance', '019d431f-0680-7000-8000-03ef00000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'opportunity.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000041500000007', 1, 'sal_chance', '019d431f-0680-7000-8000-040300000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'opportunity.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000042900000007', 1, 'sal_chance', '019d431f-0680-7000-8000-041700000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'opportunity.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000043b00000007', 1, 'sal_chance', '019d431f-0680-7000-8000-03ef00000007', 'updated', 2, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'opportunity.assign', NULL, '{"assigned_at":null,"assigned_to":null,"owner":"019d431f-0680-7000-8000-02e500000007","status":"unassigned"}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000044e00000007', 1, 'sal_plan', '019d431f-0680-7000-8000-043d00000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-030b00000007', 'plan_item.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000046000000007', 1, 'sal_chance', '019d431f-0680-7000-8000-040300000007', 'updated', 2, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'opportunity.assign', NULL, '{"assigned_at":null,"assigned_to":null,"owner":"019d431f-0680-7000-8000-02e500000007","status":"unassigned"}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000047300000007', 1, 'sal_plan', '019d431f-0680-7000-8000-046200000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'plan_item.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000048600000007', 1, 'sal_chance', '019d431f-0680-7000-8000-03ef00000007', 'updated', 3, 1774947600000000, '019d431f-0680-7000-8000-030b00000007', 'opportunity.win', NULL, '{"closed_at":null,"customer":null,"status":"assigned"}', NULL, '{"made":[{"entity":"cst_customer","id":"019d431f-0680-7000-8000-047500000007","version":1},{"entity":"cst_linkman","id":"019d431f-0680-7000-8000-047600000007","version":1}]}', NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000049c00000007', 1, 'cst_service', '019d431f-0680-7000-8000-048a00000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'service_request.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800004ae00000007', 1, 'cst_service', '019d431f-0680-7000-8000-048a00000007', 'updated', 2, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'service_request.assign', NULL, '{"assigned_at":null,"assigned_by":null,"assigned_to":null,"status":"created"}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800004c000000007', 1, 'cst_service', '019d431f-0680-7000-8000-048a00000007', 'updated', 3, 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'service_request.handle', NULL, '{"handled_at":null,"handled_by":null,"handling":null,"status":"assigned"}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800004d200000007', 1, 'cst_service', '019d431f-0680-7000-8000-048a00000007', 'updated', 4, 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'service_request.feedback', NULL, '{"result":null,"rounds":0,"satisfaction":null,"status":"handled"}', NULL, '{"made":[{"entity":"svc_round","id":"019d431f-0680-7000-8000-04c200000007","version":1}]}', NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800004e700000007', 1, 'cst_service', '019d431f-0680-7000-8000-04d500000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'service_request.create', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800004f900000007', 1, 'cst_service', '019d431f-0680-7000-8000-04d500000007', 'updated', 2, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'service_request.assign', NULL, '{"assigned_at":null,"assigned_by":null,"assigned_to":null,"status":"created"}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000050e00000007', 1, 'orders', '019d431f-0680-7000-8000-04fb00000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'order.place', NULL, NULL, NULL, '{"made":[{"entity":"orders_line","id":"019d431f-0680-7000-8000-04fc00000007","version":1}]}', NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000052100000007', 1, 'orders', '019d431f-0680-7000-8000-04fb00000007', 'updated', 2, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.confirm', NULL, '{"status":"created"}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000053300000007', 1, 'orders', '019d431f-0680-7000-8000-04fb00000007', 'updated', 3, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.pick', NULL, '{"status":"confirmed"}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000054500000007', 1, 'orders', '019d431f-0680-7000-8000-04fb00000007', 'updated', 4, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.pack', NULL, '{"status":"picking"}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000056700000007', 1, 'orders', '019d431f-0680-7000-8000-04fb00000007', 'updated', 5, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.ship', NULL, '{"status":"packed"}', NULL, '{"entries":["019d431f-0680-7000-8000-056800000007"]}', NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000056800000007', 1, 'cst_customer', '019d431f-0680-7000-8000-037d00000007', 'updated', 2, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.ship', '019d431f-0680-7000-8000-056700000007', '{"last_order_on":null}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000057b00000007', 1, 'orders', '019d431f-0680-7000-8000-04fb00000007', 'updated', 6, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.pay', NULL, '{"paid_on":null,"payment":"unpaid"}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000059000000007', 1, 'orders', '019d431f-0680-7000-8000-057d00000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-030b00000007', 'order.place', NULL, NULL, NULL, '{"made":[{"entity":"orders_line","id":"019d431f-0680-7000-8000-057e00000007","version":1}]}', NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800005a300000007', 1, 'orders', '019d431f-0680-7000-8000-057d00000007', 'updated', 2, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.confirm', NULL, '{"status":"created"}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800005b500000007', 1, 'orders', '019d431f-0680-7000-8000-057d00000007', 'updated', 3, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.pick', NULL, '{"status":"confirmed"}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800005c700000007', 1, 'orders', '019d431f-0680-7000-8000-057d00000007', 'updated', 4, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.pack', NULL, '{"status":"picking"}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800005e900000007', 1, 'orders', '019d431f-0680-7000-8000-057d00000007', 'updated', 5, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.ship', NULL, '{"status":"packed"}', NULL, '{"entries":["019d431f-0680-7000-8000-05ea00000007"]}', NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800005ea00000007', 1, 'cst_customer', '019d431f-0680-7000-8000-047500000007', 'updated', 2, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.ship', '019d431f-0680-7000-8000-05e900000007', '{"last_order_on":null}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f06807000800005fd00000007', 1, 'orders', '019d431f-0680-7000-8000-057d00000007', 'updated', 6, 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.pay', NULL, '{"paid_on":null,"payment":"unpaid"}', NULL, NULL, NULL);
INSERT INTO "sys_history" VALUES (X'019d431f068070008000061200000007', 1, 'orders', '019d431f-0680-7000-8000-05ff00000007', 'inserted', 1, 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'order.place', NULL, NULL, NULL, '{"made":[{"entity":"orders_line","id":"019d431f-0680-7000-8000-060000000007","version":1}]}', NULL);
CREATE TABLE "sys_import_run" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "fingerprint" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "rows_total" INTEGER NOT NULL,
  "rows_done" INTEGER NOT NULL,
  "imported" INTEGER NOT NULL,
  "updated" INTEGER NOT NULL,
  "skipped" INTEGER NOT NULL,
  "rejected" INTEGER NOT NULL,
  "started_at" INTEGER NOT NULL,
  "finished_at" INTEGER,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sys_import_rejects" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "run" BLOB NOT NULL REFERENCES "sys_import_run" ("id"),
  "first_row" INTEGER NOT NULL,
  "rows" TEXT NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sec_load_run" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "fingerprint" TEXT NOT NULL,
  "records" INTEGER NOT NULL,
  "written" INTEGER NOT NULL,
  "step" INTEGER NOT NULL,
  "done" INTEGER NOT NULL,
  "finished" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sal_pipeline" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "active" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sal_stage" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "pipeline" BLOB NOT NULL REFERENCES "sal_pipeline" ("id"),
  "name" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  "probability" INTEGER,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sal_chance" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "number" TEXT NOT NULL,
  "source" TEXT,
  "customer_name" TEXT NOT NULL,
  "title" TEXT NOT NULL,
  "success_rate" INTEGER,
  "contact_name" TEXT,
  "contact_phone" TEXT,
  "description" TEXT,
  "product" BLOB REFERENCES "product" ("id"),
  "customer" BLOB REFERENCES "cst_customer" ("id"),
  "amount" INTEGER,
  "expected_close_on" TEXT,
  "pipeline" BLOB REFERENCES "sal_pipeline" ("id"),
  "stage" BLOB REFERENCES "sal_stage" ("id"),
  "competitor" TEXT,
  "status" TEXT NOT NULL,
  "created_by" BLOB REFERENCES "sys_user" ("id"),
  "created_at" INTEGER NOT NULL,
  "assigned_to" BLOB REFERENCES "sys_user" ("id"),
  "assigned_at" INTEGER,
  "closed_at" INTEGER,
  "close_reason" TEXT,
  "owner" BLOB REFERENCES "sys_user" ("id"),
  "stage_since" INTEGER,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "sal_chance" VALUES (X'019d431f06807000800003ef00000007', 3, 'XS260331001', NULL, 'Hotel Lotus', 'Tea for 200 rooms', 60, 'Mei Tanaka', '021 5550 0199', 'They asked by letter', NULL, X'019d431f068070008000047500000007', 120000000, NULL, NULL, NULL, NULL, 'won', X'019d431f06807000800002e500000007', 1774947600000000, X'019d431f068070008000030b00000007', 1774947600000000, 1774947600000000, NULL, X'019d431f068070008000030b00000007', NULL, NULL);
INSERT INTO "sal_chance" VALUES (X'019d431f068070008000040300000007', 2, 'XS260331002', NULL, 'Garden Café', 'A tea menu', 60, 'Mei Tanaka', '021 5550 0199', 'They asked by letter', NULL, NULL, 30000000, NULL, NULL, NULL, NULL, 'assigned', X'019d431f06807000800002e500000007', 1774947600000000, X'019d431f06807000800002f800000007', 1774947600000000, NULL, NULL, X'019d431f06807000800002f800000007', NULL, NULL);
INSERT INTO "sal_chance" VALUES (X'019d431f068070008000041700000007', 1, 'XS260331003', NULL, 'Night Market', 'Cups for the stalls', 60, 'Mei Tanaka', '021 5550 0199', 'They asked by letter', NULL, NULL, 9000000, NULL, NULL, NULL, NULL, 'unassigned', X'019d431f06807000800002e500000007', 1774947600000000, NULL, NULL, NULL, NULL, X'019d431f06807000800002e500000007', NULL, NULL);
CREATE TABLE "sal_plan" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "opportunity" BLOB NOT NULL REFERENCES "sal_chance" ("id"),
  "date" TEXT NOT NULL,
  "todo" TEXT NOT NULL,
  "result" TEXT,
  "executed_at" INTEGER,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "sal_plan" VALUES (X'019d431f068070008000043d00000007', 1, X'019d431f06807000800003ef00000007', '2026-04-07', 'Send samples', NULL, NULL, NULL);
INSERT INTO "sal_plan" VALUES (X'019d431f068070008000046200000007', 1, X'019d431f068070008000040300000007', '2026-04-07', 'Send samples', NULL, NULL, NULL);
CREATE TABLE "rpt_report" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "definition" TEXT NOT NULL,
  "shared" TEXT NOT NULL,
  "owner" BLOB REFERENCES "sys_user" ("id"),
  "saved_at" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sys_job" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "enabled" INTEGER NOT NULL,
  "schedule" TEXT,
  "settings" TEXT,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sys_job_state" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "job" TEXT NOT NULL,
  "over_until" INTEGER NOT NULL,
  "over_on" TEXT,
  "slot" INTEGER,
  "day" TEXT,
  "attempts" INTEGER NOT NULL,
  "started_at" INTEGER,
  "retry_at" INTEGER,
  "error" TEXT,
  "lease_holder" TEXT,
  "lease_until" INTEGER,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sys_job_run" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "job" TEXT NOT NULL,
  "slot" INTEGER NOT NULL,
  "day" TEXT,
  "status" TEXT NOT NULL,
  "started_at" INTEGER,
  "finished_at" INTEGER NOT NULL,
  "attempts" INTEGER NOT NULL,
  "outcome" TEXT,
  "error" TEXT,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sys_reminder" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "record" TEXT NOT NULL,
  "due_on" TEXT NOT NULL,
  "user" BLOB REFERENCES "sys_user" ("id"),
  "title" TEXT NOT NULL,
  "at" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sys_event" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "shard" INTEGER NOT NULL,
  "sequence" INTEGER NOT NULL,
  "set" TEXT NOT NULL,
  "at" INTEGER NOT NULL,
  "actor" TEXT,
  "name" TEXT NOT NULL,
  "entity" TEXT NOT NULL,
  "record" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "data" TEXT,
  "omitted" TEXT,
  "commands" TEXT,
  "numbered" TEXT,
  "number" TEXT,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "sys_event" VALUES (X'019d431f06807000800002e400000007', 1, 1, 1, '019d431f-0680-7000-8000-02e300000007', 1774947600000000, NULL, 'user.create', 'user', '019d431f-0680-7000-8000-02d200000007', 'inserted', '{"active":true,"display_name":"Root","login":"root","name":"root","role":"63726d6b-6974-2d72-6f6c-652d61646d69"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800002f700000007', 1, 13, 1, '019d431f-0680-7000-8000-02f600000007', 1774947600000000, NULL, 'user.create', 'user', '019d431f-0680-7000-8000-02e500000007', 'inserted', '{"active":true,"display_name":"赵 Zhao Min","login":"zhao","name":"zhao","role":"019d431f-0680-7000-8000-010300000007"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000030a00000007', 1, 10, 1, '019d431f-0680-7000-8000-030900000007', 1774947600000000, NULL, 'user.create', 'user', '019d431f-0680-7000-8000-02f800000007', 'inserted', '{"active":true,"display_name":"李 Li Na","login":"li","name":"li","role":"019d431f-0680-7000-8000-010400000007"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000031d00000007', 1, 2, 1, '019d431f-0680-7000-8000-031c00000007', 1774947600000000, NULL, 'user.create', 'user', '019d431f-0680-7000-8000-030b00000007', 'inserted', '{"active":true,"display_name":"王 Wang Wei","login":"wang","name":"wang","role":"019d431f-0680-7000-8000-010400000007"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000033000000007', 1, 13, 2, '019d431f-0680-7000-8000-032f00000007', 1774947600000000, NULL, 'user.create', 'user', '019d431f-0680-7000-8000-031e00000007', 'inserted', '{"active":true,"display_name":"陈 Chen Yu","login":"chen","name":"chen","role":"019d431f-0680-7000-8000-010500000007"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000034300000007', 1, 7, 1, '019d431f-0680-7000-8000-034200000007', 1774947600000000, NULL, 'product.create', 'product', '019d431f-0680-7000-8000-033100000007', 'inserted', '{"code":"T-100","name":"Longjing tea","price":"38.50"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000035600000007', 1, 1, 2, '019d431f-0680-7000-8000-035500000007', 1774947600000000, NULL, 'stock_item.create', 'stock_item', '019d431f-0680-7000-8000-034400000007', 'inserted', '{"count":"640","product":"019d431f-0680-7000-8000-033100000007","warehouse":"Shanghai 1"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000036900000007', 1, 12, 1, '019d431f-0680-7000-8000-036800000007', 1774947600000000, NULL, 'product.create', 'product', '019d431f-0680-7000-8000-035700000007', 'inserted', '{"code":"P-200","name":"Yixing teapot","price":"129.00"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000037c00000007', 1, 6, 1, '019d431f-0680-7000-8000-037b00000007', 1774947600000000, NULL, 'stock_item.create', 'stock_item', '019d431f-0680-7000-8000-036a00000007', 'inserted', '{"count":"85","product":"019d431f-0680-7000-8000-035700000007","warehouse":"Shanghai 1"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000038f00000007', 1, 1, 3, '019d431f-0680-7000-8000-038e00000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'customer.create', 'customer', '019d431f-0680-7000-8000-037d00000007', 'inserted', '{"created_at":"2026-03-31T09:00:00Z","credit":"3","level":"4","manager":"019d431f-0680-7000-8000-02f800000007","name":"Harbour Teahouse","number":"T-1","region":"华东","satisfaction":"3","status":"normal"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800003a200000007', 1, 11, 1, '019d431f-0680-7000-8000-03a100000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'contact.create', 'contact', '019d431f-0680-7000-8000-039000000007', 'inserted', '{"customer":"019d431f-0680-7000-8000-037d00000007","is_primary":true,"name":"Anna Berg","phone":"+86 21 5555 0100"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800003b500000007', 1, 5, 1, '019d431f-0680-7000-8000-03b400000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'activity.create', 'activity', '019d431f-0680-7000-8000-03a300000007', 'inserted', '{"customer":"019d431f-0680-7000-8000-037d00000007","date":"2026-03-24","kind":"visit","place":"Their shop","title":"Showed Anna Berg the spring collection"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800003c800000007', 1, 0, 1, '019d431f-0680-7000-8000-03c700000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'customer.create', 'customer', '019d431f-0680-7000-8000-03b600000007', 'inserted', '{"created_at":"2026-03-31T09:00:00Z","credit":"3","level":"4","manager":"019d431f-0680-7000-8000-02f800000007","name":"City Museum Shop","number":"M-1","region":"华北","satisfaction":"3","status":"normal"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800003db00000007', 1, 10, 2, '019d431f-0680-7000-8000-03da00000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'contact.create', 'contact', '019d431f-0680-7000-8000-03c900000007', 'inserted', '{"customer":"019d431f-0680-7000-8000-03b600000007","is_primary":true,"name":"Tom Okafor","phone":"+86 21 5555 0100"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800003ee00000007', 1, 4, 1, '019d431f-0680-7000-8000-03ed00000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'activity.create', 'activity', '019d431f-0680-7000-8000-03dc00000007', 'inserted', '{"customer":"019d431f-0680-7000-8000-03b600000007","date":"2026-03-24","kind":"visit","place":"Their shop","title":"Showed Tom Okafor the spring collection"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000040200000007', 1, 15, 1, '019d431f-0680-7000-8000-040100000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'opportunity.create', 'opportunity', '019d431f-0680-7000-8000-03ef00000007', 'inserted', '{"amount":"12000.00","contact_name":"Mei Tanaka","contact_phone":"021 5550 0199","created_at":"2026-03-31T09:00:00Z","created_by":"019d431f-0680-7000-8000-02e500000007","customer_name":"Hotel Lotus","description":"They asked by letter","owner":"019d431f-0680-7000-8000-02e500000007","status":"unassigned","success_rate":60,"title":"Tea for 200 rooms"}', NULL, NULL, 'number', 'XS260331001', NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000041600000007', 1, 10, 3, '019d431f-0680-7000-8000-041500000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'opportunity.create', 'opportunity', '019d431f-0680-7000-8000-040300000007', 'inserted', '{"amount":"3000.00","contact_name":"Mei Tanaka","contact_phone":"021 5550 0199","created_at":"2026-03-31T09:00:00Z","created_by":"019d431f-0680-7000-8000-02e500000007","customer_name":"Garden Café","description":"They asked by letter","owner":"019d431f-0680-7000-8000-02e500000007","status":"unassigned","success_rate":60,"title":"A tea menu"}', NULL, NULL, 'number', 'XS260331002', NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000042a00000007', 1, 12, 2, '019d431f-0680-7000-8000-042900000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'opportunity.create', 'opportunity', '019d431f-0680-7000-8000-041700000007', 'inserted', '{"amount":"900.00","contact_name":"Mei Tanaka","contact_phone":"021 5550 0199","created_at":"2026-03-31T09:00:00Z","created_by":"019d431f-0680-7000-8000-02e500000007","customer_name":"Night Market","description":"They asked by letter","owner":"019d431f-0680-7000-8000-02e500000007","status":"unassigned","success_rate":60,"title":"Cups for the stalls"}', NULL, NULL, 'number', 'XS260331003', NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000043c00000007', 1, 15, 2, '019d431f-0680-7000-8000-043b00000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'opportunity.assign', 'opportunity', '019d431f-0680-7000-8000-03ef00000007', 'updated', '{"assigned_at":"2026-03-31T09:00:00Z","assigned_to":"019d431f-0680-7000-8000-030b00000007","owner":"019d431f-0680-7000-8000-030b00000007","status":"assigned"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000044f00000007', 1, 9, 1, '019d431f-0680-7000-8000-044e00000007', 1774947600000000, '019d431f-0680-7000-8000-030b00000007', 'plan_item.create', 'plan_item', '019d431f-0680-7000-8000-043d00000007', 'inserted', '{"date":"2026-04-07","opportunity":"019d431f-0680-7000-8000-03ef00000007","todo":"Send samples"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000046100000007', 1, 10, 4, '019d431f-0680-7000-8000-046000000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'opportunity.assign', 'opportunity', '019d431f-0680-7000-8000-040300000007', 'updated', '{"assigned_at":"2026-03-31T09:00:00Z","assigned_to":"019d431f-0680-7000-8000-02f800000007","owner":"019d431f-0680-7000-8000-02f800000007","status":"assigned"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000047400000007', 1, 5, 2, '019d431f-0680-7000-8000-047300000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'plan_item.create', 'plan_item', '019d431f-0680-7000-8000-046200000007', 'inserted', '{"date":"2026-04-07","opportunity":"019d431f-0680-7000-8000-040300000007","todo":"Send samples"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000048700000007', 1, 15, 3, '019d431f-0680-7000-8000-048600000007', 1774947600000000, '019d431f-0680-7000-8000-030b00000007', 'opportunity.win', 'opportunity', '019d431f-0680-7000-8000-03ef00000007', 'updated', '{"closed_at":"2026-03-31T09:00:00Z","customer":"019d431f-0680-7000-8000-047500000007","status":"won"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000048800000007', 1, 11, 2, '019d431f-0680-7000-8000-048600000007', 1774947600000000, '019d431f-0680-7000-8000-030b00000007', 'opportunity.win', 'customer', '019d431f-0680-7000-8000-047500000007', 'inserted', '{"created_at":"2026-03-31T09:00:00Z","credit":"3","manager":"019d431f-0680-7000-8000-030b00000007","name":"Hotel Lotus","satisfaction":"3","status":"normal"}', NULL, NULL, 'number', 'KH260331001', NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000048900000007', 1, 8, 1, '019d431f-0680-7000-8000-048600000007', 1774947600000000, '019d431f-0680-7000-8000-030b00000007', 'opportunity.win', 'contact', '019d431f-0680-7000-8000-047600000007', 'inserted', '{"customer":"019d431f-0680-7000-8000-047500000007","is_primary":true,"name":"Mei Tanaka","phone":"021 5550 0199"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000049d00000007', 1, 14, 1, '019d431f-0680-7000-8000-049c00000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'service_request.create', 'service_request', '019d431f-0680-7000-8000-048a00000007', 'inserted', '{"created_at":"2026-03-31T09:00:00Z","created_by":"019d431f-0680-7000-8000-02f800000007","customer":"019d431f-0680-7000-8000-037d00000007","request":"Two of six came broken","rounds":0,"status":"created","title":"Broken pots","type":"complaint"}', NULL, NULL, 'number', 'FW260331001', NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800004af00000007', 1, 14, 2, '019d431f-0680-7000-8000-04ae00000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'service_request.assign', 'service_request', '019d431f-0680-7000-8000-048a00000007', 'updated', '{"assigned_at":"2026-03-31T09:00:00Z","assigned_by":"019d431f-0680-7000-8000-02e500000007","assigned_to":"019d431f-0680-7000-8000-02f800000007","status":"assigned"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800004c100000007', 1, 14, 3, '019d431f-0680-7000-8000-04c000000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'service_request.handle', 'service_request', '019d431f-0680-7000-8000-048a00000007', 'updated', '{"handled_at":"2026-03-31T09:00:00Z","handled_by":"019d431f-0680-7000-8000-02f800000007","handling":"Sent two new ones","status":"handled"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800004d300000007', 1, 14, 4, '019d431f-0680-7000-8000-04d200000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'service_request.feedback', 'service_request', '019d431f-0680-7000-8000-048a00000007', 'updated', '{"result":"Both arrived whole","rounds":1,"satisfaction":"5","status":"archived"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800004d400000007', 1, 0, 2, '019d431f-0680-7000-8000-04d200000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'service_request.feedback', 'service_round', '019d431f-0680-7000-8000-04c200000007', 'inserted', '{"feedback_at":"2026-03-31T09:00:00Z","handled_at":"2026-03-31T09:00:00Z","handled_by":"019d431f-0680-7000-8000-02f800000007","handling":"Sent two new ones","request":"019d431f-0680-7000-8000-048a00000007","result":"Both arrived whole","round":1,"satisfaction":"5"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800004e800000007', 1, 6, 2, '019d431f-0680-7000-8000-04e700000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'service_request.create', 'service_request', '019d431f-0680-7000-8000-04d500000007', 'inserted', '{"created_at":"2026-03-31T09:00:00Z","created_by":"019d431f-0680-7000-8000-02f800000007","customer":"019d431f-0680-7000-8000-037d00000007","request":"It loses its scent","rounds":0,"status":"created","title":"How to store tea","type":"inquiry"}', NULL, NULL, 'number', 'FW260331002', NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800004fa00000007', 1, 6, 3, '019d431f-0680-7000-8000-04f900000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'service_request.assign', 'service_request', '019d431f-0680-7000-8000-04d500000007', 'updated', '{"assigned_at":"2026-03-31T09:00:00Z","assigned_by":"019d431f-0680-7000-8000-02e500000007","assigned_to":"019d431f-0680-7000-8000-02f800000007","status":"assigned"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000050f00000007', 1, 10, 5, '019d431f-0680-7000-8000-050e00000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'order.place', 'order', '019d431f-0680-7000-8000-04fb00000007', 'inserted', '{"amount":"1540.00","customer":"019d431f-0680-7000-8000-037d00000007","ordered_at":"2026-03-11T09:00:00Z","payment":"unpaid","status":"created"}', NULL, NULL, 'number', 'DD260331001', NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000051000000007', 1, 15, 4, '019d431f-0680-7000-8000-050e00000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'order.place', 'order_line', '019d431f-0680-7000-8000-04fc00000007', 'inserted', '{"amount":"1540.00","line":1,"order":"019d431f-0680-7000-8000-04fb00000007","product":"019d431f-0680-7000-8000-033100000007","quantity":"40","unit_price":"38.50"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000052200000007', 1, 10, 6, '019d431f-0680-7000-8000-052100000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.confirm', 'order', '019d431f-0680-7000-8000-04fb00000007', 'updated', '{"status":"confirmed"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000053400000007', 1, 10, 7, '019d431f-0680-7000-8000-053300000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.pick', 'order', '019d431f-0680-7000-8000-04fb00000007', 'updated', '{"status":"picking"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000054600000007', 1, 10, 8, '019d431f-0680-7000-8000-054500000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.pack', 'order', '019d431f-0680-7000-8000-04fb00000007', 'updated', '{"status":"packed"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000056900000007', 1, 10, 9, '019d431f-0680-7000-8000-056700000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.ship', 'order', '019d431f-0680-7000-8000-04fb00000007', 'updated', '{"status":"shipped"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000056a00000007', 1, 1, 4, '019d431f-0680-7000-8000-056700000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.ship', 'customer', '019d431f-0680-7000-8000-037d00000007', 'updated', '{"last_order_on":"2026-03-11"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000057c00000007', 1, 10, 10, '019d431f-0680-7000-8000-057b00000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.pay', 'order', '019d431f-0680-7000-8000-04fb00000007', 'updated', '{"paid_on":"2026-03-30","payment":"paid"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000059100000007', 1, 2, 2, '019d431f-0680-7000-8000-059000000007', 1774947600000000, '019d431f-0680-7000-8000-030b00000007', 'order.place', 'order', '019d431f-0680-7000-8000-057d00000007', 'inserted', '{"amount":"2156.00","customer":"019d431f-0680-7000-8000-047500000007","ordered_at":"2026-03-11T09:00:00Z","payment":"unpaid","status":"created"}', NULL, NULL, 'number', 'DD260331002', NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000059200000007', 1, 6, 4, '019d431f-0680-7000-8000-059000000007', 1774947600000000, '019d431f-0680-7000-8000-030b00000007', 'order.place', 'order_line', '019d431f-0680-7000-8000-057e00000007', 'inserted', '{"amount":"2156.00","line":1,"order":"019d431f-0680-7000-8000-057d00000007","product":"019d431f-0680-7000-8000-033100000007","quantity":"56","unit_price":"38.50"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800005a400000007', 1, 2, 3, '019d431f-0680-7000-8000-05a300000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.confirm', 'order', '019d431f-0680-7000-8000-057d00000007', 'updated', '{"status":"confirmed"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800005b600000007', 1, 2, 4, '019d431f-0680-7000-8000-05b500000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.pick', 'order', '019d431f-0680-7000-8000-057d00000007', 'updated', '{"status":"picking"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800005c800000007', 1, 2, 5, '019d431f-0680-7000-8000-05c700000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.pack', 'order', '019d431f-0680-7000-8000-057d00000007', 'updated', '{"status":"packed"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800005eb00000007', 1, 2, 6, '019d431f-0680-7000-8000-05e900000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.ship', 'order', '019d431f-0680-7000-8000-057d00000007', 'updated', '{"status":"shipped"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800005ec00000007', 1, 11, 3, '019d431f-0680-7000-8000-05e900000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.ship', 'customer', '019d431f-0680-7000-8000-047500000007', 'updated', '{"last_order_on":"2026-03-11"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f06807000800005fe00000007', 1, 2, 7, '019d431f-0680-7000-8000-05fd00000007', 1774947600000000, '019d431f-0680-7000-8000-02e500000007', 'order.pay', 'order', '019d431f-0680-7000-8000-057d00000007', 'updated', '{"paid_on":"2026-03-30","payment":"paid"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000061300000007', 1, 3, 1, '019d431f-0680-7000-8000-061200000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'order.place', 'order', '019d431f-0680-7000-8000-05ff00000007', 'inserted', '{"amount":"1290.00","customer":"019d431f-0680-7000-8000-03b600000007","ordered_at":"2026-03-11T09:00:00Z","payment":"unpaid","status":"created"}', NULL, NULL, 'number', 'DD260331003', NULL);
INSERT INTO "sys_event" VALUES (X'019d431f068070008000061400000007', 1, 14, 5, '019d431f-0680-7000-8000-061200000007', 1774947600000000, '019d431f-0680-7000-8000-02f800000007', 'order.place', 'order_line', '019d431f-0680-7000-8000-060000000007', 'inserted', '{"amount":"1290.00","line":1,"order":"019d431f-0680-7000-8000-05ff00000007","product":"019d431f-0680-7000-8000-035700000007","quantity":"10","unit_price":"129.00"}', NULL, NULL, NULL, NULL, NULL);
CREATE TABLE "sys_subscription" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "cursor" TEXT NOT NULL,
  "retries" TEXT,
  "holder" TEXT,
  "held_until" INTEGER,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sys_parked_event" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "subscription" TEXT NOT NULL,
  "event" TEXT NOT NULL,
  "shard" INTEGER NOT NULL,
  "sequence" INTEGER NOT NULL,
  "error" TEXT NOT NULL,
  "attempts" INTEGER NOT NULL,
  "at" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE "sys_event_shard" (
  "id" BLOB NOT NULL PRIMARY KEY,
  "version" INTEGER NOT NULL,
  "shard" INTEGER NOT NULL,
  "last" INTEGER NOT NULL,
  "purged" INTEGER NOT NULL,
  "custom" TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3030', 2, 0, 2, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3031', 4, 1, 4, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3032', 7, 2, 7, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3033', 1, 3, 1, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3034', 1, 4, 1, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3035', 2, 5, 2, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3036', 4, 6, 4, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3037', 1, 7, 1, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3038', 1, 8, 1, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3039', 1, 9, 1, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3130', 10, 10, 10, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3131', 3, 11, 3, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3132', 2, 12, 2, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3133', 2, 13, 2, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3134', 5, 14, 5, 0, NULL);
INSERT INTO "sys_event_shard" VALUES (X'63726d6b69742d6576656e74732d3135', 4, 15, 4, 0, NULL);
CREATE UNIQUE INDEX "crm_commit_set_id" ON "crm_commit" ("set_id");
CREATE UNIQUE INDEX "uq_sys_organisation_code" ON "sys_organisation" ("code");
CREATE UNIQUE INDEX "uq_sys_series_code" ON "sys_series" ("code");
CREATE UNIQUE INDEX "uq_sys_series_counter_series_period" ON "sys_series_counter" ("series", "period");
CREATE UNIQUE INDEX "uq_sys_role_name" ON "sys_role" ("name");
CREATE UNIQUE INDEX "uq_sys_right_code" ON "sys_right" ("code");
CREATE UNIQUE INDEX "uq_sys_role_right_role_right" ON "sys_role_right" ("role", "right");
CREATE INDEX "ix_sys_role_right_right" ON "sys_role_right" ("right");
CREATE UNIQUE INDEX "uq_sys_field_rule_role_entity_field" ON "sys_field_rule" ("role", "entity", "field");
CREATE UNIQUE INDEX "uq_sys_access_revision_code" ON "sys_access_revision" ("code");
CREATE UNIQUE INDEX "uq_sys_team_name" ON "sys_team" ("name");
CREATE INDEX "ix_sys_team_parent" ON "sys_team" ("parent");
CREATE INDEX "ix_sys_team_leader" ON "sys_team" ("leader");
CREATE UNIQUE INDEX "uq_sys_user_login" ON "sys_user" ("login");
CREATE INDEX "ix_sys_user_display_name" ON "sys_user" ("display_name");
CREATE INDEX "ix_sys_user_role" ON "sys_user" ("role");
CREATE INDEX "ix_sys_user_team" ON "sys_user" ("team");
CREATE UNIQUE INDEX "uq_sec_credential_user" ON "sec_credential" ("user");
CREATE UNIQUE INDEX "uq_sec_sign_in_counter_account" ON "sec_sign_in_counter" ("account");
CREATE UNIQUE INDEX "uq_sec_sign_in_state_code" ON "sec_sign_in_state" ("code");
CREATE UNIQUE INDEX "uq_bas_dict_type_value" ON "bas_dict" ("type", "value");
CREATE INDEX "ix_bas_dict_type_position" ON "bas_dict" ("type", "position");
CREATE UNIQUE INDEX "uq_bas_dict_revision_code" ON "bas_dict_revision" ("code");
CREATE UNIQUE INDEX "uq_cst_customer_number" ON "cst_customer" ("number");
CREATE INDEX "ix_cst_customer_status_last_order_on_created_at" ON "cst_customer" ("status", "last_order_on", "created_at");
CREATE INDEX "ix_cst_customer_name" ON "cst_customer" ("name");
CREATE INDEX "ix_cst_customer_manager" ON "cst_customer" ("manager");
CREATE INDEX "ix_cst_linkman_customer" ON "cst_linkman" ("customer");
CREATE UNIQUE INDEX "uq_cst_lost_customer_when" ON "cst_lost" ("customer") WHERE "status" IN ('deferred', 'warning');
CREATE INDEX "ix_cst_lost_status_warned_at" ON "cst_lost" ("status", "warned_at");
CREATE INDEX "ix_cst_lost_status_confirmed_at" ON "cst_lost" ("status", "confirmed_at");
CREATE INDEX "ix_cst_lost_customer" ON "cst_lost" ("customer");
CREATE INDEX "ix_cst_lost_manager" ON "cst_lost" ("manager");
CREATE INDEX "ix_cst_lost_confirmed_by" ON "cst_lost" ("confirmed_by");
CREATE INDEX "ix_cst_lost_measure_lost" ON "cst_lost_measure" ("lost");
CREATE INDEX "ix_cst_lost_measure_taken_by" ON "cst_lost_measure" ("taken_by");
CREATE INDEX "ix_cst_activity_customer_date" ON "cst_activity" ("customer", "date");
CREATE INDEX "ix_cst_activity_contact" ON "cst_activity" ("contact");
CREATE UNIQUE INDEX "uq_product_code" ON "product" ("code");
CREATE INDEX "ix_product_name" ON "product" ("name");
CREATE INDEX "ix_storage_warehouse_shelf" ON "storage" ("warehouse", "shelf");
CREATE INDEX "ix_storage_product" ON "storage" ("product");
CREATE UNIQUE INDEX "uq_orders_number" ON "orders" ("number");
CREATE INDEX "ix_orders_customer_ordered_at" ON "orders" ("customer", "ordered_at");
CREATE INDEX "ix_orders_ordered_at_payment_status_customer_amount" ON "orders" ("ordered_at", "payment", "status", "customer", "amount");
CREATE INDEX "ix_orders_manager" ON "orders" ("manager");
CREATE UNIQUE INDEX "uq_orders_line_order_line" ON "orders_line" ("order", "line");
CREATE INDEX "ix_orders_line_order_product_quantity_amount" ON "orders_line" ("order", "product", "quantity", "amount");
CREATE INDEX "ix_orders_line_product" ON "orders_line" ("product");
CREATE UNIQUE INDEX "uq_cst_service_number" ON "cst_service" ("number");
CREATE INDEX "ix_cst_service_status_created_at" ON "cst_service" ("status", "created_at");
CREATE INDEX "ix_cst_service_created_at" ON "cst_service" ("created_at");
CREATE INDEX "ix_cst_service_customer" ON "cst_service" ("customer");
CREATE INDEX "ix_cst_service_created_by" ON "cst_service" ("created_by");
CREATE INDEX "ix_cst_service_assigned_to" ON "cst_service" ("assigned_to");
CREATE INDEX "ix_cst_service_assigned_by" ON "cst_service" ("assigned_by");
CREATE INDEX "ix_cst_service_handled_by" ON "cst_service" ("handled_by");
CREATE UNIQUE INDEX "uq_svc_round_request_round" ON "svc_round" ("request", "round");
CREATE INDEX "ix_svc_round_handled_by" ON "svc_round" ("handled_by");
CREATE INDEX "ix_sys_history_record_left" ON "sys_history" ("record", "left");
CREATE UNIQUE INDEX "uq_sys_import_run_fingerprint" ON "sys_import_run" ("fingerprint");
CREATE UNIQUE INDEX "uq_sys_import_rejects_run_first_row" ON "sys_import_rejects" ("run", "first_row");
CREATE UNIQUE INDEX "uq_sal_pipeline_name" ON "sal_pipeline" ("name");
CREATE UNIQUE INDEX "uq_sal_stage_pipeline_name" ON "sal_stage" ("pipeline", "name");
CREATE INDEX "ix_sal_stage_pipeline_position" ON "sal_stage" ("pipeline", "position");
CREATE UNIQUE INDEX "uq_sal_chance_number" ON "sal_chance" ("number");
CREATE INDEX "ix_sal_chance_status_closed_at" ON "sal_chance" ("status", "closed_at");
CREATE INDEX "ix_sal_chance_status_expected_close_on" ON "sal_chance" ("status", "expected_close_on");
CREATE INDEX "ix_sal_chance_created_at" ON "sal_chance" ("created_at");
CREATE INDEX "ix_sal_chance_product" ON "sal_chance" ("product");
CREATE INDEX "ix_sal_chance_customer" ON "sal_chance" ("customer");
CREATE INDEX "ix_sal_chance_pipeline" ON "sal_chance" ("pipeline");
CREATE INDEX "ix_sal_chance_stage" ON "sal_chance" ("stage");
CREATE INDEX "ix_sal_chance_created_by" ON "sal_chance" ("created_by");
CREATE INDEX "ix_sal_chance_assigned_to" ON "sal_chance" ("assigned_to");
CREATE INDEX "ix_sal_chance_owner" ON "sal_chance" ("owner");
CREATE INDEX "ix_sal_plan_opportunity_date" ON "sal_plan" ("opportunity", "date");
CREATE UNIQUE INDEX "uq_rpt_report_owner_name" ON "rpt_report" ("owner", "name");
CREATE UNIQUE INDEX "uq_rpt_report_name_when" ON "rpt_report" ("name") WHERE "owner" IS NULL;
CREATE INDEX "ix_rpt_report_name" ON "rpt_report" ("name");
CREATE UNIQUE INDEX "uq_sys_job_name" ON "sys_job" ("name");
CREATE UNIQUE INDEX "uq_sys_job_state_job" ON "sys_job_state" ("job");
CREATE UNIQUE INDEX "uq_sys_job_run_job_slot" ON "sys_job_run" ("job", "slot");
CREATE INDEX "ix_sys_job_run_finished_at" ON "sys_job_run" ("finished_at");
CREATE UNIQUE INDEX "uq_sys_reminder_kind_record_due_on" ON "sys_reminder" ("kind", "record", "due_on");
CREATE INDEX "ix_sys_reminder_user" ON "sys_reminder" ("user");
CREATE UNIQUE INDEX "uq_sys_event_shard_sequence" ON "sys_event" ("shard", "sequence");
CREATE UNIQUE INDEX "uq_sys_subscription_name" ON "sys_subscription" ("name");
CREATE UNIQUE INDEX "uq_sys_parked_event_subscription_event" ON "sys_parked_event" ("subscription", "event");
CREATE UNIQUE INDEX "uq_sys_event_shard_shard" ON "sys_event_shard" ("shard");
COMMIT;
