//! One connection: statements, transactions, and what is known of the server's side after each.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

use futures_core::stream::BoxStream;
use futures_util::TryStreamExt;
use sqlx::postgres::{PgArguments, PgColumn, PgQueryResult, PgRow};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection as _, Either, Executor, PgConnection, Row, Statement};

use super::connect::Server;
use super::cursor::{self, Cursors};
use super::{arguments, bulk, error};
use crate::driver::network::{Connection, Outlet, Retry, Step, next_row};
use crate::driver::options::timed_out;
use crate::driver::{BatchBuilder, BatchColumn, BulkInsert, Query, RawCell, RowBatch, Stored, TransactionOptions};
use crate::error::{Error, Result};
use crate::types::Value;

/// How long the server is given to report that it has cancelled a statement.
const CANCEL_TIMEOUT: Duration = Duration::from_millis(500);

/// The most texts of which a connection behind a pooler knows that they have run.
const TEXTS_KNOWN: usize = 4_096;

/// A connection to a PostgreSQL server.
#[allow(clippy::struct_excessive_bools)] // they are independent facts
pub(crate) struct PostgresConnection {
    raw: PgConnection,
    server: Arc<Server>,
    backend: Option<i32>,
    /// The server has said that it is ready, and nothing was sent since.
    is_ready: bool,
    /// Nobody answers any more.
    is_dead: bool,
    /// Its prepared statements are out of date.
    is_stale: bool,
    in_transaction: bool,
    /// The texts that have run here, by their hashes; kept behind a pooler only.
    known: HashSet<u64>,
    /// The first failure of this transaction: PostgreSQL answers COMMIT with a silent rollback after one.
    failure: Option<String>,
    cursors: Cursors,
    retry: Retry,
}

/// Why a statement gave no result.
pub(super) enum Failure {
    /// Nothing was sent.
    Unsent(Error),
    /// What sqlx reports, and whether the server had answered anything before.
    Reported { error: sqlx::Error, answered: bool },
    /// A row took longer than this.
    Late(Duration),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Unsent(error)
    }
}

type Items<'a> = BoxStream<'a, sqlx::Result<Either<PgQueryResult, PgRow>>>;

impl PostgresConnection {
    pub(super) fn new(raw: PgConnection, server: Arc<Server>, backend: Option<i32>) -> Self {
        Self {
            raw,
            server,
            backend,
            is_ready: true,
            is_dead: false,
            is_stale: false,
            in_transaction: false,
            known: HashSet::new(),
            failure: None,
            cursors: Cursors::default(),
            retry: Retry::Never,
        }
    }

