//! The result of a look at the world.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    Yes,
    No,
    /// It could not be looked at.
    Unclear,
}

/// Whether it is met, and what was seen, in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    pub met: Met,
    pub told: String,
}

impl Looked {
    pub fn yes(told: impl Into<String>) -> Self {
        Met::Yes.told(told)
    }

    pub fn no(told: impl Into<String>) -> Self {
        Met::No.told(told)
    }

    pub fn unclear(told: impl Into<String>) -> Self {
        Met::Unclear.told(told)
    }

    pub fn is_yes(&self) -> bool {
        self.met == Met::Yes
    }
}

impl Met {
    pub fn told(self, told: impl Into<String>) -> Looked {
        let told = told.into();
        Looked { met: self, told }
    }

    pub fn of(met: bool) -> Self {
        if met { Self::Yes } else { Self::No }
    }
}
