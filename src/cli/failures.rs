//! Maps the errors of the floors below to exit codes.

use super::end::{Code, Failure};
use crate::{
    engine::{
        answers::UnknownIds, runs::RunError, session::SessionError, store::journal::JournalError,
        trust::TrustError,
    },
    rules::{compose::PlanError, diagnostic::Diagnostic},
    world::{FileError, survey::SurveyError},
};

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let code = match &error {
            FileError::Locked { .. } => Code::Locked,
            FileError::Drift { .. } | FileError::Kept { .. } => Code::Stale,
            full if full.wants_room() => Code::Failed,
            FileError::Unusable { .. } | FileError::TooLarge { .. } => Code::Usage,
            FileError::Io { .. } => Code::Failed,
        };
        Self::told(code, &error)
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::File(error) => error.into(),
            JournalError::Damaged { .. } | JournalError::Gone => Self::told(Code::Damaged, &error),
            JournalError::Newer { .. } => Self::told(Code::Usage, &error),
            JournalError::Closed => Self::told(Code::Failed, &error),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let told = error.to_string();
        match error {
            RunError::Journal(error) => error.into(),
            RunError::File(error) => error.into(),
            RunError::Illegal(_) | RunError::Damaged { .. } | RunError::Unreadable { .. } => {
                Self::told(Code::Damaged, &error)
            }
            RunError::NotBegun { why, .. } => {
                let Self { code, text } = Self::from(*why);
                Self::new(code, format!("{told}: {text}"))
            }
            RunError::OtherPack => Self::told(Code::Stale, &error),
            RunError::Context(_)
            | RunError::Changes { .. }
            | RunError::Worker { .. }
            | RunError::Wire(_) => Self::told(Code::Failed, &error),
            RunError::Unfinished { .. } | RunError::StillOpen { .. } => {
                Self::told(Code::Locked, &error)
            }
            RunError::NoRun(_)
            | RunError::NoRuns
            | RunError::ManyRuns { .. }
            | RunError::Ended(_)
            | RunError::Done(_)
            | RunError::Later { .. }
            | RunError::NoWayBack { .. }
            | RunError::Empty(_)
            | RunError::Pack(_) => Self::told(Code::Usage, &error),
        }
    }
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::BadPack(wrong) => Self::bad_rules(&wrong),
            TrustError::File(error) => error.into(),
            TrustError::NotSaid { .. }
            | TrustError::OtherDigest { .. }
            | TrustError::ShortDigest { .. }
            | TrustError::OthersWrite { .. }
            | TrustError::Signature { .. }
            | TrustError::UnknownKey { .. }
            | TrustError::OtherProduct { .. }
            | TrustError::Over { .. }
            | TrustError::Older { .. } => Self::told(Code::Untrusted, &error),
        }
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::BadPack(wrong) => Self::bad_rules(&wrong),
            SessionError::Survey(SurveyError::File(error)) | SessionError::File(error) => {
                error.into()
            }
            SessionError::NoRelease { .. } | SessionError::ManyReleases { .. } => {
                Self::told(Code::Waiting, &error)
            }
            SessionError::Survey(SurveyError::NoRoot { .. })
            | SessionError::NoPack { .. }
            | SessionError::ManyPacks { .. }
            | SessionError::Release(_)
            | SessionError::Path { .. }
            | SessionError::NoFinding { .. }
            | SessionError::Decision { .. }
            | SessionError::NoInput { .. }
            | SessionError::NoVariant { .. }
            | SessionError::Said(_)
            | SessionError::BadAnswer { .. } => Self::told(Code::Usage, &error),
        }
    }
}

impl From<UnknownIds> for Failure {
    fn from(error: UnknownIds) -> Self {
        Self::told(Code::Usage, &error)
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        Self::told(Code::Waiting, &error)
    }
}

impl From<Box<Diagnostic>> for Failure {
    fn from(wrong: Box<Diagnostic>) -> Self {
        Self::bad_rules(&[*wrong])
    }
}

impl Failure {
    pub fn bad_rules(wrong: &[Diagnostic]) -> Self {
        let pictures: Vec<String> = wrong.iter().map(|one| one.render(false)).collect();
        Self::new(Code::Usage, pictures.join("\n\n"))
    }
}
