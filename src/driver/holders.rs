//! Who holds the connections of a pool: for the error of a caller who got none.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::place::{Place, notes_places};

/// The most that a message lists.
const MOST_LISTED: usize = 10;

/// Who holds connections, and since when.
#[derive(Debug, Default)]
pub(super) struct Holders(Mutex<List>);

#[derive(Debug, Default)]
struct List {
    holders: Vec<Option<Holder>>,
    free: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Holder {
    since: Instant,
    place: Option<Place>,
}

/// One entry, for as long as it lives.
#[derive(Debug)]
pub(super) struct Held {
    holders: Arc<Holders>,
    at: usize,
}

impl Holders {
    /// Enters one who has just got a connection.
    pub(super) fn enter(self: &Arc<Self>, place: Option<Place>) -> Held {
        let holder = Some(Holder { since: Instant::now(), place });
        let mut list = self.0.lock();
        let at = match list.free.pop() {
            Some(at) => {
                list.holders[at] = holder;
                at
            }
            None => {
                list.holders.push(holder);
                list.holders.len() - 1
            }
        };
        Held { holders: Arc::clone(self), at }
    }

    /// A part of a message: who has held a connection for how long, the longest first.
    pub(super) fn told(&self) -> String {
        let mut holders: Vec<Holder> = self.0.lock().holders.iter().flatten().cloned().collect();
        holders.sort_by_key(|holder| holder.since);
        let Some(longest) = holders.first() else { return "nothing holds one any more".to_owned() };
        if !notes_places() {
            let longest = rounded(longest.since.elapsed());
            return format!(
                "one has been in use for {longest:?}; configure with debug on to be told where each was taken"
            );
        }
        let mut told = "in use".to_owned();
        for (number, holder) in holders.iter().take(MOST_LISTED).enumerate() {
            let place = holder.place.as_deref().unwrap_or("a place that was not noted");
            let before = if number == 0 { ":" } else { "," };
            let _ = write!(told, "{before} for {:?} by {place}", rounded(holder.since.elapsed()));
        }
        if let Some(more @ 1..) = holders.len().checked_sub(MOST_LISTED) {
            let _ = write!(told, ", and {more} more");
        }
        told
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut list = self.holders.0.lock();
        list.holders[self.at] = None;
        list.free.push(self.at);
    }
}

/// To milliseconds, which is what a reader wants.
fn rounded(span: Duration) -> Duration {
    Duration::from_millis(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again() {
        let holders = Arc::new(Holders::default());
        for _ in 0..3 {
            let first = holders.enter(None);
            let _second = holders.enter(None);
            drop(first);
            let _third = holders.enter(None);
            assert_eq!(holders.0.lock().holders.len(), 2);
        }
        assert_eq!(holders.told(), "nothing holds one any more");
    }
}
