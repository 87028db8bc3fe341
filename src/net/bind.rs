//! Making a listening socket.

use std::io;
use std::net::{SocketAddr, TcpListener};

use async_io::Async;
use socket2::{Domain, Protocol, Socket, Type};

/// Connections that the kernel keeps for us while we are busy; it lowers the figure to `net.core.somaxconn` by itself.
const BACKLOG: i32 = 1024;

/// Listens on exactly `address`: an IPv6 socket takes no IPv4 clients (`0.0.0.0` and `[::]` can be listed side by side). The
/// error's text names the address and what to do.
pub fn bind(address: SocketAddr) -> io::Result<Async<TcpListener>> {
    listen(address).map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::PermissionDenied => {
                "; ports below 1024 need root or the capability CAP_NET_BIND_SERVICE, or choose another port under [listen]"
            }
            io::ErrorKind::AddrInUse => {
                "; another program, or another pillarbox, listens there: stop it or choose another port under [listen]"
            }
            io::ErrorKind::AddrNotAvailable => {
                "; this machine has no such address: use 0.0.0.0 or [::] to listen on all of them"
            }
            _ => "",
        };
        io::Error::new(error.kind(), format!("cannot listen on {address}: {error}{advice}"))
    })
}

fn listen(address: SocketAddr) -> io::Result<Async<TcpListener>> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // Without it a restart would find its own old connections in the way for a minute.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Async::new(TcpListener::from(socket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_says_what_to_do() {
        let first = bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = first.get_ref().local_addr().unwrap();
        let error = bind(address).err().unwrap().to_string();
        assert!(
            error.contains(&address.to_string()) && error.contains("[listen]"),
            "{error}"
        );
    }

    #[test]
    fn both_families_listen_on_one_port() {
        let Ok(six) = bind("[::]:0".parse().unwrap()) else {
            return; // a machine without IPv6
        };
        let port = six.get_ref().local_addr().unwrap().port();
        bind(([0, 0, 0, 0], port).into()).unwrap();
    }
}
