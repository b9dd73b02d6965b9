//! Before a run: find the pack, survey the product, plan the path, hold the rules against the
//! survey, take decisions and answers, and seal all of it into a plan. Nothing is written here.

mod error;
mod outcome;
mod said;

pub use error::SessionError;

use super::{answers::AnswersFile, store::run_dir::StateDir};
use crate::{
    edit::{Format, Opened},
    model::{
        finding::Decision,
        ids::{InputName, RuleId},
        path::RelPath,
        plan::{Answered, SAMPLE},
        release::Release,
        rule::Pack,
        survey::{FileState, Survey},
        text::{Secret, sanitize},
        units::Span,
    },
    rules::{
        assess::{self, Assessment, Case},
        condition::{Answers, Facts, holds, told},
        pack::{self, LoadedPack},
        path::{self, Path, Targets},
        source::PackSource,
        variants::{self, Judged},
    },
    side_by_side,
    world::{World, survey},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, OnceLock},
};

/// What the caller knows before anything is looked at.
#[derive(Clone)]
pub struct Options {
    pub root: PathBuf,
    pub state: StateDir,
    /// Packs to choose from: the bundled ones, or the one that was given.
    pub packs: Vec<PackSource>,
    /// A product's short name, if the operator chose one of several that fit.
    pub product: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub answers: AnswersFile,
    /// How long a run may wait for a person before it goes back by itself.
    pub confirm_within: Option<Span>,
    /// The operator agreed beforehand that the product is changed.
    pub agreed: bool,
    /// The product is the sample of a demo, which is said wherever it is named.
    pub sample: bool,
}

/// A product and its pack after a first look; the path is not chosen yet.
pub struct Surveyed {
    pub world: World,
    pub options: Options,
    pub source: PackSource,
    pub pack: LoadedPack,
    pub survey: Survey,
}

impl Surveyed {
    /// Finds the pack whose `recognise` holds for the folder, and surveys the folder by its rules.
    pub fn look(world: World, options: Options) -> Result<Self, SessionError> {
        let fits = candidates(&world, &options)?;
        Self::among(world, options, fits)
    }

    /// The same, for packs already known to recognise the folder.
    pub fn among(
        world: World,
        options: Options,
        mut fits: Vec<Candidate>,
    ) -> Result<Self, SessionError> {
        fits.retain(|(_, pack)| is_wanted(&options, pack));
        let source = match fits.len() {
            1 => fits.remove(0).0,
            0 => {
                let root = options.root.to_string_lossy();
                let root = sanitize(&root);
                return Err(SessionError::NoPack {
                    root,
                    missed: missed(&world, &options)?,
                    unread: unread(&world, &options)?,
                });
            }
            _ => {
                let names = fits
                    .into_iter()
                    .map(|(_, pack)| pack.product.clone())
                    .collect();
                return Err(SessionError::ManyPacks { names });
            }
        };
        let mut pack = pack::load(&source).map_err(SessionError::BadPack)?;
        if options.sample {
            Arc::make_mut(&mut pack.pack).title.insert_str(0, SAMPLE);
        }
        let answers = given_answers(&options);
        let survey = survey::take(&world, &pack, &options.root, options.state.path(), &answers)?;
        Ok(Self {
            world,
            options,
            source,
            pack,
            survey,
        })
    }

    /// How the product is installed, and what made us think so.
    pub fn judged_variants(&self) -> Vec<Judged> {
        let facts = Facts {
            survey: &self.survey,
            answers: &given_answers(&self.options),
            variants: &self.options.answers.variants,
        };
        variants::judge(&self.pack.pack, &facts)
    }

    /// The release that is running: as the operator says, or as all probes with an answer agree.
    pub fn running(&self) -> Result<Release, SessionError> {
        running_release(&self.pack, &self.survey, self.options.from.as_deref())
    }

    /// Releases that can be reached from one.
    pub fn targets(&self, from: &Release) -> Result<Targets, SessionError> {
        let targets = path::targets(&self.pack.pack.releases, &self.pack.heads(), from);
        targets.map_err(|error| SessionError::Path {
            error: Box::new(error),
        })
    }

    pub fn road(&self, from: &Release) -> Result<Path, SessionError> {
        let scheme = &self.pack.pack.releases;
        let to = match &self.options.to {
            Some(text) => Some(scheme.parse(text).map_err(SessionError::Release)?),
            None => None,
        };
        let path = path::plan_path(scheme, &self.pack.heads(), from, to.as_ref());
        path.map_err(|error| SessionError::Path {
            error: Box::new(error),
        })
    }

    /// Applies the rules along the chosen path to the survey.
    pub fn assess(mut self) -> Result<Session, SessionError> {
        let path = self.road(&self.running()?)?;
        let answers = given_answers(&self.options);
        survey::stock(&self.world, &self.pack, &path, &answers, &mut self.survey);
        let how = answers
            .keys()
            .map(|name| (name.clone(), Answered::Given))
            .collect();
        let session = Session {
            pack_files: self.pack.texts(),
            decisions: self.options.answers.decided(),
            variants: self.options.answers.variants.clone(),
            world: self.world,
            options: self.options,
            source: self.source,
            pack: self.pack,
            survey: self.survey,
            path,
            assessment: OnceLock::new(),
            answers,
            how,
        };
        session.check_given()?;
        Ok(session)
    }
}

