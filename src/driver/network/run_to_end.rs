//! Futures that finish even if nobody waits for them.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

use crate::driver::BoxFuture;

/// Polled by its caller as long as there is one (so that nobody else need be woken), and by a task of its
/// own once it is dropped unfinished. A future that was never polled has not started, and is just dropped.
pub(crate) fn run_to_end<T: Send + 'static>(
    runtime: Handle,
    future: impl Future<Output = T> + Send + 'static,
) -> BoxFuture<T> {
    Box::pin(RunToEnd { runtime, future: Some(Box::pin(future)), started: false })
}

struct RunToEnd<T: Send + 'static> {
    runtime: Handle,
    future: Option<BoxFuture<T>>,
    started: bool,
}

impl<T: Send + 'static> Future for RunToEnd<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.started = true;
        // Polled again after its end, which is the caller's mistake, it waits forever.
        let Some(future) = self.future.as_mut() else { return Poll::Pending };
        let result = future.as_mut().poll(context);
        if result.is_ready() {
            self.future = None;
        }
        result
    }
}

impl<T: Send + 'static> Drop for RunToEnd<T> {
    fn drop(&mut self) {
        if let Some(future) = self.future.take().filter(|_| self.started) {
            self.runtime.spawn(future);
        }
    }
}
