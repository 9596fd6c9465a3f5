//! Making and removing all tables of a set.

mod outside;

use super::context::Attempt;
use super::prepare;
use crate::dialect::{definition_statements, same_table_in, unsupported};
use crate::driver::{Executor, Transaction};
use crate::error::Result;
use crate::query::{
    AlterForeignKey, AskCatalog, CreateSchema, DeferForeignKeys, DropTable, DropType, Statement, native_types,
};
use crate::schema::{MetaData, ModelFault, Step, TableRef};
use crate::types::EnumType;

/// Makes every table that is not there yet, with its schema and its indexes, in order of dependency. Tables may refer to
/// each other in a circle. Where the database can, it is all or nothing. A junction with one end in the set is made if
/// its other end is there.
///
/// # Errors
///
/// What the database reports; [`ErrorKind::Definition`](crate::ErrorKind::Definition) for tables that contradict
/// themselves or each other, ask for types or options that the database lacks, or are more than it takes.
pub async fn create_all(executor: &dyn Executor, tables: &MetaData) -> Result<()> {
    tables.check()?;
    refuse_what_is_lacking(executor, tables)?;
    let Some(transaction) = own_transaction(executor).await? else { return create_each(executor, tables).await };
    create_each(&transaction, tables).await?;
    transaction.commit().await
}

/// Removes every table that is there, in the opposite order, and the types that no other table uses. Schemas stay: others
/// may use them.
///
/// # Errors
///
/// What the database reports.
pub async fn drop_all(executor: &dyn Executor, tables: &MetaData) -> Result<()> {
    let Some(transaction) = own_transaction(executor).await? else { return drop_each(executor, tables).await };
    drop_each(&transaction, tables).await?;
    transaction.commit().await
}

/// A transaction where the database can take back what is done to tables.
async fn own_transaction(executor: &dyn Executor) -> Result<Option<Transaction>> {
    if executor.capabilities().transactional_ddl { executor.begin_own().await.map(Some) } else { Ok(None) }
}

async fn create_each(executor: &dyn Executor, tables: &MetaData) -> Result<()> {
    let capabilities = executor.capabilities();
    let tables = &with_junctions(executor, tables).await?;
    outside::check_targets(executor, tables).await?;
    let mut steps = tables.steps();
    if capabilities.forward_references {
        for step in &mut steps {
            step.postponed.clear();
        }
    }
    let mut schemas: Vec<&str> = Vec::new();
    for table in tables.tables() {
        match table.schema.as_deref() {
            Some(schema) if !schemas.contains(&schema) => schemas.push(schema),
            _ => continue,
        }
        create_schema(executor, table).await?;
    }
    for Step { table, postponed } in &steps {
        let mut statements = definition_statements(table, executor.dialect(), postponed);
        let is_remark = |statement: &Statement| matches!(statement, Statement::Comment(_));
        // What exists stays as it is, its remarks included.
        if statements.iter().any(is_remark) && is_there(executor, AskCatalog::table(table)).await? {
            statements.retain(|statement| !is_remark(statement));
        }
        for statement in statements {
            change(executor, table, statement, Attempt::Create).await?;
        }
    }
    for Step { table, postponed } in &steps {
        for at in postponed {
            alter_foreign_key(executor, table, *at, true).await?;
        }
    }
    Ok(())
}

/// The set together with the junctions to tables outside that are there.
async fn with_junctions(executor: &dyn Executor, tables: &MetaData) -> Result<MetaData> {
    let mut all = tables.clone();
    for (junction, other) in tables.junctions() {
        if is_there(executor, AskCatalog::table(other)).await? {
            all.add(junction.clone())?;
        }
    }
    Ok(all)
}

async fn drop_each(executor: &dyn Executor, tables: &MetaData) -> Result<()> {
    let mut all = tables.clone();
    for (junction, _) in tables.junctions() {
        all.add(junction.clone())?;
    }
    let tables = &all;
    outside::check_referrers(executor, tables).await?;
    let steps = tables.steps();
    let circular = |step: &Step| !step.postponed.is_empty() || refers_to_itself(&step.table);
    if executor.capabilities().forward_references && steps.iter().any(circular) {
        let table = steps[0].table.clone();
        change(executor, &table, Statement::DeferForeignKeys(DeferForeignKeys { table: table.clone() }), Attempt::Drop)
            .await?;
    } else if !executor.capabilities().forward_references {
        for Step { table, postponed } in &steps {
            for at in postponed {
                alter_foreign_key(executor, table, *at, false).await?;
            }
        }
    }
    for Step { table, .. } in steps.iter().rev() {
        let types = types_of(executor, table).map(|kind| Statement::DropType(DropType { table: table.clone(), kind }));
        let statement = Statement::DropTable(DropTable { table: table.clone(), if_exists: true });
        for statement in std::iter::once(statement).chain(types) {
            change(executor, table, statement, Attempt::Drop).await?;
        }
    }
    Ok(())
}

/// Whether its rows may hold on to each other.
fn refers_to_itself(table: &TableRef) -> bool {
    table.foreign_keys.iter().any(|key| key.target_table.eq_ignore_ascii_case(&table.name))
}

/// The enumerations that are types of the database's own.
fn types_of(executor: &dyn Executor, table: &TableRef) -> impl Iterator<Item = EnumType> {
    let has_types = executor.capabilities().enum_types;
    let types = if has_types { native_types(table) } else { Vec::new() };
    types.into_iter()
}

/// Makes the schema that a table names. Asked for first, because who may not make schemas may still use one.
async fn create_schema(executor: &dyn Executor, table: &TableRef) -> Result<()> {
    let statement = Statement::CreateSchema(CreateSchema { table: table.clone() });
    if executor.capabilities().schemas
        && let Some(question) = AskCatalog::schema(table)
        && is_there(executor, question).await?
    {
        return Ok(());
    }
    change(executor, table, statement, Attempt::Create).await
}

/// Adds a foreign key that is not there yet, or removes one that is.
async fn alter_foreign_key(executor: &dyn Executor, table: &TableRef, foreign_key: usize, adds: bool) -> Result<()> {
    if is_there(executor, AskCatalog::foreign_key(table, foreign_key)).await? == adds {
        return Ok(());
    }
    let statement = Statement::AlterForeignKey(AlterForeignKey { table: table.clone(), foreign_key, adds });
    change(executor, table, statement, if adds { Attempt::Create } else { Attempt::Drop }).await
}

async fn is_there(executor: &dyn Executor, question: AskCatalog) -> Result<bool> {
    let table = question.table.clone();
    let query = prepare(executor, Statement::AskCatalog(question))?;
    let found = executor.fetch_all(query).await.map_err(|error| Attempt::Create.explain(&table, error))?;
    Ok(!found.is_empty())
}

async fn change(executor: &dyn Executor, table: &TableRef, statement: Statement, attempt: Attempt) -> Result<()> {
    let query = prepare(executor, statement)?;
    executor.execute(query).await.map(drop).map_err(|error| attempt.explain(table, error))
}

/// Refuses what the database lacks and what is more than it takes, all of it and before anything is made. Where names that differ only in case are equal,
/// the second of two such tables would be left out without a word.
fn refuse_what_is_lacking(executor: &dyn Executor, tables: &MetaData) -> Result<()> {
    let dialect = executor.dialect();
    let mut faults = Vec::new();
    for (position, table) in tables.tables().iter().enumerate() {
        let others = tables.tables()[..position].iter().map(|other| &**other);
        faults.extend(same_table_in(dialect, table, others));
        faults.extend(unsupported(table, dialect));
    }
    ModelFault::refuse(faults)
}
