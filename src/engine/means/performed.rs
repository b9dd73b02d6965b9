//! The result of an action that succeeded.

#[derive(Debug)]
pub struct Performed {
    /// In a few words, for people.
    pub detail: String,
    /// The number of rows its statements changed, by the database's count; 0 if it has none.
    pub rows: u64,
}

impl From<String> for Performed {
    fn from(detail: String) -> Self {
        Self { detail, rows: 0 }
    }
}
