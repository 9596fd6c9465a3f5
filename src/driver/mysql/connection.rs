//! One connection: statements, transactions, and what is known of the server's side after each.

use std::sync::Arc;
use std::time::Duration;

use futures_core::stream::BoxStream;
use futures_util::TryStreamExt;
use sqlx::mysql::{MySqlQueryResult, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Either, Executor, MySql, Row, Statement};

use super::connect::Server;
use super::error::Consequence;
use super::server::{Facts, Greeting};
use super::statement::{commits, is_one_unit, is_single};
use super::{arguments, bulk, column, encode, error, target};
use crate::driver::network::{Connection, Outlet, Retry, Step, next_row};
use crate::driver::options::timed_out;
use crate::driver::{BatchBuilder, BatchColumn, BulkInsert, Query, RawCell, RowBatch, TransactionOptions};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::types::Value;

/// How long the server is given to report that it has cancelled a statement.
const CANCEL_TIMEOUT: Duration = Duration::from_millis(500);

/// A connection to a server of MySQL or MariaDB.
#[allow(clippy::struct_excessive_bools)] // they are independent facts
pub(crate) struct MySqlConnection {
    raw: sqlx::MySqlConnection,
    server: Arc<Server>,
    facts: Facts,
    number: u64,
    /// The server has said that it is ready, and nothing was sent since.
    is_ready: bool,
    /// Nobody answers any more.
    is_dead: bool,
    /// Its prepared statements are out of date.
    is_stale: bool,
    in_transaction: bool,
    /// Why the server has rolled the open transaction back: what came now would run outside of any.
    rolled_back: Option<String>,
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

/// What a statement did that gave no rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Done {
    pub(super) rows: u64,
    /// The first key that the server made.
    pub(super) first_key: u64,
}

type Items<'a> = BoxStream<'a, sqlx::Result<Either<MySqlQueryResult, MySqlRow>>>;
type Outcome<T> = std::result::Result<T, Failure>;

impl MySqlConnection {
    pub(super) fn new(raw: sqlx::MySqlConnection, server: Arc<Server>, greeting: Greeting) -> Self {
        Self {
            raw,
            server,
            facts: greeting.facts,
            number: greeting.connection,
            is_ready: true,
            is_dead: false,
            is_stale: false,
            in_transaction: false,
            rolled_back: None,
            retry: Retry::Never,
        }
    }

