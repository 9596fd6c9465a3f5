use chakra::query::{
    AlterForeignKey, AskCatalog, Comment, CreateIndex, CreateSchema, CreateTable, DeferForeignKeys, comment_statements,
    create_statements,
};
use chakra::schema::{Action, Column, ColumnOrder, ForeignKey, Index, IndexMethod, IndexPart, Table, TableRef};
use chakra::types::SqlType;
use insta::assert_snapshot;

use super::support::*;

fn events(change: impl FnOnce(&mut Table)) -> TableRef {
    let columns = vec![
        Column::new("id", SqlType::Integer).primary_key(),
        Column::new("email", SqlType::String { length: Some(90) }),
        Column::new("starts_at", SqlType::DateTime),
        Column::new("price", SqlType::Decimal { precision: Some(9), scale: Some(2) }),
        Column::new("notes", SqlType::Text),
    ];
    let mut table = Table::new("Event", "events", columns).unwrap();
    change(&mut table);
    TableRef::new(table)
}

fn index(change: impl FnOnce(&mut Index)) -> String {
    let mut index = Index::over("ix", []);
    change(&mut index);
    statement(CreateIndex { table: events(|_| {}), index, if_not_exists: false })
}

#[test]
fn indexes() {
    let descending = |index: &mut Index| {
        let orders = [ColumnOrder::descending(2), ColumnOrder::descending(3), ColumnOrder::ascending(0)];
        index.parts = orders.map(IndexPart::Column).to_vec();
    };
    assert_snapshot!(index(descending), @r#"
        SQLite: CREATE INDEX "ix" ON "events" ("starts_at" DESC, "price" DESC, "id")
        PostgreSQL: CREATE INDEX "ix" ON "events" ("starts_at" DESC, "price" DESC, "id")
        MySQL: CREATE INDEX `ix` ON `events` (`starts_at` DESC, `price` DESC, `id`)
    "#);
    let partial = |index: &mut Index| {
        *index = Index::over("ix", [1]).unique();
        index.filter = Some("price > 0".into());
    };
    assert_snapshot!(index(partial), @r#"
        SQLite: CREATE UNIQUE INDEX "ix" ON "events" ("email") WHERE price > 0
        PostgreSQL: CREATE UNIQUE INDEX "ix" ON "events" ("email") WHERE price > 0
        MySQL! MySQL does not support an index of some rows only (where) (index "ix" of table "events")
    "#);
    let expression = |index: &mut Index| {
        index.parts.push(IndexPart::Expression("lower(email)".into()));
        index.parts.push(IndexPart::Column(ColumnOrder::descending(2)));
    };
    assert_snapshot!(index(expression), @r#"
        SQLite: CREATE INDEX "ix" ON "events" ((lower(email)), "starts_at" DESC)
        PostgreSQL: CREATE INDEX "ix" ON "events" ((lower(email)), "starts_at" DESC)
        MySQL! MySQL does not support an index over an expression (MariaDB has none) (index "ix" of table "events")
    "#);
}

#[test]
fn methods() {
    let by = |method: IndexMethod, unique: bool| {
        let index = Index { method: Some(method), unique, ..Index::over("ix", [4]) };
        statement(CreateIndex { table: events(|_| {}), index, if_not_exists: false })
    };
    let all: Vec<String> = IndexMethod::ALL.into_iter().map(|(_, method)| by(method, false)).collect();
    assert_snapshot!(all.join("\n\n"), @r#"
        SQLite: CREATE INDEX "ix" ON "events" ("notes")
        PostgreSQL: CREATE INDEX "ix" ON "events" ("notes")
        MySQL! Event.notes: MySQL cannot have a key or an index over Text of unbounded length; declare it as one of bounded length, for example `#[chakra(length = 255)] String`

        SQLite! SQLite does not support the method hash (index "ix" of table "events")
        PostgreSQL: CREATE INDEX "ix" ON "events" USING hash ("notes")
        MySQL! MySQL does not support the method hash (index "ix" of table "events")

        SQLite! SQLite does not support the method gin (index "ix" of table "events")
        PostgreSQL: CREATE INDEX "ix" ON "events" USING gin ("notes")
        MySQL! MySQL does not support the method gin (index "ix" of table "events")

        SQLite! SQLite does not support the method gist (index "ix" of table "events")
        PostgreSQL: CREATE INDEX "ix" ON "events" USING gist ("notes")
        MySQL! MySQL does not support the method gist (index "ix" of table "events")

        SQLite! SQLite does not support the method spgist (index "ix" of table "events")
        PostgreSQL: CREATE INDEX "ix" ON "events" USING spgist ("notes")
        MySQL! MySQL does not support the method spgist (index "ix" of table "events")

        SQLite! SQLite does not support the method brin (index "ix" of table "events")
        PostgreSQL: CREATE INDEX "ix" ON "events" USING brin ("notes")
        MySQL! MySQL does not support the method brin (index "ix" of table "events")

        SQLite! SQLite does not support the method fulltext (index "ix" of table "events")
        PostgreSQL! PostgreSQL does not support the method fulltext (index "ix" of table "events")
        MySQL: CREATE FULLTEXT INDEX `ix` ON `events` (`notes`)
    "#);
    assert_snapshot!(by(IndexMethod::Hash, true), @r#"
        SQLite! SQLite does not support the method hash (index "ix" of table "events")
        PostgreSQL! PostgreSQL does not support a unique index by another method than btree (index "ix" of table "events")
        MySQL! MySQL does not support the method hash (index "ix" of table "events")
    "#);
    assert_snapshot!(by(IndexMethod::FullText, true), @r#"
        SQLite! SQLite does not support the method fulltext (index "ix" of table "events")
        PostgreSQL! PostgreSQL does not support the method fulltext (index "ix" of table "events")
        MySQL! MySQL does not support a unique fulltext index (index "ix" of table "events")
    "#);
}

fn with_keys(table: &mut Table) {
    table.schema = Some("sh\"op".into());
    let mut place = ForeignKey::new("fk_place", vec![0], "pla`ces", vec!["i\"d".into()]);
    (place.target_schema, place.on_delete) = (Some("ge\"o".into()), Action::Cascade);
    table.foreign_keys = vec![ForeignKey::new("fk_self", vec![0], "events", vec!["id".into()]), place];
}

#[test]
fn foreign_keys_within_and_across_schemas() {
    let table = events(with_keys);
    let whole = CreateTable { table: table.clone(), if_not_exists: false, postponed: vec![0] };
    assert_snapshot!(statement(whole), @r#"
        SQLite! SQLite does not support schemas (table "events" is in "sh\"op")
        PostgreSQL: CREATE TABLE "sh""op"."events" (
          "id" INTEGER NOT NULL,
          "email" VARCHAR(90) COLLATE "C" NOT NULL,
          "starts_at" TIMESTAMPTZ NOT NULL,
          "price" NUMERIC(9, 2) NOT NULL,
          "notes" TEXT COLLATE "C" NOT NULL,
          PRIMARY KEY ("id"),
          CONSTRAINT "fk_place" FOREIGN KEY ("id") REFERENCES "ge""o"."pla`ces" ("i""d") ON DELETE CASCADE
        )
        MySQL: CREATE TABLE `sh"op`.`events` (
          `id` INT NOT NULL,
          `email` VARCHAR(90) NOT NULL,
          `starts_at` DATETIME(6) NOT NULL,
          `price` DECIMAL(9, 2) NOT NULL,
          `notes` LONGTEXT NOT NULL,
          PRIMARY KEY (`id`),
          CONSTRAINT `fk_place` FOREIGN KEY (`id`) REFERENCES `ge"o`.`pla``ces` (`i"d`) ON DELETE CASCADE
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=/*M!100600 utf8mb4_nopad_bin*/ /*!80017 utf8mb4_0900_bin*/
    "#);
    assert_snapshot!(statement(AlterForeignKey { table: table.clone(), foreign_key: 1, adds: true }), @r#"
        SQLite! SQLite does not support schemas (table "events" is in "sh\"op")
        PostgreSQL: ALTER TABLE "sh""op"."events" ADD CONSTRAINT "fk_place" FOREIGN KEY ("id") REFERENCES "ge""o"."pla`ces" ("i""d") ON DELETE CASCADE
        MySQL: ALTER TABLE `sh"op`.`events` ADD CONSTRAINT `fk_place` FOREIGN KEY (`id`) REFERENCES `ge"o`.`pla``ces` (`i"d`) ON DELETE CASCADE
    "#);
    assert_snapshot!(statement(AlterForeignKey { table, foreign_key: 0, adds: false }), @r#"
        SQLite! SQLite does not support schemas (table "events" is in "sh\"op")
        PostgreSQL: ALTER TABLE "sh""op"."events" DROP CONSTRAINT "fk_self"
        MySQL: ALTER TABLE `sh"op`.`events` DROP FOREIGN KEY `fk_self`
    "#);
}

#[test]
fn the_catalog_is_asked() {
    let (inside, outside) = (
        events(with_keys),
        events(|table| {
            with_keys(table);
            table.schema = None;
        }),
    );
    assert_snapshot!(statement(AskCatalog::schema(&inside).unwrap()), @r#"
        SQLite! SQLite does not support this question to the catalog
        PostgreSQL: SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1
        MySQL: SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?
    "#);
    assert_snapshot!(statement(AskCatalog::foreign_key(&inside, 1)), @r#"
        SQLite! SQLite does not support this question to the catalog
        PostgreSQL: SELECT 1 FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class t ON t.oid = c.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace WHERE c.contype = 'f' AND c.conname = $1 AND t.relname = $2 AND n.nspname = $3
        MySQL: SELECT 1 FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_NAME = ? AND TABLE_NAME = ? AND CONSTRAINT_SCHEMA = ?
    "#);
    assert_snapshot!(statement(AskCatalog::foreign_key(&outside, 1)), @r#"
        SQLite! SQLite does not support this question to the catalog
        PostgreSQL: SELECT 1 FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class t ON t.oid = c.conrelid WHERE c.contype = 'f' AND c.conname = $1 AND t.relname = $2 AND pg_catalog.pg_table_is_visible(t.oid)
        MySQL: SELECT 1 FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_NAME = ? AND TABLE_NAME = ? AND CONSTRAINT_SCHEMA = DATABASE()
    "#);
    assert_snapshot!(statement(AskCatalog::foreign_key_columns(&inside, "fk", "books", "shop")), @r"
        SQLite! SQLite does not support this question to the catalog
        PostgreSQL: SELECT a.attname::text FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class t ON t.oid = c.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (attnum, place) JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum WHERE c.contype = 'f' AND c.conname = $1 AND t.relname = $2 AND n.nspname = $3 ORDER BY k.place
        MySQL! MySQL does not support this question to the catalog
    ");
    assert_snapshot!(statement(AskCatalog::all_foreign_keys(&inside)), @r#"
        SQLite: SELECT t.name, t.sql, CAST(f.id AS TEXT), f."table", f."from", f."to", f.on_delete, f.on_update FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY t.name, f.id DESC, f.seq
        PostgreSQL! PostgreSQL does not support this question to the catalog
        MySQL! MySQL does not support this question to the catalog
    "#);
    assert_snapshot!(statement(CreateSchema { table: inside }), @r#"
        SQLite! SQLite does not support schemas (table "events" is in "sh\"op")
        PostgreSQL: CREATE SCHEMA IF NOT EXISTS "sh""op"
        MySQL: CREATE SCHEMA IF NOT EXISTS `sh"op`
    "#);
    assert_snapshot!(statement(DeferForeignKeys { table: outside }), @r#"
        SQLite: PRAGMA defer_foreign_keys = ON
        PostgreSQL! PostgreSQL does not support deferring foreign keys that do not allow it
        MySQL! MySQL does not support deferring foreign keys that do not allow it
    "#);
}

#[test]
fn remarks_as_statements() {
    let table = events(|table| {
        table.comment = Some(r"it's a \ table".into());
        table.columns[1].comment = Some("e-mail".into());
    });
    assert_eq!(comment_statements(&table).len(), 2);
    assert_snapshot!(statement(Comment { table: table.clone(), column: None }), @r#"
        SQLite! SQLite does not support COMMENT ON as a statement
        PostgreSQL: COMMENT ON TABLE "events" IS E'it''s a \\ table'
        MySQL! MySQL does not support COMMENT ON as a statement
    "#);
    assert_snapshot!(statement(Comment { table, column: Some(1) }), @r#"
        SQLite! SQLite does not support COMMENT ON as a statement
        PostgreSQL: COMMENT ON COLUMN "events"."email" IS 'e-mail'
        MySQL! MySQL does not support COMMENT ON as a statement
    "#);
}

#[test]
fn the_columns_of_a_foreign_key_are_indexed() {
    let table = events(|table| {
        table.foreign_keys = vec![ForeignKey::new("fk", vec![1, 2], "others", vec!["a".into(), "b".into()])];
    });
    let index = create_statements(&table, &[]).pop().unwrap();
    assert_snapshot!(statement(index), @r#"
        SQLite: CREATE INDEX IF NOT EXISTS "ix_events_email_starts_at" ON "events" ("email", "starts_at")
        PostgreSQL: CREATE INDEX IF NOT EXISTS "ix_events_email_starts_at" ON "events" ("email", "starts_at")
        MySQL: CREATE INDEX /*M!100600 IF NOT EXISTS*/ `ix_events_email_starts_at` ON `events` (`email`, `starts_at`)
    "#);
}