    /// Runs a statement with parameters, prepared once for each connection.
    fn run(&mut self, text: &str, values: &[Value]) -> Result<Items<'_>> {
        let text = self.server.texts.text_for(text, values);
        let arguments = arguments::arguments(values)?;
        Ok(self.run_with(text, arguments))
    }

    fn run_with(&mut self, text: Arc<str>, arguments: PgArguments) -> Items<'_> {
        self.is_ready = false;
        let persistent = !self.server.pgbouncer;
        self.raw.fetch_many(sqlx::query_with(AssertSqlSafe(text), arguments).persistent(persistent))
    }

    /// A statement without parameters, in one message.
    async fn command(&mut self, text: &str) -> std::result::Result<u64, Failure> {
        self.is_ready = false;
        let mut items = self.raw.fetch_many(sqlx::raw_sql(AssertSqlSafe(text.to_owned())));
        count(&mut items).await
    }

    async fn read_all(&mut self, query: &Query) -> std::result::Result<RowBatch, Failure> {
        let mut items = self.run(&query.sql.text, &query.params)?;
        let batch = collect(&mut items).await?;
        drop(items);
        match batch {
            Some(batch) => Ok(batch),
            None => Ok(BatchBuilder::new(self.columns_of(query).await?).finish()),
        }
    }

    /// The columns of a statement that gave no row. Its preparation is at hand; nothing is sent.
    async fn columns_of(&mut self, query: &Query) -> std::result::Result<Arc<[BatchColumn]>, Failure> {
        if self.server.pgbouncer {
            return Ok(Arc::new([]));
        }
        let text = self.server.texts.text_for(&query.sql.text, &query.params);
        let prepared = self.raw.prepare(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(text))).await;
        let prepared = prepared.map_err(|error| Failure::Reported { error, answered: true })?;
        Ok(columns(prepared.columns()))
    }

    async fn send_on(
        &mut self,
        query: &Query,
        batch_rows: usize,
        outlet: &Outlet,
        limit: Option<Duration>,
    ) -> std::result::Result<bool, Failure> {
        let mut items = self.run(&query.sql.text, &query.params)?;
        let mut builder = None;
        loop {
            let item = next_row(limit, items.try_next()).await.ok_or(Failure::Late(limit.unwrap_or_default()))?;
            let Some(item) = item.map_err(|error| reported(error, builder.is_some()))? else { break };
            let Either::Right(row) = item else { continue };
            let builder = builder.get_or_insert_with(|| BatchBuilder::new(columns(row.columns())));
            push_row(builder, &row)?;
            if builder.rows() >= batch_rows && outlet.send(Ok(builder.take())).await.is_err() {
                return Ok(false);
            }
        }
        match builder.filter(|builder| builder.rows() > 0) {
            Some(builder) => Ok(outlet.send(Ok(builder.finish())).await.is_ok()),
            None => Ok(true),
        }
    }

    /// Notes what follows from a result.
    async fn settle<T>(&mut self, result: std::result::Result<T, Failure>) -> Result<T> {
        self.retry = Retry::Never;
        match result {
            Ok(value) => {
                self.is_ready = true;
                Ok(value)
            }
            Err(Failure::Unsent(error)) => {
                self.is_ready = true;
                Err(error)
            }
            // The server is still at it: the connection is not ready, and will be closed.
            Err(Failure::Late(limit)) => Err(timed_out(limit)),
            Err(Failure::Reported { error, answered }) => {
                let consequence = error::consequence(&error);
                self.is_dead |= consequence.is_fatal;
                self.is_stale |= consequence.stale_statements;
                if !answered {
                    self.retry = consequence.retry;
                }
                if !self.is_dead {
                    self.is_ready = drain(&mut self.raw).await;
                }
                let error = error::classify(error);
                if self.in_transaction {
                    self.failure.get_or_insert_with(|| error.to_string());
                }
                Err(error)
            }
        }
    }

    async fn settle_statement<T>(&mut self, text: &str, result: std::result::Result<T, Failure>) -> Result<T> {
        let result = self.settle(result).await;
        if result.is_err() && self.retry == Retry::Always && !is_one_unit(text) {
            self.retry = Retry::Never;
        }
        result
    }

    /// Whether a statement may run again because it was prepared before a table changed, and was not
    /// executed for that reason. Forgets the old preparations.
    async fn prepares_again<T>(&mut self, result: &std::result::Result<T, Failure>, guarded: bool) -> bool {
        let Err(Failure::Reported { error, answered: false }) = result else { return false };
        if !error::consequence(error).stale_statements {
            return false;
        }
        if guarded {
            // The types were looked up, and are known now.
            return drain(&mut self.raw).await && self.command("ROLLBACK TO SAVEPOINT chakra_types").await.is_ok();
        }
        if self.in_transaction {
            return false;
        }
        drain(&mut self.raw).await && self.raw.clear_cached_statements().await.is_ok()
    }

    /// Begins behind a pooler: only the server that this transaction gets knows by which number it can be cancelled.
    async fn begin_on_whichever(&mut self, options: TransactionOptions) -> std::result::Result<(), Failure> {
        self.is_ready = false;
        let text = format!("{}; SELECT pg_backend_pid()", begin(options));
        let mut items = self.raw.fetch_many(sqlx::raw_sql(AssertSqlSafe(text)));
        let mut backend = None;
        while let Some(item) = items.try_next().await.map_err(|error| reported(error, false))? {
            if let Either::Right(row) = item {
                let number = row.try_get_raw(0).map_err(|error| reported(error, true))?;
                backend = number.as_str().ok().and_then(|text| text.parse().ok());
            }
        }
        drop(items);
        self.backend = backend;
        Ok(())
    }

    /// After the end of a transaction behind a pooler the server is somebody else's.
    fn leave_server(&mut self) {
        if self.server.pgbouncer && self.is_ready {
            self.backend = None;
        }
    }

    /// Behind a pooler statements have no name, and the first one whose result has a type that sqlx does not know is
    /// forgotten while that is looked up. So a text that is new to this connection runs after a savepoint, to be run
    /// again. Tells whether it does.
    async fn guard_types(&mut self, text: &str) -> Result<bool> {
        if !self.server.pgbouncer || self.known.contains(&hash(text)) {
            return Ok(false);
        }
        let set = self.command("SAVEPOINT chakra_types").await.map(drop);
        self.settle(set).await.map(|()| true)
    }

    /// After a text that was guarded has run.
    async fn keep_types<T>(&mut self, guarded: bool, text: &str, result: Result<T>) -> Result<T> {
        if guarded && result.is_ok() {
            let released = self.command("RELEASE SAVEPOINT chakra_types").await.map(drop);
            self.settle(released).await?;
            if self.known.len() >= TEXTS_KNOWN {
                self.known.clear();
            }
            self.known.insert(hash(text));
        }
        result
    }

    /// Begins a transaction of our own if there is need of one and none is open. Behind a pooler there always is:
    /// a statement's preparation and its execution must reach the same server.
    pub(super) async fn open_frame(&mut self, needed: bool) -> Result<bool> {
        let own = (needed || self.server.pgbouncer) && !self.in_transaction;
        if own {
            self.begin(TransactionOptions::default()).await?;
        }
        Ok(own)
    }

    /// Ends a transaction of our own, if there is one, by a result.
    pub(super) async fn close_frame<T>(&mut self, own: bool, result: Result<T>) -> Result<T> {
        if own && self.is_ready {
            match &result {
                Ok(_) => self.commit().await?,
                Err(_) => self.rollback().await?,
            }
        }
        result
    }
}

