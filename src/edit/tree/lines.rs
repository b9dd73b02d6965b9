//! Line numbers of bytes.

use super::node::small;

#[derive(Clone, Debug)]
pub(super) struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    pub fn new(text: &str) -> Self {
        let after = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| small(at + 1));
        Self {
            starts: std::iter::once(0).chain(after).collect(),
        }
    }

    pub fn of(&self, byte: usize) -> usize {
        self.starts.partition_point(|&start| start as usize <= byte)
    }
}