    /// Runs a statement with parameters, prepared once for each connection if `kept`. Prepared statements alone give
    /// values in their binary form, and a text of several statements is none.
    fn run(&mut self, text: &str, values: &[Value], kept: bool) -> Result<Items<'_>> {
        self.refuse(text, values)?;
        let arguments = arguments::arguments(values, &self.facts.types)?;
        self.is_ready = false;
        Ok(self.raw.fetch_many(sqlx::query_with(AssertSqlSafe(text.to_owned()), arguments).persistent(kept)))
    }

    /// Refuses what must not be sent.
    fn refuse(&self, text: &str, values: &[Value]) -> Result<()> {
        self.refuse_rolled_back()?;
        if self.in_transaction && commits(text) {
            return Err(Error::unsupported(
                "a change of the schema inside a transaction: it would commit what the transaction has done so far; run it outside",
                "MySQL",
            ));
        }
        let size = text.len() + values.iter().map(encode::size).sum::<usize>();
        if size >= self.facts.max_packet {
            let most = self.facts.max_packet;
            let message = format!(
                "the statement has {size} bytes with its values, the server takes {most}; raise its max_allowed_packet"
            );
            return Err(DatabaseError::new(DatabaseErrorKind::Operational, message).into());
        }
        Ok(())
    }

    fn refuse_rolled_back(&self) -> Result<()> {
        let Some(reason) = &self.rolled_back else { return Ok(()) };
        let message = format!("the server has rolled this transaction back, begin another: {reason}");
        Err(DatabaseError::new(DatabaseErrorKind::Operational, message).into())
    }

    /// A statement without parameters, as it is.
    async fn command(&mut self, text: &str) -> Outcome<Done> {
        self.is_ready = false;
        count(&mut self.raw.fetch_many(sqlx::raw_sql(AssertSqlSafe(text.to_owned())))).await
    }

    async fn read_all(&mut self, query: &Query) -> Outcome<RowBatch> {
        let mut items = self.run(&query.sql.text, &query.params, true)?;
        let batch = collect(&mut items).await?;
        drop(items);
        match batch {
            Some(batch) => Ok(batch),
            None => Ok(BatchBuilder::new(self.columns_of(query).await?).finish()),
        }
    }

    /// The columns of a statement that gave no row. Its preparation is at hand; nothing is sent.
    async fn columns_of(&mut self, query: &Query) -> Outcome<Arc<[BatchColumn]>> {
        let text = sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(query.sql.text.clone()));
        let prepared = self.raw.prepare(text).await;
        let prepared = prepared.map_err(|error| Failure::Reported { error, answered: true })?;
        Ok(column::described(prepared.columns()))
    }

    async fn send_on(
        &mut self,
        query: &Query,
        batch_rows: usize,
        outlet: &Outlet,
        limit: Option<Duration>,
    ) -> Outcome<bool> {
        let mut items = self.run(&query.sql.text, &query.params, true)?;
        let mut builder = None;
        loop {
            let item = next_row(limit, items.try_next()).await.ok_or(Failure::Late(limit.unwrap_or_default()))?;
            let Some(item) = item.map_err(|error| reported(error, builder.is_some()))? else { break };
            let Either::Right(row) = item else { continue };
            let builder = builder.get_or_insert_with(|| BatchBuilder::new(column::described(row.columns())));
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

    async fn write(&mut self, text: &str, values: &[Value], kept: bool) -> Outcome<Done> {
        count(&mut self.run(text, values, kept)?).await
    }

    fn consequence(&self, error: &sqlx::Error) -> Consequence {
        error::consequence(error, self.facts.timeout_ends_transaction)
    }

    /// Notes what follows from a result.
    fn settle<T>(&mut self, result: Outcome<T>) -> Result<T> {
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
                let consequence = self.consequence(&error);
                if let Consequence::ConnectionGone(retry) = consequence {
                    self.is_dead = true;
                    self.retry = if answered { Retry::Never } else { retry };
                }
                self.is_stale |= consequence == Consequence::StaleStatements;
                self.is_ready = !self.is_dead;
                let error = error::classify(error);
                if self.in_transaction && consequence == Consequence::TransactionGone {
                    self.rolled_back.get_or_insert_with(|| error.to_string());
                }
                Err(error)
            }
        }
    }

    fn settle_statement<T>(&mut self, text: &str, result: Outcome<T>) -> Result<T> {
        let result = self.settle(result);
        if result.is_err() && self.retry == Retry::Always && !is_one_unit(text) {
            self.retry = Retry::Never;
        }
        result
    }

    /// A result with what its error concerns.
    async fn explained<T>(&mut self, text: &str, result: Result<T>) -> Result<T> {
        match result {
            Err(error) if self.is_ready && self.rolled_back.is_none() => Err(target::explain(self, text, error).await),
            other => other,
        }
    }

    /// Whether a statement may run again because it was prepared before a table changed, and was not
    /// executed for that reason. Forgets the old preparations.
    async fn prepares_again<T>(&mut self, result: &Outcome<T>) -> bool {
        let Err(Failure::Reported { error, answered: false }) = result else { return false };
        self.consequence(error) == Consequence::StaleStatements && self.raw.clear_cached_statements().await.is_ok()
    }
}

/// What bulk operations are made of.
impl MySqlConnection {
    pub(super) fn returns(&self) -> bool {
        self.server.returns()
    }

    pub(super) fn max_packet(&self) -> usize {
        self.facts.max_packet
    }