/// What bulk operations are made of.
impl PostgresConnection {
    /// Whether it is worth trying to COPY these rows: what the server last said of the table.
    pub(super) async fn may_copy(&mut self, bulk: &BulkInsert) -> Result<bool> {
        let name = bulk::quoted_name(&bulk.table);
        if let Some(rules) = self.server.tables.get(&name) {
            return Ok(rules.allow(bulk));
        }
        let own = self.open_frame(false).await?;
        let answer = self.ask_whether_to_copy(name, bulk).await;
        self.close_frame(own, answer).await
    }

    /// Whether COPY does the same as INSERT for these rows, by what the server says now.
    pub(super) async fn ask_whether_to_copy(&mut self, name: String, bulk: &BulkInsert) -> Result<bool> {
        let answer = self.ask(bulk::RULES, bulk::name_param(&name)).await?;
        Ok(self.server.tables.learn(name, &answer).allow(bulk))
    }

    /// Runs a statement with parameters of its own making.
    pub(super) async fn fetch_with(&mut self, text: Arc<str>, arguments: PgArguments) -> Result<Option<RowBatch>> {
        let result = collect(&mut self.run_with(text, arguments)).await;
        self.settle(result).await
    }

    /// Runs a question about the catalogue, within whatever transaction is open.
    pub(super) async fn ask(&mut self, text: &str, values: Vec<Value>) -> Result<RowBatch> {
        let arguments = arguments::arguments(&values)?;
        let text = self.server.texts.text_for(text, &values);
        let batch = self.fetch_with(text, arguments).await?;
        Ok(batch.unwrap_or_else(|| BatchBuilder::new(Arc::new([])).finish()))
    }

