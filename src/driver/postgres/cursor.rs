//! Cursors of one transaction: their numbers, and the statements about them.

use std::sync::Arc;

/// Which numbers are taken. One that is free is used again, so that the same statement has the same text.
#[derive(Default)]
pub(super) struct Cursors(Vec<bool>);

impl Cursors {
    /// The lowest number that is free.
    pub(super) fn free(&self) -> u32 {
        let taken = self.0.iter().take_while(|taken| **taken).count();
        u32::try_from(taken).unwrap_or(u32::MAX)
    }

    pub(super) fn open(&mut self, number: u32) {
        self.set(number, true);
    }

    pub(super) fn close(&mut self, number: u32) {
        self.set(number, false);
    }

    fn set(&mut self, number: u32, taken: bool) {
        let at = number as usize;
        if self.0.len() <= at {
            self.0.resize(at + 1, false);
        }
        self.0[at] = taken;
    }
}

/// The statement's rows are those of this moment, whatever is written while they are read.
pub(super) fn open(number: u32, statement: &str) -> Arc<str> {
    format!("DECLARE chakra_cursor_{number} NO SCROLL CURSOR FOR {statement}").into()
}

pub(super) fn fetch(number: u32, rows: usize) -> String {
    format!("FETCH FORWARD {rows} FROM chakra_cursor_{number}")
}

pub(super) fn close(number: u32) -> String {
    format!("CLOSE chakra_cursor_{number}")
}
