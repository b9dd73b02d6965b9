//! The kernel's table of TCP sockets, as text: who listens on a port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What the table calls a socket that listens, and one that is connected.
const LISTENS: &str = "0A";
const CONNECTED: &str = "01";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Socket {
    pub address: IpAddr,
    pub uid: u32,
    pub inode: u64,
}

/// The sockets of `/proc/net/tcp` or `/proc/net/tcp6` that listen on a port.
pub(super) fn listening(table: &str, port: u16) -> Vec<Socket> {
    let rows = table.lines().skip(1);
    rows.filter_map(|row| socket(row, port, LISTENS)).collect()
}

/// The number of connections to a port, where the port is on this machine's side.
pub(super) fn connected(table: &str, port: u16) -> usize {
    let rows = table.lines().skip(1);
    rows.filter_map(|row| socket(row, port, CONNECTED)).count()
}

fn socket(row: &str, port: u16, wanted: &str) -> Option<Socket> {
    let mut columns = row.split_whitespace();
    let (address, of_row) = columns.nth(1)?.split_once(':')?;
    let state = columns.nth(1)?;
    if state != wanted || u16::from_str_radix(of_row, 16).ok()? != port {
        return None;
    }
    Some(Socket {
        address: parse_address(address)?,
        uid: columns.nth(3)?.parse().ok()?,
        inode: columns.nth(1)?.parse().ok()?,
    })
}

/// Four-byte words, each printed as a number in this machine's byte order.
fn parse_address(text: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let digits = text.get(at * 8..at * 8 + 8)?;
        u32::from_str_radix(digits, 16).ok().map(u32::to_ne_bytes)
    };
    match text.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?].concat();
            let bytes: [u8; 16] = words.try_into().ok()?;
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn a_table_gives_who_listens_and_nothing_else() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0\n\
            1: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 20 4 30 10 -1\n\
            2: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0\n";
        let seen = listening(table, 8080);
        let expected = Socket {
            address: Ipv4Addr::LOCALHOST.into(),
            uid: 1000,
            inode: 4711,
        };
        assert_eq!(seen, [expected]);
        assert!(listening(table, 80).is_empty());
        assert_eq!((connected(table, 8080), connected(table, 8081)), (1, 0));
        let six = "head\n 0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0 7 0 99 1 0 100 0 0 10 0\n";
        let expected = Socket {
            address: Ipv6Addr::LOCALHOST.into(),
            uid: 7,
            inode: 99,
        };
        assert_eq!(listening(six, 8080), [expected]);
    }

    #[test]
    fn rows_that_are_cut_are_left_out() {
        for row in [
            "",
            "head\n0: 0100007F:1F90",
            "head\n0: 01:1F90 0:0 0A 0:0 00:0 0 7 0 99",
        ] {
            assert!(listening(row, 8080).is_empty(), "{row:?}");
        }
    }
}