    /// Runs a statement that gives rows.
    pub(super) async fn ask(&mut self, text: &str, values: &[Value], kept: bool) -> Result<RowBatch> {
        let result = match self.run(text, values, kept) {
            Ok(mut items) => collect(&mut items).await,
            Err(error) => Err(error.into()),
        };
        let batch = self.settle(result)?;
        Ok(batch.unwrap_or_else(|| BatchBuilder::new(Arc::new([])).finish()))
    }

    /// Runs a statement that gives none.
    pub(super) async fn do_write(&mut self, text: &str, values: &[Value], kept: bool) -> Result<Done> {
        let result = self.write(text, values, kept).await;
        self.settle(result)
    }

    /// Makes what follows all or nothing: a transaction of our own, or a part of the one that is open.
    pub(super) async fn open_frame(&mut self) -> Result<Frame> {
        if self.in_transaction {
            let result = self.command("SAVEPOINT chakra_bulk").await;
            return self.settle(result).map(|_| Frame::Savepoint);
        }
        self.begin(TransactionOptions::default()).await.map(|()| Frame::Own)
    }

    /// Ends what [`open_frame`](Self::open_frame) began, by a result.
    pub(super) async fn close_frame<T>(&mut self, frame: Frame, result: Result<T>) -> Result<T> {
        if !self.is_ready || self.rolled_back.is_some() && matches!(frame, Frame::Savepoint) {
            return result;
        }
        match (frame, &result) {
            (Frame::Own, Ok(_)) => self.commit().await?,
            (Frame::Own, Err(_)) => self.rollback().await?,
            (Frame::Savepoint, Ok(_)) => {
                let released = self.command("RELEASE SAVEPOINT chakra_bulk").await;
                self.settle(released)?;
            }
            (Frame::Savepoint, Err(_)) => {
                let undone = self.command("ROLLBACK TO SAVEPOINT chakra_bulk").await;
                self.settle(undone)?;
            }
        }
        result
    }
}

/// What makes several statements one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    Own,
    Savepoint,
}

impl Connection for MySqlConnection {
    async fn fetch_all(&mut self, query: &Query) -> Result<RowBatch> {
        let mut result = self.read_all(query).await;
        if self.prepares_again(&result).await {
            result = self.read_all(query).await;
        }
        let result = self.settle_statement(&query.sql.text, result);
        self.explained(&query.sql.text, result).await
    }

    async fn execute(&mut self, query: &Query) -> Result<u64> {
        let text = &query.sql.text;
        // A change of the schema is seldom run twice, and closing a prepared statement makes the next one wait for the
        // server's late acknowledgement (some 40 ms): sqlx leaves Nagle's algorithm on, and a close has no answer.
        if query.params.is_empty() && !is_one_unit(text) && is_single(text) {
            self.refuse(text, &[])?;
            let result = self.command(text).await;
            let result = self.settle_statement(text, result).map(|done| done.rows);
            return self.explained(text, result).await;
        }
        let kept = !query.params.is_empty() || is_one_unit(text);
        let mut result = self.write(text, &query.params, kept).await;
        if self.prepares_again(&result).await {
            result = self.write(text, &query.params, kept).await;
        }
        if let Err(Failure::Reported { error, .. }) = &result
            && self.consequence(error) == Consequence::NotPreparable
        {
            result = self.command(text).await;
        }
        let result = self.settle_statement(text, result).map(|done| done.rows);
        self.explained(text, result).await
    }

    async fn stream(
        &mut self,
        query: &Query,
        batch_rows: usize,
        outlet: &Outlet,
        limit: Option<Duration>,
    ) -> Result<()> {
        let mut result = self.send_on(query, batch_rows, outlet, limit).await;
        if self.prepares_again(&result).await {
            result = self.send_on(query, batch_rows, outlet, limit).await;
        }
        if matches!(result, Ok(false)) {
            return Ok(()); // nobody reads: there are rows under way, and the connection is not ready
        }
        self.settle_statement(&query.sql.text, result).map(drop)
    }

    async fn insert_many(&mut self, bulk: &BulkInsert) -> Result<RowBatch> {
        bulk::insert(self, bulk).await
    }

