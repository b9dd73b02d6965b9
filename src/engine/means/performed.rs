//! What an action came to, if it did not fail.

#[derive(Debug)]
pub struct Performed {
    /// In a few words, for people.
    pub detail: String,
    /// Rows that its statements changed, as the database told; 0 for what is no statement.
    pub rows: u64,
}

impl From<String> for Performed {
    fn from(detail: String) -> Self {
        Self { detail, rows: 0 }
    }
}
