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
    let mut connect = pin!(connect);
    poll_fn(|context| {
        let polled = connect.as_mut().poll(context);
        if let Some(port) = port
            && polled.is_pending()
        {
            set(port);
        }
        polled
    })
    .await
}

/// Sets the option on this process's connections to servers at a port. Where they cannot be found nothing is lost but
/// time.
fn set(port: u16) {
    #[cfg(unix)]
    unix::each_socket(|socket| {
        let peer = socket.peer_addr().ok().and_then(|peer| peer.as_socket());
        if peer.is_some_and(|peer| peer.port() == port) {
            let _ = socket.set_tcp_nodelay(true);
        }
    });
    #[cfg(not(unix))]
    let _ = port;
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::fd::{BorrowedFd, RawFd};

    use socket2::SockRef;

    /// The descriptors of this process: Linux and macOS list them here.
    const DESCRIPTORS: &str = "/dev/fd";

    pub(super) fn each_socket(act: impl Fn(SockRef<'_>)) {
        let Ok(entries) = fs::read_dir(DESCRIPTORS) else { return };
        let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<RawFd>().ok());
        for number in numbers.filter(|number| *number >= 0) {
            // SAFETY: the number is not -1, and the descriptor is borrowed for calls that neither close it nor touch
            // memory. Should its owner close it meanwhile, they fail, or concern the socket that took its number.
            let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
            act(SockRef::from(&descriptor));
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::set;

    #[test]
    fn connections_to_the_port_get_the_option_and_others_do_not() {
        let listen = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (meant, other) = (listen(), listen());
        let connect = |listener: &TcpListener| TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (to_meant, to_other) = (connect(&meant), connect(&other));
        assert!(!to_meant.nodelay().unwrap());
        set(meant.local_addr().unwrap().port());
        assert!(to_meant.nodelay().unwrap());
        assert!(!to_other.nodelay().unwrap());
    }
}