    /// Keeps a table's columns as they are until the transaction ends; others may go on writing rows.
    pub(super) async fn lock_for_insert(&mut self, name: &str) -> Result<()> {
        let result = self.command(&format!("LOCK TABLE {name} IN ROW EXCLUSIVE MODE")).await.map(drop);
        self.settle(result).await
    }

    /// Sends rows into a COPY.
    pub(super) async fn copy(&mut self, text: &str, rows: bulk::Rows<'_>) -> Result<u64> {
        self.is_ready = false;
        let result = self.send_rows(text, rows).await;
        let result = self.settle(result).await;
        if let Err(error) = &result {
            // Also where we gave up ourselves: the server counts that as a failure.
            self.failure.get_or_insert_with(|| error.to_string());
        }
        result
    }

    async fn send_rows(&mut self, text: &str, mut rows: bulk::Rows<'_>) -> std::result::Result<u64, Failure> {
        let answered = |error| reported(error, true);
        let mut copy = self.raw.copy_in_raw(text).await.map_err(answered)?;
        let mut part = Vec::with_capacity(128 << 10);
        loop {
            let more = match rows.encode(&mut part) {
                Ok(more) => more,
                Err(error) => {
                    copy.abort("the rows cannot be encoded").await.map_err(answered)?;
                    return Err(error.into());
                }
            };
            copy.send(part.as_slice()).await.map_err(answered)?;
            if !more {
                return copy.finish().await.map_err(answered);
            }
        }
    }
}

impl Connection for PostgresConnection {
    async fn fetch_all(&mut self, query: &Query) -> Result<RowBatch> {
        let (framed, text) = (self.open_frame(false).await?, &query.sql.text);
        let guarded = self.guard_types(text).await?;
        let mut result = self.read_all(query).await;
        if self.prepares_again(&result, guarded).await {
            result = self.read_all(query).await;
        }
        let result = self.settle_statement(text, result).await;
        let result = self.keep_types(guarded, text, result).await;
        self.close_frame(framed, result).await
    }

    async fn execute(&mut self, query: &Query) -> Result<u64> {
        if query.params.is_empty() {
            let result = self.command(&query.sql.text).await;
            return self.settle_statement(&query.sql.text, result).await;
        }
        let (framed, text) = (self.open_frame(false).await?, &query.sql.text);
        let guarded = self.guard_types(text).await?;
        let mut result = self.write(query).await;
        if self.prepares_again(&result, guarded).await {
            result = self.write(query).await;
        }
        let result = self.settle_statement(text, result).await;
        let result = self.keep_types(guarded, text, result).await;
        self.close_frame(framed, result).await
    }

    async fn stream(
        &mut self,
        query: &Query,
        batch_rows: usize,
        outlet: &Outlet,
        limit: Option<Duration>,
    ) -> Result<()> {
        let (framed, text) = (self.open_frame(false).await?, &query.sql.text);
        let guarded = self.guard_types(text).await?;
        let mut result = self.send_on(query, batch_rows, outlet, limit).await;
        if self.prepares_again(&result, guarded).await {
            result = self.send_on(query, batch_rows, outlet, limit).await;
        }
        if matches!(result, Ok(false)) {
            return Ok(()); // nobody reads: there are rows under way, and the connection is not ready
        }
        let result = self.settle_statement(text, result).await.map(drop);
        let result = self.keep_types(guarded, text, result).await;
        self.close_frame(framed, result).await
    }

    async fn open_cursor(&mut self, query: &Query) -> Result<Option<u32>> {
        if !self.in_transaction || !query.only_reads() {
            return Ok(None);
        }
        let number = self.cursors.free();
        let text = self.server.texts.text_for(&query.sql.text, &query.params);
        let arguments = arguments::arguments(&query.params)?;
        let opened = count(&mut self.run_with(cursor::open(number, &text), arguments)).await;
        self.settle(opened).await?;
        self.cursors.open(number);
        Ok(Some(number))
    }

