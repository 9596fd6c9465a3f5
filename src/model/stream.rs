//! Rows one by one.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::StreamExt;

use super::Model;
use super::relation::{Fill, Prepared, Reading, made};
use crate::driver::{BoxStream, Executor};
use crate::engine::{self, Rows};
use crate::error::{Error, Result};

/// How many rows are asked from the database at once: enough to make the round trip cheap, few enough to
/// stay small.
const BATCH_ROWS: usize = 1_000;

/// Rows of a query one by one, in constant memory: a [`Stream`], with a [`next`](Self::next) of its own so
/// that nothing else need be imported.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::Model;
///
/// #[derive(Model)]
/// struct Step {
///     #[chakra(primary_key)]
///     id: i64,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Step::table()]).await?;
/// let mut steps: Vec<Step> = (1..=5_000).map(|id| Step { id }).collect();
/// Step::bulk_insert(&mut steps, &pool).await?;
///
/// let (mut sum, mut stream) = (0, Step::query().stream(&pool));
/// while let Some(step) = stream.next().await {
///     sum += step?.id;
/// }
/// assert_eq!(sum, 12_502_500);
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
#[must_use = "a stream does nothing until its rows are awaited"]
pub struct ModelStream<M> {
    batches: BoxStream<Result<Vec<Rows>>>,
    fills: Vec<Box<dyn Fill<M>>>,
    ready: VecDeque<M>,
    failure: Option<crate::Error>,
    ended: bool,
}

impl<M: Model> ModelStream<M> {
    /// An error that is known before the first row becomes the only item.
    pub(super) fn new(opened: Result<Self>) -> Self {
        opened.unwrap_or_else(|error| Self::of(Box::pin(futures_util::stream::iter([Err(error)])), Vec::new()))
    }

    pub(super) fn open(executor: &dyn Executor, prepared: Prepared<M>) -> Result<Self> {
        if !prepared.prefetches.is_empty() {
            return Err(Error::query(format!(
                "a stream of {} cannot prefetch: that needs all rows at once; use select_related, or `all`",
                M::table().model
            )));
        }
        Ok(Self::of(engine::stream_with_related(executor, prepared.select, BATCH_ROWS)?, prepared.fills))
    }

    fn of(batches: BoxStream<Result<Vec<Rows>>>, fills: Vec<Box<dyn Fill<M>>>) -> Self {
        Self { batches, fills, ready: VecDeque::new(), failure: None, ended: false }
    }

    /// The next row, None at the end. After an error the stream ends.
    pub async fn next(&mut self) -> Option<Result<M>> {
        StreamExt::next(self).await
    }

    /// Makes the rows of a batch; a value that does not fit ends the stream behind the rows before it.
    fn read(&mut self, parts: &[Rows]) -> Option<crate::Error> {
        let read = match Reading::new(parts, &[]) {
            Ok(read) => read,
            Err(error) => return Some(error),
        };
        for row in 0..parts[0].len() {
            match made(&parts[0], row, &read, &self.fills) {
                Ok(model) => self.ready.push_back(model),
                Err(error) => return Some(error),
            }
        }
        None
    }
}

impl<M> Unpin for ModelStream<M> {}

impl<M: Model> Stream for ModelStream<M> {
    type Item = Result<M>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(model) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(model)));
            }
            if let Some(error) = self.failure.take() {
                self.ended = true;
                return Poll::Ready(Some(Err(error)));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            match ready!(self.batches.poll_next_unpin(context)) {
                Some(Ok(rows)) => self.failure = self.read(&rows),
                Some(Err(error)) => self.failure = Some(error),
                None => self.ended = true,
            }
        }
    }
}

impl<M> fmt::Debug for ModelStream<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelStream").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}
