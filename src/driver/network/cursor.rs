//! Streams of a transaction whose rows the server keeps: other statements run between one part and the next, and a
//! stream that is left early costs nothing.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use tokio::sync::watch;

use super::lease::Call;
use super::nesting::{Level, ended};
use super::{Connection, Connector, DRAIN, run_to_end};
use crate::driver::{BoxFuture, BoxStream, Query, RowBatch};
use crate::error::Result;

/// A stream over a statement's rows: by a cursor where the database has one for it, else as `otherwise` says.
pub(super) fn stream_by_cursor<C: Connector>(
    level: Level<C>,
    query: Query,
    batch_rows: usize,
    limit: Option<Duration>,
    otherwise: impl FnOnce(Query) -> BoxStream<Result<RowBatch>> + Send + 'static,
) -> BoxStream<Result<RowBatch>> {
    let opening = async move {
        let reader = Arc::new(watch::Sender::new(()));
        match open(&level, &query, &reader).await {
            Ok(Some(number)) => {
                let cursor = Cursor { level, number, batch_rows: batch_rows.max(1), limit, reader, is_open: true };
                stream::try_unfold(cursor, Cursor::next).boxed()
            }
            Ok(None) => otherwise(query),
            Err(error) => stream::once(std::future::ready(Err(error))).boxed(),
        }
    };
    Box::pin(opening.flatten_stream())
}

/// Opens a cursor, and closes it again if nobody is left to read from it.
fn open<C: Connector>(
    level: &Level<C>,
    query: &Query,
    reader: &Arc<watch::Sender<()>>,
) -> BoxFuture<Result<Option<u32>>> {
    let (level, query, left) = (level.clone(), query.clone(), reader.subscribe());
    let runtime = level.runtime().clone();
    run_to_end(runtime, async move {
        let opened = unless_given_up(&level, left.clone(), &Open(query)).await?;
        if let Some(number) = opened.filter(|_| left.has_changed().is_err()) {
            let _ = level.run(&Close(number)).await; // an error: it went with the transaction
        }
        Ok(opened)
    })
}

/// An open cursor. Dropped, it is closed when its turn has come.
struct Cursor<C: Connector> {
    level: Level<C>,
    number: u32,
    batch_rows: usize,
    limit: Option<Duration>,
    /// Goes with the stream.
    reader: Arc<watch::Sender<()>>,
    is_open: bool,
}

impl<C: Connector> Cursor<C> {
    async fn next(mut self) -> Result<Option<(RowBatch, Self)>> {
        if !self.is_open {
            return Ok(None);
        }
        let (level, left) = (self.level.clone(), self.reader.subscribe());
        let call = Fetch { number: self.number, rows: self.batch_rows, limit: self.limit };
        let fetching =
            run_to_end(self.level.runtime().clone(), async move { unless_given_up(&level, left, &call).await });
        let fetched = fetching.await;
        self.is_open = fetched.as_ref().is_ok_and(|(_, more)| *more);
        let (batch, _) = fetched?;
        Ok(batch.map(|batch| (batch, self)))
    }
}

impl<C: Connector> Drop for Cursor<C> {
    fn drop(&mut self) {
        if self.is_open {
            let (level, number) = (self.level.clone(), self.number);
            // An error: it went with the transaction, or will.
            self.level.runtime().spawn(async move { level.run(&Close(number)).await.map_err(drop) });
        }
    }
}

/// Runs a call, but for no longer than a while after its stream was left, and not when all is to be rolled back: a
/// call that is given up takes the transaction with it.
async fn unless_given_up<C: Connector, K: Call<C::Connection>>(
    level: &Level<C>,
    mut left: watch::Receiver<()>,
    call: &K,
) -> Result<K::Output> {
    let left_for_long = async {
        while left.changed().await.is_ok() {}
        tokio::time::sleep(DRAIN).await; // on the runtime: nobody else polls any more
    };
    tokio::select! {
        biased;
        done = level.run(call) => done,
        () = level.is_given_up() => Err(ended()),
        () = left_for_long => Err(ended()),
    }
}

struct Open(Query);

struct Fetch {
    number: u32,
    rows: usize,
    /// How long a row may take.
    limit: Option<Duration>,
}

struct Close(u32);

impl<C: Connection> Call<C> for Open {
    type Output = Option<u32>;

    async fn run(&self, connection: &mut C) -> Result<Option<u32>> {
        connection.open_cursor(&self.0).await
    }

    fn is_read_only(&self) -> bool {
        true
    }
}

impl<C: Connection> Call<C> for Fetch {
    type Output = (Option<RowBatch>, bool);

    async fn run(&self, connection: &mut C) -> Result<Self::Output> {
        connection.fetch_from_cursor(self.number, self.rows, self.limit).await
    }

    /// The connection times each row.
    fn is_timed(&self) -> bool {
        false
    }

    fn is_read_only(&self) -> bool {
        true
    }
}

impl<C: Connection> Call<C> for Close {
    type Output = ();

    async fn run(&self, connection: &mut C) -> Result<()> {
        connection.close_cursor(self.0).await
    }

    fn is_read_only(&self) -> bool {
        true
    }
}
