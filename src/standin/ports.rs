//! Reserved ports: bound, but not listened on until a service of the holder does. The system gives
//! them to nobody who asks for any free port, which picking a number would not ensure.

use rustix::net::{
    AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with, sockopt,
};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    os::fd::OwnedFd,
};

/// A port on 127.0.0.1, for as long as this is there. A service that listens there must set
/// `SO_REUSEADDR`, as servers do.
#[derive(Debug)]
pub struct Port {
    pub number: u16,
    _held: OwnedFd,
}

impl Port {
    /// Reserves a free port.
    pub fn any() -> io::Result<Self> {
        let held = socket_with(
            AddressFamily::INET,
            SocketType::STREAM,
            SocketFlags::CLOEXEC,
            None,
        )?;
        // Without it the service itself could not have the port either (socket(7)).
        sockopt::set_socket_reuseaddr(&held, true)?;
        bind(&held, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
        let number = SocketAddr::try_from(getsockname(&held)?)?.port();
        Ok(Self {
            number,
            _held: held,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn a_port_is_given_to_its_service_and_to_nobody_else() {
        let port = Port::any().expect("a port");
        let address = (Ipv4Addr::LOCALHOST, port.number);
        let refused = TcpStream::connect(address).expect_err("nobody listens");
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        let service = TcpListener::bind(address).expect("its service");
        drop(TcpStream::connect(address).expect("it listens"));
        drop(service);
        TcpListener::bind(address).expect("its service again");
    }
}
