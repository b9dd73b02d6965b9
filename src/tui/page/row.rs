//! A row of a list: what it stands for, and what it says.

use super::holds;
use crate::{
    diff,
    model::{
        ids::{CheckId, InputName, RuleId, RunId, StepId},
        release::Release,
    },
    tui::{app::App, glyph::Sign, line::Line, screen::diff::DiffLine, theme::Tone},
};
use std::borrow::Cow;

/// What a row stands for. Selection goes by this, never by the row's position. What has no name of
/// its own is identified by its place in what was read, which is stable until it is read again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RowKey {
    Group(GroupKey),
    Pack(String),
    Target(Release),
    Variant {
        name: String,
        choice: String,
    },
    /// By the release that the hop leads to.
    Hop(Release),
    Fact(usize),
    BlindSpot(usize),
    Run(RunId),
    Rule(RuleId),
    Note(usize),
    /// An answer to the question of a finding.
    Choice(String),
    Input(InputName),
    Check(CheckId),
    Saved(String),
    Step(StepId),
    /// An output line, by its number over all steps.
    Line(u64),
    /// A line of a difference, or the row that stands for several left-out ones.
    Diff(DiffKey),
}

/// The identity of a group: whether it is open goes by this, not by its title.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKey {
    /// A group that its screen always has.
    Named(&'static str),
    /// The steps of a hop, by the hop's index on the road.
    Hop(usize),
    /// A variant of how the product is installed.
    Variant(String),
    File(String),
    /// What one step printed before another did, by the number of its first line.
    Printed(u64),
}

/// A line of a difference: its file, whether it is removed, added or kept, and its number. It does
/// not depend on how much around it is listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DiffKey {
    pub file: String,
    pub kind: diff::Kind,
    pub line: Option<usize>,
}

pub enum Row<'a> {
    Group(Group),
    Item(Item<'a>),
    /// One of many rows, most of them off the screen: its content is made when it is shown.
    Late(RowKey, Made<'a>),
    /// Both sides of a difference, on a wide screen.
    Pair {
        file: &'a str,
        old: Option<DiffLine<'a>>,
        new: Option<DiffLine<'a>>,
    },
    /// One line of a difference.
    Diff {
        file: &'a str,
        row: DiffLine<'a>,
    },
    /// Not selectable.
    Words(Line),
}

/// Makes a row when it is shown: the `nth` of many things in the app.
#[derive(Clone, Copy)]
pub struct Made<'a> {
    pub app: &'a App,
    pub nth: usize,
    pub by: fn(&'a App, usize) -> Option<Item<'a>>,
}

pub struct Group {
    pub key: GroupKey,
    pub title: String,
    /// Closed until the operator opens it.
    pub closed: bool,
    /// Filled when the list is arranged.
    pub count: usize,
    pub folded: bool,
}

#[derive(Clone)]
pub struct Item<'a> {
    pub key: RowKey,
    pub sign: Option<Sign>,
    pub tone: Tone,
    pub title: Cow<'a, str>,
    pub aside: Cow<'a, str>,
    /// At the right edge.
    pub tail: Cow<'a, str>,
}

impl<'a> Row<'a> {
    /// A group that its screen always has, titled by its name.
    pub fn named(title: &'static str) -> Self {
        Self::group(GroupKey::Named(title), title)
    }

    pub fn group(key: GroupKey, title: impl Into<String>) -> Self {
        Self::Group(Group {
            key,
            title: title.into(),
            closed: false,
            count: 0,
            folded: false,
        })
    }

    pub fn item(key: RowKey, sign: Sign, tone: Tone, title: impl Into<Cow<'a, str>>) -> Item<'a> {
        Item {
            key,
            sign: Some(sign),
            tone,
            title: title.into(),
            aside: Cow::Borrowed(""),
            tail: Cow::Borrowed(""),
        }
    }

    pub fn key(&self) -> Option<RowKey> {
        match self {
            Self::Group(group) => Some(RowKey::Group(group.key.clone())),
            Self::Item(item) => Some(item.key.clone()),
            Self::Late(key, _) => Some(key.clone()),
            Self::Pair { file, old, new } => new.or(*old).map(|side| RowKey::Diff(side.key(file))),
            Self::Diff { file, row } => Some(RowKey::Diff(row.key(file))),
            Self::Words(_) => None,
        }
    }

    pub fn is(&self, wanted: &RowKey) -> bool {
        match self {
            Self::Group(group) => matches!(wanted, RowKey::Group(key) if *key == group.key),
            Self::Item(item) => item.key == *wanted,
            Self::Late(key, _) => key == wanted,
            // Either side matches: in the unified view one of them was selected.
            Self::Pair { file, old, new } => {
                let mut sides = [old, new].into_iter().flatten();
                sides.any(|side| side.is(file, wanted))
            }
            Self::Diff { file, row } => row.is(file, wanted),
            Self::Words(_) => false,
        }
    }

    /// The text of a row that stands for something.
    pub fn words(&self) -> Option<Cow<'_, Item<'a>>> {
        match self {
            Self::Item(item) => Some(Cow::Borrowed(item)),
            Self::Late(_, Made { app, nth, by }) => by(app, *nth).map(Cow::Owned),
            Self::Group(_) | Self::Pair { .. } | Self::Diff { .. } | Self::Words(_) => None,
        }
    }

    /// Whether it stands for left-out lines of a difference.
    pub fn leaves_out(&self) -> bool {
        let row = match self {
            Self::Diff { row, .. } => Some(*row),
            Self::Pair { new, .. } => *new,
            Self::Group(_) | Self::Item(_) | Self::Late(..) | Self::Words(_) => None,
        };
        row.is_some_and(DiffLine::leaves_out)
    }

    pub(super) fn matches(&self, filter: &str) -> bool {
        let has = |text: &str| holds(text, filter);
        let side = |row: &Option<DiffLine<'_>>| row.is_some_and(|row| has(row.text()));
        match self {
            Self::Group(_) | Self::Words(_) => false,
            Self::Item(_) | Self::Late(..) => self
                .words()
                .is_some_and(|item| has(&item.title) || has(&item.aside) || has(&item.tail)),
            Self::Pair { old, new, .. } => side(old) || side(new),
            Self::Diff { row, .. } => has(row.text()),
        }
    }
}

impl<'a> Item<'a> {
    pub fn aside(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.aside = text.into();
        self
    }

    pub fn tail(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.tail = text.into();
        self
    }

    pub fn row(self) -> Row<'a> {
        Row::Item(self)
    }
}