    async fn begin(&mut self, options: TransactionOptions) -> Result<()> {
        let result = self.command(&begin(options)).await;
        self.settle(result)?;
        (self.in_transaction, self.rolled_back) = (true, None);
        Ok(())
    }

    async fn commit(&mut self) -> Result<()> {
        if let Some(reason) = self.rolled_back.take() {
            self.rollback().await?;
            return Err(Error::session(format!(
                "the transaction was rolled back instead of committed, because a statement in it had failed: {reason}"
            )));
        }
        self.in_transaction = false;
        let result = self.command("COMMIT").await.map(drop);
        let result = self.settle(result);
        self.retry = Retry::Never; // without an answer nobody knows whether it was done
        result
    }

    async fn rollback(&mut self) -> Result<()> {
        (self.in_transaction, self.rolled_back) = (false, None);
        let result = self.command("ROLLBACK").await.map(drop);
        self.settle(result)
    }

    async fn savepoint(&mut self, step: Step, depth: u32) -> Result<()> {
        // The savepoints went with the transaction.
        self.refuse_rolled_back()?;
        let result = self.command(&step.sql(depth)).await.map(drop);
        self.settle(result)
    }

    async fn ping(&mut self) -> Result<()> {
        self.is_ready = false;
        let result = self.raw.ping().await.map_err(|error| reported(error, false));
        self.settle(result)
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
        if self.is_dead {
            return;
        }
        let Ok(mut other) = self.server.options.connect().await else { return };
        let number = self.number;
        let asked = other.execute(sqlx::raw_sql(AssertSqlSafe(format!("KILL QUERY {number}")))).await;
        // What was not wholly sent was not begun, and will not be: the socket closes.
        if asked.is_ok() && !self.raw.should_flush() {
            let cancelled = tokio::time::timeout(CANCEL_TIMEOUT, self.raw.flush()).await;
            if cancelled.is_err() {
                // The request came when nothing ran yet, or the statement does not let itself be cancelled.
                let _ = other.execute(sqlx::raw_sql(AssertSqlSafe(format!("KILL CONNECTION {number}")))).await;
            }
        }
        drop(self);
        let _ = other.close().await;
    }
}

/// The statements that begin a transaction: the level is set for the next one alone.
fn begin(options: TransactionOptions) -> String {
    let level = options.isolation_level.map(|level| format!("SET TRANSACTION ISOLATION LEVEL {level}; "));
    let mode = if options.read_only { " READ ONLY" } else { "" };
    format!("{}START TRANSACTION{mode}", level.unwrap_or_default())
}

fn reported(error: sqlx::Error, answered: bool) -> Failure {
    Failure::Reported { error, answered }
}

async fn count(items: &mut Items<'_>) -> Outcome<Done> {
    let (mut done, mut answered) = (Done::default(), false);
    while let Some(item) = items.try_next().await.map_err(|error| reported(error, answered))? {
        answered = true;
        if let Either::Left(result) = item {
            done.rows += result.rows_affected();
            done.first_key = result.last_insert_id();
        }
    }
    Ok(done)
}

/// All rows, None if there were none.
async fn collect(items: &mut Items<'_>) -> Outcome<Option<RowBatch>> {
    let mut builder = None;
    let mut answered = false;
    while let Some(item) = items.try_next().await.map_err(|error| reported(error, answered))? {
        answered = true;
        if let Either::Right(row) = item {
            push_row(builder.get_or_insert_with(|| BatchBuilder::new(column::described(row.columns()))), &row)?;
        }
    }
    Ok(builder.map(BatchBuilder::finish))
}

#[inline]
fn push_row(builder: &mut BatchBuilder, row: &MySqlRow) -> Outcome<()> {
    for position in 0..row.columns().len() {
        let value = row.try_get_raw(position).map_err(|error| reported(error, true))?;
        // Only NULL has no bytes. (sqlx's own `is_null` takes zero dates for NULL too.)
        let bytes = <&[u8] as sqlx::Decode<MySql>>::decode(value);
        builder.push(bytes.map_or(RawCell::Null, RawCell::Wire));
    }
    Ok(())
}
