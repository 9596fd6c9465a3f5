//! Steps through a value in PostgreSQL's binary format.

/// What may be NULL.
pub(super) enum Nullable<T> {
    Null,
    Value(T),
}

/// What is left to be read.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn short(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_be_bytes)
    }

    /// A number of things that follow.
    pub(super) fn length(&mut self) -> Option<usize> {
        usize::try_from(self.signed()?).ok()
    }

    /// Bytes after their number.
    pub(super) fn counted(&mut self) -> Option<Nullable<&'a [u8]>> {
        match self.signed()? {
            -1 => Some(Nullable::Null),
            length => self.take(usize::try_from(length).ok()?).map(Nullable::Value),
        }
    }

    /// Text after the number of its bytes.
    pub(super) fn counted_text(&mut self) -> Option<Nullable<&'a str>> {
        match self.counted()? {
            Nullable::Null => Some(Nullable::Null),
            Nullable::Value(bytes) => std::str::from_utf8(bytes).ok().map(Nullable::Value),
        }
    }

    /// Text that ends in a zero byte.
    pub(super) fn terminated_text(&mut self) -> Option<&'a str> {
        let length = self.0.iter().position(|byte| *byte == 0)?;
        let text = self.take(length)?;
        self.take(1)?;
        std::str::from_utf8(text).ok()
    }

    pub(super) fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    fn signed(&mut self) -> Option<i32> {
        self.take(4)?.try_into().ok().map(i32::from_be_bytes)
    }
}