    async fn fetch_from_cursor(
        &mut self,
        number: u32,
        rows: usize,
        limit: Option<Duration>,
    ) -> Result<(Option<RowBatch>, bool)> {
        let fetched = self.fetch_next(&cursor::fetch(number, rows), limit).await;
        let batch = self.settle(fetched).await?;
        let more = batch.as_ref().is_some_and(|batch| batch.len() == rows);
        if !more {
            self.close_cursor(number).await?;
        }
        Ok((batch, more))
    }

    async fn close_cursor(&mut self, number: u32) -> Result<()> {
        // After a failure the server would refuse it, and closes it by itself.
        if !self.in_transaction || self.failure.is_some() {
            return Ok(());
        }
        let closed = self.command(&cursor::close(number)).await.map(drop);
        self.settle(closed).await?;
        self.cursors.close(number);
        Ok(())
    }

    async fn insert_many(&mut self, bulk: &BulkInsert) -> Result<RowBatch> {
        bulk::insert(self, bulk).await
    }

    async fn begin(&mut self, options: TransactionOptions) -> Result<()> {
        let result = if self.server.pgbouncer {
            self.begin_on_whichever(options).await
        } else {
            self.command(&begin(options)).await.map(drop)
        };
        self.settle(result).await?;
        (self.in_transaction, self.failure, self.cursors) = (true, None, Cursors::default());
        Ok(())
    }

    async fn commit(&mut self) -> Result<()> {
        if let Some(failure) = self.failure.take() {
            // A savepoint may have saved it: only the server knows.
            let probe = self.command("SELECT 1").await;
            if self.settle(probe).await.is_err() {
                self.rollback().await?;
                return Err(Error::session(format!(
                    "the transaction was rolled back instead of committed, because a statement in it had failed: {failure}"
                )));
            }
        }
        self.in_transaction = false;
        let result = self.command("COMMIT").await.map(drop);
        let result = self.settle(result).await;
        self.leave_server();
        self.retry = Retry::Never; // without an answer nobody knows whether it was done
        result
    }

    async fn rollback(&mut self) -> Result<()> {
        (self.in_transaction, self.failure) = (false, None);
        let result = self.command("ROLLBACK").await.map(drop);
        let result = self.settle(result).await;
        self.leave_server();
        result
    }

    async fn savepoint(&mut self, step: Step, depth: u32) -> Result<()> {
        let result = self.command(&step.sql(depth)).await.map(drop);
        let result = self.settle(result).await;
        match (step, &self.failure) {
            (Step::Release, Some(failure)) if result.is_err() => Err(Error::session(format!(
                "the nested transaction was undone instead of kept, because a statement in it had failed: {failure}"
            ))),
            (Step::Undo, _) if result.is_ok() => {
                self.failure = None;
                result
            }
            _ => result,
        }
    }

    async fn ping(&mut self) -> Result<()> {
        self.is_ready = false;
        let result = self.raw.ping().await.map_err(|error| reported(error, false));
        self.settle(result).await
    }

    fn is_ready(&self) -> bool {
        self.is_ready
    }

    fn is_reusable(&self) -> bool {
        !self.is_stale && !self.is_dead
    }

    fn retry(&self) -> Retry {
        self.retry
    }

    async fn close(self) {
        // The socket is closed in any case; the goodbye spares the server a line in its log.
        let _ = self.raw.close().await;
    }

    async fn abandon(mut self) {
        let Some(backend) = self.backend.filter(|_| !self.is_dead) else { return };
        let Ok(mut other) = self.server.options.connect().await else { return };
        let cancel = format!("SELECT pg_cancel_backend({backend})");
        let asked = other.execute(sqlx::raw_sql(AssertSqlSafe(cancel))).await;
        // What was not wholly sent was not begun, and will not be: the socket closes.
        if asked.is_ok() && !self.raw.should_flush() {
            let cancelled = tokio::time::timeout(CANCEL_TIMEOUT, drain(&mut self.raw)).await;
            if cancelled.is_err() {
                // The request came when nothing ran yet, or the statement does not let itself be cancelled.
                let terminate = format!("SELECT pg_terminate_backend({backend})");
                let _ = other.execute(sqlx::raw_sql(AssertSqlSafe(terminate))).await;
            }
        }
        drop(self);
        let _ = other.close().await;
    }
}

