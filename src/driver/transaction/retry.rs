//! Running work again where the database could not fit its transaction in among others.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::error::{ErrorKind, Result};

/// About how long the first pause is; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The longest: whoever waits longer waits for nothing.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Runs `work` again where it gives [`ErrorKind::TransactionConflict`] (a serialization failure, a deadlock), `times` times
/// at most, the first included, after pauses that grow and are drawn at random. Give it the whole transaction: within
/// one that goes on around it, running again cannot help.
///
/// # Errors
///
/// What the last run gave. Other errors than conflicts are given at once.
///
/// # Panics
///
/// Where it has to pause and there is no tokio runtime with a timer.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")] {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chakra::{Model, retry_on_conflict};
///
/// #[derive(Model)]
/// struct Ticket {
///     #[chakra(primary_key)]
///     id: i64,
///     free: bool,
/// }
///
/// let pool = chakra::connect("sqlite:///:memory:").await?;
/// chakra::create_tables(&pool, &[Ticket::table()]).await?;
/// Ticket { id: 1, free: true }.insert(&pool).await?;
/// let taken = retry_on_conflict(5, async || {
///     pool.transaction(async |tx| {
///         let free = Ticket::query().filter(Ticket::free().eq(true));
///         free.update(Ticket::free().set(false)).execute(tx).await
///     })
///     .await
/// })
/// .await?;
/// assert_eq!(taken, 1);
/// # Ok::<(), chakra::Error>(())
/// # }).unwrap(); }
/// ```
pub async fn retry_on_conflict<T>(times: u32, mut work: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..times {
        match work().await {
            Err(error) if error.kind() == ErrorKind::TransactionConflict => {}
            outcome => return outcome,
        }
        tokio::time::sleep(jittered(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    work().await
}

/// Between half of it and half as much again, so that those who met do not meet again.
fn jittered(pause: Duration) -> Duration {
    // Each state has keys of its own: chance enough for a pause.
    let chance = RandomState::new().hash_one(0_u8);
    let tenths = u32::try_from(chance % 11).unwrap_or_default();
    pause / 2 + pause * tenths / 10
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{DatabaseError, DatabaseErrorKind, Error};

    fn conflict() -> Error {
        DatabaseError::new(DatabaseErrorKind::TransactionConflict, "deadlock detected").into()
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(future)
    }

    #[test]
    fn a_conflict_is_tried_again_as_often_as_told() {
        for (times, conflicts, succeeds) in [(1, 0, true), (1, 1, false), (5, 4, true), (5, 5, false), (0, 0, true)] {
            let mut runs = 0;
            let outcome = run(retry_on_conflict(times, async || {
                runs += 1;
                if runs > conflicts { Ok(runs) } else { Err(conflict()) }
            }));
            assert_eq!(outcome.is_ok(), succeeds, "{times} times, {conflicts} conflicts");
            assert_eq!(runs, if succeeds { conflicts + 1 } else { times });
        }
    }

    #[test]
    fn other_errors_are_given_at_once() {
        let mut runs = 0;
        let outcome: Result<()> = run(retry_on_conflict(5, async || {
            runs += 1;
            Err(Error::query("wrong"))
        }));
        assert_eq!((runs, outcome.unwrap_err().kind()), (1, ErrorKind::Query));
    }

    #[test]
    fn pauses_grow_up_to_a_second() {
        for pause in [FIRST_PAUSE, LONGEST_PAUSE] {
            for _ in 0..100 {
                let drawn = jittered(pause);
                assert!(drawn >= pause / 2 && drawn <= pause * 3 / 2, "{drawn:?}");
            }
        }
    }
}
