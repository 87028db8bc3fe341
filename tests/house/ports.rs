//! Loopback ports for programs under test, which nobody else of the machine is given meanwhile.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;

use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with};

/// Each is bound here with SO_REUSEADDR and does not listen, so that a program that sets the same may listen there, again and again, and the system gives it to
/// nobody who asks for any port or connects from any. Free again when this is dropped.
pub struct Ports(Vec<(u16, OwnedFd)>);

impl Ports {
    /// So many of 127.0.0.1.
    ///
    /// # Errors
    /// The system's, when it has no sockets or no ports left.
    pub fn hold(count: usize) -> io::Result<Ports> {
        (0..count)
            .map(|_| hold())
            .collect::<io::Result<_>>()
            .map(Ports)
    }

    pub fn numbers(&self) -> impl Iterator<Item = u16> {
        self.0.iter().map(|(number, _)| *number)
    }
}

fn hold() -> io::Result<(u16, OwnedFd)> {
    let socket = socket_with(
        AddressFamily::INET,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let address = SocketAddr::try_from(getsockname(&socket)?)?;
    Ok((address.port(), socket))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::Ports;

    #[test]
    fn a_program_may_listen_there_again_and_again_and_nobody_else_is_given_one() {
        let ports = Ports::hold(3).unwrap();
        let held: Vec<u16> = ports.numbers().collect();
        for _ in 0..2 {
            for port in &held {
                TcpListener::bind(("127.0.0.1", *port)).unwrap();
            }
        }
        let others: Vec<TcpListener> = (0..2000)
            .map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap())
            .collect();
        for other in others {
            assert!(!held.contains(&other.local_addr().unwrap().port()));
        }
    }
}