impl PostgresConnection {
    /// Rows of a cursor. Not prepared by name: the columns would be those of the cursor that had the number before.
    async fn fetch_next(
        &mut self,
        text: &str,
        limit: Option<Duration>,
    ) -> std::result::Result<Option<RowBatch>, Failure> {
        self.is_ready = false;
        let statement = sqlx::query(AssertSqlSafe(text.to_owned())).persistent(false);
        let mut items = self.raw.fetch_many(statement);
        let mut builder = None;
        loop {
            let item = next_row(limit, items.try_next()).await.ok_or(Failure::Late(limit.unwrap_or_default()))?;
            let Some(item) = item.map_err(|error| reported(error, true))? else { break };
            if let Either::Right(row) = item {
                push_row(builder.get_or_insert_with(|| BatchBuilder::new(columns(row.columns()))), &row)?;
            }
        }
        Ok(builder.map(BatchBuilder::finish))
    }

    async fn write(&mut self, query: &Query) -> std::result::Result<u64, Failure> {
        count(&mut self.run(&query.sql.text, &query.params)?).await
    }
}

fn hash(text: &str) -> u64 {
    foldhash::fast::FixedState::default().hash_one(text)
}

/// The statement that begins a transaction.
fn begin(options: TransactionOptions) -> String {
    let level = options.isolation_level.map(|level| format!(" ISOLATION LEVEL {level}"));
    let mode = if options.read_only { " READ ONLY" } else { "" };
    format!("BEGIN{}{mode}", level.unwrap_or_default())
}

fn reported(error: sqlx::Error, answered: bool) -> Failure {
    Failure::Reported { error, answered }
}

/// Whether a statement that did not report its end has done nothing. Procedures and some commands commit
/// on their way.
fn is_one_unit(text: &str) -> bool {
    let word = text.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES", "MERGE"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// Reads on until the server is ready; false where it will never be.
async fn drain(raw: &mut PgConnection) -> bool {
    loop {
        match raw.flush().await {
            Ok(()) => return true,
            Err(error) if error::consequence(&error).is_fatal => return false,
            Err(_) => {}
        }
    }
}

async fn count(items: &mut Items<'_>) -> std::result::Result<u64, Failure> {
    let (mut concerned, mut answered) = (0, false);
    while let Some(item) = items.try_next().await.map_err(|error| reported(error, answered))? {
        answered = true;
        if let Either::Left(done) = item {
            concerned += done.rows_affected();
        }
    }
    Ok(concerned)
}

/// All rows, None if there were none.
async fn collect(items: &mut Items<'_>) -> std::result::Result<Option<RowBatch>, Failure> {
    let mut builder = None;
    let mut answered = false;
    while let Some(item) = items.try_next().await.map_err(|error| reported(error, answered))? {
        answered = true;
        if let Either::Right(row) = item {
            push_row(builder.get_or_insert_with(|| BatchBuilder::new(columns(row.columns()))), &row)?;
        }
    }
    Ok(builder.map(BatchBuilder::finish))
}

fn columns(columns: &[PgColumn]) -> Arc<[BatchColumn]> {
    let column = |column: &PgColumn| BatchColumn {
        name: column.name().to_owned(),
        stored: Stored::Postgres(column.type_info().oid().map_or(0, |oid| oid.0)),
    };
    columns.iter().map(column).collect()
}

#[inline]
fn push_row(builder: &mut BatchBuilder, row: &PgRow) -> std::result::Result<(), Failure> {
    for position in 0..row.columns().len() {
        let value = row.try_get_raw(position).map_err(|error| reported(error, true))?;
        // Only NULL has no bytes.
        builder.push(value.as_bytes().map_or(RawCell::Null, RawCell::Wire));
    }
    Ok(())
}
