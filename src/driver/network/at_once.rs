//! Messages leave at once, not when the server has acknowledged the one before.
//!
//! Without `TCP_NODELAY` the rest of a message of several segments, as any beyond 16 KiB is under TLS, waits for the
//! server's acknowledgement, which the server puts off for 40 ms. sqlx 0.9.0 no longer sets the option
//! (<https://github.com/launchbadge/sqlx/issues/4335>) and shows its socket to nobody, so it is looked for here. This
//! module goes with the first release of sqlx that sets it again.

use std::future::poll_fn;
use std::pin::pin;

/// Runs what connects to a server, and sets the option each time that it waits: the handshake of TLS has such messages
/// too. Without a port the server is reached otherwise than by TCP.
pub(crate) async fn send_at_once<F: Future>(port: Option<u16>, connect: F) -> F::Output {
    let Some(port) = port else { return connect.await };
    let mut connect = pin!(connect);
    let mut sockets = imp::NewSockets::default();
    poll_fn(|context| {
        sockets.about_to_open();
        let polled = connect.as_mut().poll(context);
        if polled.is_pending() {
            sockets.send_at_once(port);
        }
        polled
    })
    .await
}

#[cfg(not(unix))]
mod imp {
    /// Where descriptors are no small numbers, nothing is found, and nothing lost but time.
    #[derive(Default)]
    pub(super) struct NewSockets;

    impl NewSockets {
        pub(super) fn about_to_open(&mut self) {}

        pub(super) fn send_at_once(&self, _port: u16) {}
    }
}

#[cfg(unix)]
mod imp {
    use std::fs::File;
    use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

    use socket2::SockRef;

    /// How many descriptors other threads may open between a look at the lowest free one and the opening of a socket.
    /// Looking through all of them would take longer the more connections a process has: some 10 ms of 10,000.
    const OTHERS: RawFd = 256;

    /// Where to look for sockets that were opened since: a new descriptor has the lowest number that is free.
    #[derive(Default)]
    pub(super) struct NewSockets {
        from: Vec<RawFd>,
    }

    impl NewSockets {
        /// Notes which number the next descriptor will have.
        pub(super) fn about_to_open(&mut self) {
            // Where there is none left, there is no socket to come either.
            let Ok(lowest) = File::open("/dev/null").map(|file| file.as_raw_fd()) else { return };
            if !self.from.iter().any(|from| (*from..from + OTHERS / 2).contains(&lowest)) {
                self.from.push(lowest);
            }
        }

        /// Sets the option on connections to servers at a port, among those that may be new.
        pub(super) fn send_at_once(&self, port: u16) {
            for number in self.from.iter().flat_map(|from| *from..from + OTHERS) {
                // SAFETY: the number is not -1, and the descriptor is borrowed for calls that neither close it nor touch
                // memory. Should nobody or somebody else have the number, they fail, or concern that one's socket.
                let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
                let socket = SockRef::from(&descriptor);
                let peer = socket.peer_addr().ok().and_then(|peer| peer.as_socket());
                if peer.is_some_and(|peer| peer.port() == port) {
                    let _ = socket.set_tcp_nodelay(true);
                }
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use std::net::{TcpListener, TcpStream};

        use super::NewSockets;

        fn listen() -> TcpListener {
            TcpListener::bind("127.0.0.1:0").unwrap()
        }

        fn connect(listener: &TcpListener) -> TcpStream {
            TcpStream::connect(listener.local_addr().unwrap()).unwrap()
        }

        #[test]
        fn connections_to_the_port_get_the_option_and_others_do_not() {
            let (meant, other) = (listen(), listen());
            let mut sockets = NewSockets::default();
            sockets.about_to_open();
            let (to_meant, to_other) = (connect(&meant), connect(&other));
            sockets.about_to_open();
            assert!(!to_meant.nodelay().unwrap());
            sockets.send_at_once(meant.local_addr().unwrap().port());
            assert!(to_meant.nodelay().unwrap());
            assert!(!to_other.nodelay().unwrap());
        }

        #[test]
        fn a_socket_that_takes_a_number_below_those_before_is_found() {
            let meant = listen();
            let freed = listen();
            let mut sockets = NewSockets::default();
            sockets.about_to_open();
            drop(freed);
            sockets.about_to_open();
            let connected = connect(&meant);
            sockets.send_at_once(meant.local_addr().unwrap().port());
            assert!(connected.nodelay().unwrap());
        }
    }
}
