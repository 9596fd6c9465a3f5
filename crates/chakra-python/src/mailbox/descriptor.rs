//! A file descriptor that becomes readable when rung: an eventfd on Linux, a pipe elsewhere.

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use eventfd::Descriptor;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use pipe::Descriptor;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod eventfd {
    use std::fs::File;
    use std::io::{self, Read, Write};
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

    /// One descriptor, and eight bytes however often it was rung.
    pub(crate) struct Descriptor(File);

    impl Descriptor {
        pub(crate) fn new() -> io::Result<Self> {
            // SAFETY: takes no pointers; the result is checked before use.
            let descriptor = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
            if descriptor < 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: the descriptor is open and nobody else knows it.
            Ok(Self(File::from(unsafe { OwnedFd::from_raw_fd(descriptor) })))
        }

        pub(crate) fn ring(&self) {
            // The one way to fail is a counter at its limit, which is readable already.
            drop((&self.0).write(&1_u64.to_ne_bytes()));
        }

        pub(crate) fn silence(&self) {
            // The one way to fail is that it is silent already.
            drop((&self.0).read(&mut [0; 8]));
        }

        pub(crate) fn number(&self) -> RawFd {
            self.0.as_raw_fd()
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod pipe {
    use std::io::{self, PipeReader, PipeWriter, Read, Write};
    use std::os::fd::{AsRawFd, RawFd};

    /// The two ends of a pipe. It never fills: a mailbox rings once per emptying.
    pub(crate) struct Descriptor {
        reader: PipeReader,
        writer: PipeWriter,
    }

    impl Descriptor {
        pub(crate) fn new() -> io::Result<Self> {
            let (reader, writer) = io::pipe()?;
            Ok(Self { reader, writer })
        }

        pub(crate) fn ring(&self) {
            // Both ends are open as long as this value lives.
            drop((&self.writer).write(&[1]));
        }

        pub(crate) fn silence(&self) {
            // Called when the loop has found it readable, hence it does not wait.
            drop((&self.reader).read(&mut [0; 64]));
        }

        pub(crate) fn number(&self) -> RawFd {
            self.reader.as_raw_fd()
        }
    }
}
