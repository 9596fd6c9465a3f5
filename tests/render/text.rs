use chakra::query::Expr;
use chakra::query::expr::{TextMatch, TextMatchKind};
use chakra::query::lookup::{self, Lookup};
use chakra::schema::TableRef;
use insta::assert_snapshot;

use super::support::*;

fn with(lookup: Lookup) -> impl Fn(&TableRef) -> Expr {
    move |table| lookup::single(Expr::column(table, TITLE), lookup, text("50%"))
}

fn of_column(kind: TextMatchKind, ignore_case: bool) -> impl Fn(&TableRef) -> Expr {
    move |table| {
        let (subject, pattern) = (Expr::column(table, TITLE), Expr::column(table, SUBTITLE));
        TextMatch { subject, kind, pattern, ignore_case }.into()
    }
}

#[test]
fn values_become_patterns() {
    assert_snapshot!(condition(with(Lookup::Contains)), @r#"
        SQLite: "title" GLOB ?  <- 0 Glob(Contains)
        PostgreSQL: "title" LIKE $1  <- 0 Like(Contains)
        MySQL: `title` LIKE ? ESCAPE '\\'  <- 0 Like(Contains)
    "#);
    assert_snapshot!(condition(with(Lookup::StartsWith)), @r#"
        SQLite: "title" GLOB ?  <- 0 Glob(StartsWith)
        PostgreSQL: "title" LIKE $1  <- 0 Like(StartsWith)
        MySQL: `title` LIKE ? ESCAPE '\\'  <- 0 Like(StartsWith)
    "#);
    assert_snapshot!(condition(with(Lookup::EndsWith)), @r#"
        SQLite: "title" GLOB ?  <- 0 Glob(EndsWith)
        PostgreSQL: "title" LIKE $1  <- 0 Like(EndsWith)
        MySQL: `title` LIKE ? ESCAPE '\\'  <- 0 Like(EndsWith)
    "#);
}

#[test]
fn case_is_folded_on_both_sides() {
    assert_snapshot!(condition(with(Lookup::IContains)), @r#"
        SQLite: chakra_lower("title") GLOB chakra_lower(?)  <- 0 Glob(Contains)
        PostgreSQL: lower("title" COLLATE "und-x-icu") LIKE lower($1 COLLATE "und-x-icu")  <- 0 Like(Contains)
        MySQL: LOWER(`title`) LIKE LOWER(?) ESCAPE '\\'  <- 0 Like(Contains)
    "#);
    assert_snapshot!(condition(with(Lookup::IStartsWith)), @r#"
        SQLite: chakra_lower("title") GLOB chakra_lower(?)  <- 0 Glob(StartsWith)
        PostgreSQL: lower("title" COLLATE "und-x-icu") LIKE lower($1 COLLATE "und-x-icu")  <- 0 Like(StartsWith)
        MySQL: LOWER(`title`) LIKE LOWER(?) ESCAPE '\\'  <- 0 Like(StartsWith)
    "#);
    assert_snapshot!(condition(with(Lookup::IEndsWith)), @r#"
        SQLite: chakra_lower("title") GLOB chakra_lower(?)  <- 0 Glob(EndsWith)
        PostgreSQL: lower("title" COLLATE "und-x-icu") LIKE lower($1 COLLATE "und-x-icu")  <- 0 Like(EndsWith)
        MySQL: LOWER(`title`) LIKE LOWER(?) ESCAPE '\\'  <- 0 Like(EndsWith)
    "#);
    assert_snapshot!(condition(with(Lookup::IExact)), @r#"
        SQLite: chakra_lower("title") = chakra_lower(?)
        PostgreSQL: lower("title" COLLATE "und-x-icu") = lower($1 COLLATE "und-x-icu")
        MySQL: LOWER(`title`) = LOWER(?)
    "#);
}

#[test]
fn columns_are_literal_patterns() {
    assert_snapshot!(condition(of_column(TextMatchKind::Contains, false)), @r#"
        SQLite: instr("title", "subtitle") > 0
        PostgreSQL: strpos("title", "subtitle") > 0
        MySQL: LOCATE(`subtitle`, `title`) > 0
    "#);
    assert_snapshot!(condition(of_column(TextMatchKind::StartsWith, false)), @r#"
        SQLite: substr("title", 1, length("subtitle")) = "subtitle"
        PostgreSQL: left("title", length("subtitle")) = "subtitle"
        MySQL: LEFT(`title`, CHAR_LENGTH(`subtitle`)) = `subtitle`
    "#);
    assert_snapshot!(condition(of_column(TextMatchKind::EndsWith, false)), @r#"
        SQLite: substr("title", length("title") - length("subtitle") + 1) = "subtitle"
        PostgreSQL: right("title", length("subtitle")) = "subtitle"
        MySQL: RIGHT(`title`, CHAR_LENGTH(`subtitle`)) = `subtitle`
    "#);
    assert_snapshot!(condition(of_column(TextMatchKind::EndsWith, true)), @r#"
        SQLite: substr(chakra_lower("title"), length(chakra_lower("title")) - length(chakra_lower("subtitle")) + 1) = chakra_lower("subtitle")
        PostgreSQL: right(lower("title" COLLATE "und-x-icu"), length(lower("subtitle" COLLATE "und-x-icu"))) = lower("subtitle" COLLATE "und-x-icu")
        MySQL: RIGHT(LOWER(`title`), CHAR_LENGTH(LOWER(`subtitle`))) = LOWER(`subtitle`)
    "#);
    assert_snapshot!(condition(of_column(TextMatchKind::Equals, true)), @r#"
        SQLite: chakra_lower("title") = chakra_lower("subtitle")
        PostgreSQL: lower("title" COLLATE "und-x-icu") = lower("subtitle" COLLATE "und-x-icu")
        MySQL: LOWER(`title`) = LOWER(`subtitle`)
    "#);
}

#[test]
fn complements() {
    assert_snapshot!(condition(|table| with(Lookup::Contains)(table).not()), @r#"
        SQLite: NOT ("title" GLOB ?)  <- 0 Glob(Contains)
        PostgreSQL: NOT ("title" LIKE $1)  <- 0 Like(Contains)
        MySQL: NOT (`title` LIKE ? ESCAPE '\\')  <- 0 Like(Contains)
    "#);
    assert_snapshot!(condition(|table| of_column(TextMatchKind::Contains, false)(table).not()), @r#"
        SQLite: (instr("title", "subtitle") > 0) IS NOT TRUE
        PostgreSQL: (strpos("title", "subtitle") > 0) IS NOT TRUE
        MySQL: (LOCATE(`subtitle`, `title`) > 0) IS NOT TRUE
    "#);
}
