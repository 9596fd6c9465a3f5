//! Rows one by one.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::StreamExt;

use super::Model;
use super::relation::{Fill, Prepared, Reading, made};
use crate::driver::Executor;
use crate::engine::{self, Graph, Prefetch};
use crate::error::Result;

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
pub struct ModelStream<'e, M> {
    batches: Batches<'e>,
    fills: Vec<Box<dyn Fill<M>>>,
    ready: VecDeque<M>,
    failure: Option<crate::Error>,
    ended: bool,
}

/// Batches of rows, each with what is prefetched for it.
type Batches<'e> = Pin<Box<dyn Stream<Item = Result<Graph>> + Send + 'e>>;

impl<'e, M: Model> ModelStream<'e, M> {
    /// An error that is known before the first row becomes the only item.
    pub(super) fn new(opened: Result<Self>) -> Self {
        opened.unwrap_or_else(|error| Self::of(Box::pin(futures_util::stream::iter([Err(error)])), Vec::new()))
    }

    pub(super) fn open(executor: &'e dyn Executor, prepared: Prepared<M>) -> Result<Self> {
        let Prepared { select, prefetches, fills } = prepared;
        let batches = engine::stream_with_related(executor, select, BATCH_ROWS)?;
        let prefetches: Arc<[Prefetch]> = prefetches.into();
        let followed = batches.then(move |parts| {
            let prefetches = Arc::clone(&prefetches);
            async move { engine::fetch_after(executor, parts?, &prefetches).await }
        });
        Ok(Self::of(Box::pin(followed), fills))
    }

    fn of(batches: Batches<'e>, fills: Vec<Box<dyn Fill<M>>>) -> Self {
        Self { batches, fills, ready: VecDeque::new(), failure: None, ended: false }
    }

    /// The next row, None at the end. After an error the stream ends.
    pub async fn next(&mut self) -> Option<Result<M>> {
        StreamExt::next(self).await
    }

    /// Makes the rows of a batch; a value that does not fit ends the stream behind the rows before it.
    fn read(&mut self, graph: &Graph) -> Option<crate::Error> {
        let parts = &graph.parts;
        let read = match Reading::new(parts, &graph.related) {
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

impl<M> Unpin for ModelStream<'_, M> {}

impl<M: Model> Stream for ModelStream<'_, M> {
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
                Some(Ok(graph)) => self.failure = self.read(&graph),
                Some(Err(error)) => self.failure = Some(error),
                None => self.ended = true,
            }
        }
    }
}

impl<M> fmt::Debug for ModelStream<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelStream").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}
