//! What a look at the world comes to.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    Yes,
    No,
    /// It could not be looked at.
    Unclear,
}

impl Met {
    pub fn of(met: bool) -> Self {
        if met { Self::Yes } else { Self::No }
    }
}