/// A product with a chosen path, on its way to a plan.
pub struct Session {
    pub world: World,
    pub options: Options,
    pub source: PackSource,
    pub pack: LoadedPack,
    pub survey: Survey,
    pub path: Path,
    /// Of everything said so far; computed when first needed.
    assessment: OnceLock<Assessment>,
    pub decisions: BTreeMap<RuleId, Decision>,
    pub answers: Answers,
    pub variants: BTreeMap<String, String>,
    how: BTreeMap<InputName, Answered>,
    pack_files: BTreeMap<RelPath, String>,
}

impl Session {
    pub fn open(world: World, options: Options) -> Result<Self, SessionError> {
        Surveyed::look(world, options)?.assess()
    }

    fn case(&self) -> Case<'_> {
        Case {
            pack: &self.pack.pack,
            pack_files: &self.pack_files,
            hops: &self.pack.hops,
            path: &self.path,
            survey: &self.survey,
            answers: &self.answers,
            variants: &self.variants,
            decisions: &self.decisions,
        }
    }

    /// How the product is installed, and what made us think so.
    pub fn judged_variants(&self) -> Vec<Judged> {
        let facts = Facts {
            survey: &self.survey,
            answers: &self.answers,
            variants: &self.variants,
        };
        variants::judge(&self.pack.pack, &facts)
    }

    /// What the rules make of the product, given everything said so far.
    pub fn assessment(&self) -> &Assessment {
        self.assessment.get_or_init(|| assess::assess(self.case()))
    }

    fn assess_anew(&mut self) {
        self.assessment.take();
    }
}

/// A pack that recognises the folder.
pub type Candidate = (PackSource, Arc<Pack>);

/// All candidates that the operator did not rule out.
pub fn candidates(world: &World, options: &Options) -> Result<Vec<Candidate>, SessionError> {
    // Each reads a pack and looks into the same folder, and most packs do not fit.
    let looked = side_by_side::each(&options.packs, |source| candidate(world, options, source));
    looked.into_iter().filter_map(Result::transpose).collect()
}

fn candidate(
    world: &World,
    options: &Options,
    source: &PackSource,
) -> Result<Option<Candidate>, SessionError> {
    let pack = pack::head(source).map_err(SessionError::BadPack)?;
    if !is_wanted(options, &pack) {
        return Ok(None);
    }
    let seen = survey::recognise(world, &pack, &options.root)?;
    let fits = of_the_folder(&seen, |facts| holds(&pack.recognise, facts).is_yes());
    Ok(fits.then(|| (source.clone(), pack)))
}

/// Judges by the folder alone, before the operator was asked anything.
fn of_the_folder<T>(seen: &Survey, judge: impl FnOnce(&Facts) -> T) -> T {
    judge(&Facts {
        survey: seen,
        answers: &Answers::new(),
        variants: &BTreeMap::new(),
    })
}

/// What a pack given by itself does not find; with several packs each would miss something else.
fn missed(world: &World, options: &Options) -> Result<Option<String>, SessionError> {
    let [source] = options.packs.as_slice() else {
        return Ok(None);
    };
    let pack = pack::head(source).map_err(SessionError::BadPack)?;
    let seen = survey::recognise(world, &pack, &options.root)?;
    let why = of_the_folder(&seen, |facts| told(&pack.recognise, facts));
    Ok(Some(format!("that of {} misses it: {why}", pack.product)))
}

/// Files that the packs need to recognise a product and that cannot be read, each with the reason.
fn unread(world: &World, options: &Options) -> Result<Vec<String>, SessionError> {
    let mut unread = BTreeSet::new();
    for source in &options.packs {
        let pack = pack::head(source).map_err(SessionError::BadPack)?;
        let seen = survey::recognise(world, &pack, &options.root)?;
        for (file, state) in &seen.files {
            let why = match state {
                FileState::Absent => None,
                FileState::Unusable { why } => Some(why.clone()),
                FileState::Text { text, .. } => Format::of(file.as_str())
                    .and_then(|format| Opened::new(format, text).err())
                    .map(|error| error.to_string()),
            };
            unread.extend(why.map(|why| format!("{file}: {why}")));
        }
    }
    Ok(unread.into_iter().collect())
}

fn is_wanted(options: &Options, pack: &Pack) -> bool {
    let wanted = options.product.as_ref();
    wanted.is_none_or(|name| *name == pack.product)
}

fn given_answers(options: &Options) -> Answers {
    let given = options.answers.inputs.iter();
    given
        .map(|(name, value)| (name.clone(), Secret::new(value.clone())))
        .collect()
}

/// What the operator says, or what the probes agree on. Probes without an answer do not count.
fn running_release(
    pack: &LoadedPack,
    survey: &Survey,
    said: Option<&str>,
) -> Result<Release, SessionError> {
    let scheme = &pack.pack.releases;
    if let Some(said) = said {
        return scheme.parse(said).map_err(SessionError::Release);
    }
    let told = || {
        let told = survey
            .releases
            .iter()
            .map(|sighting| match &sighting.answer {
                Ok(release) => format!("{} says {release}", sighting.title),
                Err(why) => format!("{}: {why}", sighting.title),
            });
        told.collect::<Vec<_>>().join("; ")
    };
    let mut answers = survey
        .releases
        .iter()
        .filter_map(|sighting| sighting.answer.as_ref().ok());
    let Some(first) = answers.next() else {
        return Err(SessionError::NoRelease { told: told() });
    };
    for other in answers {
        if !scheme
            .cmp(first, other)
            .map_err(SessionError::Release)?
            .is_eq()
        {
            return Err(SessionError::ManyReleases { told: told() });
        }
    }
    Ok(first.clone())
}
