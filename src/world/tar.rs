//! The POSIX tar format, as far as regular files need it, so that `tar -xpf` can restore a backup
//! without this program. It is only written, never parsed: the offsets are recorded separately.

use crate::model::{survey::FileMeta, text::from_hex};

pub const BLOCK: usize = 512;
/// Ends an archive.
pub const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];
const NAME_MAX: usize = 100;
const PREFIX_MAX: usize = 155;

/// Everything that stands before the contents of one file.
pub fn header(name: &str, bytes: u64, meta: &FileMeta) -> Vec<u8> {
    let mut extended = Vec::new();
    let (prefix, short) = split(name).unwrap_or_else(|| {
        pair(&mut extended, "path", name.as_bytes());
        // What a reader without extended headers sees: the end of the name.
        let at = (name.len() - NAME_MAX..).find(|&at| name.is_char_boundary(at));
        ("", &name[at.unwrap_or(name.len())..])
    });
    for (attribute, value) in &meta.xattrs {
        if let Some(value) = from_hex(value) {
            pair(&mut extended, &format!("SCHILY.xattr.{attribute}"), &value);
        }
    }
    let mut out = Vec::with_capacity(BLOCK);
    if !extended.is_empty() {
        block(&mut out, ("", "pax"), extended.len() as u64, meta, b'x');
        let padding = padding(extended.len() as u64);
        out.append(&mut extended);
        out.resize(out.len() + padding, 0);
    }
    block(&mut out, (prefix, short), bytes, meta, b'0');
    out
}

/// Zeros that fill up the last block of contents.
pub fn padding(bytes: u64) -> usize {
    (BLOCK - (bytes % BLOCK as u64) as usize) % BLOCK
}

/// At a slash, so that both parts fit.
fn split(name: &str) -> Option<(&str, &str)> {
    if name.len() <= NAME_MAX {
        return Some(("", name));
    }
    let slashes = name.match_indices('/').map(|(at, _)| at);
    let mut fits = slashes.filter(|&at| at <= PREFIX_MAX && name.len() - at - 1 <= NAME_MAX);
    fits.next().map(|at| (&name[..at], &name[at + 1..]))
}

/// `LENGTH KEY=VALUE`, a line whose length counts its own digits.
fn pair(out: &mut Vec<u8>, key: &str, value: &[u8]) {
    let bare = key.len() + value.len() + 3;
    let mut length = bare;
    while length != bare + length.to_string().len() {
        length = bare + length.to_string().len();
    }
    out.extend_from_slice(format!("{length} {key}=").as_bytes());
    out.extend_from_slice(value);
    out.push(b'\n');
}

fn block(out: &mut Vec<u8>, (prefix, name): (&str, &str), bytes: u64, meta: &FileMeta, kind: u8) {
    let seconds = u64::try_from(meta.mtime_ns.div_euclid(1_000_000_000)).unwrap_or(0);
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, &number::<8>(u64::from(meta.mode)));
    put(108, &number::<8>(u64::from(meta.uid)));
    put(116, &number::<8>(u64::from(meta.gid)));
    put(124, &number::<12>(bytes));
    put(136, &number::<12>(seconds));
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    put(345, prefix.as_bytes());
    let sum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    out.extend_from_slice(&block);
}

/// In octal; a number too large for that in binary, an extension of GNU tar that others read too.
fn number<const WIDTH: usize>(value: u64) -> [u8; WIDTH] {
    let mut field = [0; WIDTH];
    let octal = format!("{value:0width$o}", width = WIDTH - 1);
    if octal.len() < WIDTH {
        field[..octal.len()].copy_from_slice(octal.as_bytes());
    } else {
        field[WIDTH - 8..].copy_from_slice(&value.to_be_bytes());
        field[0] = 0x80;
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_octal_as_long_as_it_fits() {
        assert_eq!(&number::<8>(0o644), b"0000644\0");
        assert_eq!(&number::<8>(0o7777777), b"7777777\0");
        assert_eq!(number::<8>(1 << 30), [0x80, 0, 0, 0, 0x40, 0, 0, 0]);
        assert_eq!(
            number::<12>(1 << 40),
            [0x80, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
        );
    }

    #[test]
    fn a_pair_counts_its_own_length() {
        for length in [1, 5, 88, 89, 90, 91, 985, 990, 995] {
            let mut out = Vec::new();
            pair(&mut out, "path", &vec![b'x'; length]);
            let text = String::from_utf8(out).expect("text");
            let (told, _) = text.split_once(' ').expect("a length");
            assert_eq!(told.parse(), Ok(text.len()));
        }
    }
}
