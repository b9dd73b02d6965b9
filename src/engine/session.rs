//! Before a run: find the pack, survey the product, plan the path, hold the rules against the
//! survey, take decisions and answers, and seal all of it into a plan. Nothing is written here.

use super::{
    answers::{self, AnswersFile},
    handle::Sink,
    run_dir::StateDir,
    runs::{self, RunError},
    worker::Worker,
};
use crate::{
    model::{
        finding::{Decision, Safety},
        ids::{InputName, RuleId},
        path::RelPath,
        plan::{Answered, Plan},
        release::Release,
        rule::{GenerateAs, Hop, Input, Note, Pack},
        survey::Survey,
        text::Secret,
    },
    rules::{
        assess::{self, Assessment, Case},
        compose::{self, PlanError, Seal},
        condition::{Answers, Facts, holds},
        diagnostic::Diagnostic,
        pack::{self, LoadedPack, PackSource},
        path::{self, HopHead, Path, PathError, Targets},
        preview::{self, FilePreview, Piece},
        valid,
    },
    world::{FileError, World, survey},
};
use std::{collections::BTreeMap, path::PathBuf};

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
}

#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error(
        "no pack recognises a product in {root}; give its folder with --root, or a pack with --pack"
    )]
    NoPack { root: String },
    #[error("several packs recognise a product here: {names}; choose one with --product", names = .names.join(", "))]
    ManyPacks { names: Vec<String> },
    #[error("the pack has errors")]
    BadPack(Vec<Diagnostic>),
    #[error("the release that runs cannot be told: {told}; say it with --from")]
    NoRelease { told: String },
    #[error(
        "the probes disagree about the release that runs: {told}; say which is right with --from"
    )]
    ManyReleases { told: String },
    #[error("{0}")]
    Release(String),
    #[error("{error}; {cure}", cure = .error.cure())]
    Path { error: Box<PathError> },
    #[error("there is no finding `{0}`; `switchback plan` lists them")]
    NoFinding(RuleId),
    #[error("`{id}`: {why}")]
    Decision { id: RuleId, why: String },
    #[error("there is no input `{0}` on this path")]
    NoInput(InputName),
    #[error("{name}: {}", .faults.join(", "))]
    BadAnswer {
        name: InputName,
        faults: Vec<String>,
    },
    #[error(transparent)]
    Survey(#[from] survey::SurveyError),
    #[error(transparent)]
    File(#[from] FileError),
}

/// A product and its pack, looked at; the way is not chosen yet.
pub struct Found {
    pub world: World,
    pub options: Options,
    pub source: PackSource,
    pub pack: LoadedPack,
    pub survey: Survey,
}

impl Found {
    /// The pack whose `recognise` holds for the folder, and what a survey by its rules sees.
    pub fn look(world: World, options: Options) -> Result<Self, SessionError> {
        let mut fits = candidates(&world, &options)?;
        let source = match fits.len() {
            1 => fits.remove(0).0,
            0 => {
                let root = options.root.to_string_lossy();
                let root = crate::model::text::sanitize(&root);
                return Err(SessionError::NoPack { root });
            }
            _ => {
                let names = fits.into_iter().map(|(_, pack)| pack.product).collect();
                return Err(SessionError::ManyPacks { names });
            }
        };
        let pack = pack::load(&source).map_err(SessionError::BadPack)?;
        let answers = given_answers(&options);
        let survey = survey::take(&world, &pack, &options.root, &answers)?;
        Ok(Self {
            world,
            options,
            source,
            pack,
            survey,
        })
    }

    /// The release that runs: what the operator says, or what every probe that answers agrees on.
    pub fn running(&self) -> Result<Release, SessionError> {
        running_release(&self.pack, &self.survey, self.options.from.as_deref())
    }

    /// Releases that can be reached from one.
    pub fn targets(&self, from: &Release) -> Result<Targets, SessionError> {
        let targets = path::targets(&self.pack.pack.releases, &self.heads(), from);
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
        let path = path::plan_path(scheme, &self.heads(), from, to.as_ref());
        path.map_err(|error| SessionError::Path {
            error: Box::new(error),
        })
    }

    fn heads(&self) -> Vec<HopHead> {
        self.pack.hops.iter().map(head).collect()
    }

    /// Holds the rules of the road against the survey.
    pub fn assess(self) -> Result<Session, SessionError> {
        let path = self.road(&self.running()?)?;
        let answers = given_answers(&self.options);
        let how = answers
            .keys()
            .map(|name| (name.clone(), Answered::Given))
            .collect();
        let hops = self
            .pack
            .hops
            .iter()
            .map(|hop| (hop.file.clone(), hop.hop.clone()));
        let mut session = Session {
            hops: hops.collect(),
            pack_files: texts(&self.pack),
            decisions: self.options.answers.decided(),
            variants: self.options.answers.variants.clone(),
            world: self.world,
            options: self.options,
            source: self.source,
            pack: self.pack,
            survey: self.survey,
            path,
            assessment: Assessment::default(),
            answers,
            how,
        };
        session.assess();
        session.check_given()?;
        Ok(session)
    }
}

/// A product on a road, on its way to a plan.
pub struct Session {
    pub world: World,
    pub options: Options,
    pub source: PackSource,
    pub pack: LoadedPack,
    pub survey: Survey,
    pub path: Path,
    pub assessment: Assessment,
    pub decisions: BTreeMap<RuleId, Decision>,
    pub answers: Answers,
    pub variants: BTreeMap<String, String>,
    how: BTreeMap<InputName, Answered>,
    hops: Vec<(String, Hop)>,
    pack_files: BTreeMap<RelPath, String>,
}

impl Session {
    pub fn open(world: World, options: Options) -> Result<Self, SessionError> {
        Found::look(world, options)?.assess()
    }

    fn case(&self) -> Case<'_> {
        Case {
            pack: &self.pack.pack,
            pack_files: &self.pack_files,
            hops: &self.hops,
            path: &self.path,
            survey: &self.survey,
            answers: &self.answers,
            variants: &self.variants,
            decisions: &self.decisions,
        }
    }

    fn assess(&mut self) {
        self.assessment = assess::assess(self.case());
    }

    /// What an answers file says must mean something here.
    fn check_given(&self) -> Result<(), SessionError> {
        for (id, decision) in &self.decisions {
            self.decidable(id, decision)?;
        }
        for (name, value) in &self.answers {
            let faults = self.faults(name, value.expose())?;
            if !faults.is_empty() {
                return Err(SessionError::BadAnswer {
                    name: name.clone(),
                    faults,
                });
            }
        }
        Ok(())
    }

    fn decidable(&self, id: &RuleId, decision: &Decision) -> Result<(), SessionError> {
        let found = self
            .assessment
            .findings
            .iter()
            .find(|finding| finding.id == *id);
        let finding = found.ok_or_else(|| SessionError::NoFinding(id.clone()))?;
        let why = match (&finding.safety, decision) {
            (Safety::Safe { optional: true } | Safety::OptIn, Decision::Take | Decision::Leave)
            | (Safety::Safe { optional: false }, Decision::Take) => return Ok(()),
            (Safety::Decide { options, .. }, Decision::Choose(choice)) => {
                if options.iter().any(|option| option.id == *choice) {
                    return Ok(());
                }
                let known: Vec<&str> = options.iter().map(|option| option.id.as_str()).collect();
                format!("choose one of {}", known.join(", "))
            }
            (Safety::Decide { .. }, _) => "it needs a choice, not `take` or `leave`".to_owned(),
            (Safety::Safe { .. }, _) => "the new release needs it; it cannot be left".to_owned(),
            (Safety::OptIn, _) => "say `take` or `leave`".to_owned(),
            (Safety::Nothing | Safety::Blocks, _) => "there is nothing to decide".to_owned(),
        };
        Err(SessionError::Decision {
            id: id.clone(),
            why,
        })
    }

    pub fn decide(&mut self, id: &RuleId, decision: Decision) -> Result<(), SessionError> {
        self.decidable(id, &decision)?;
        self.decisions.insert(id.clone(), decision);
        self.assess();
        Ok(())
    }

    pub fn input(&self, name: &InputName) -> Option<Input> {
        assess::find_input(self.case(), name).cloned()
    }

    /// What is wrong with an answer; nothing, if it is fine.
    pub fn faults(&self, name: &InputName, value: &str) -> Result<Vec<String>, SessionError> {
        let input = self
            .input(name)
            .ok_or_else(|| SessionError::NoInput(name.clone()))?;
        Ok(input
            .valid
            .as_ref()
            .map(|rule| valid::faults(rule, value))
            .unwrap_or_default())
    }

    pub fn answer(
        &mut self,
        name: &InputName,
        value: Secret,
        how: Answered,
    ) -> Result<(), SessionError> {
        let faults = self.faults(name, value.expose())?;
        if !faults.is_empty() {
            return Err(SessionError::BadAnswer {
                name: name.clone(),
                faults,
            });
        }
        self.answers.insert(name.clone(), value);
        self.how.insert(name.clone(), how);
        self.assess();
        Ok(())
    }

    /// Makes a value as the pack says, and answers with it.
    pub fn generate(&mut self, name: &InputName) -> Result<(), SessionError> {
        let input = self
            .input(name)
            .ok_or_else(|| SessionError::NoInput(name.clone()))?;
        let Some(generate) = input.generate else {
            let faults = vec!["the pack does not say how to make a value".to_owned()];
            return Err(SessionError::BadAnswer {
                name: name.clone(),
                faults,
            });
        };
        let bytes = self.world.system.random(generate.bytes);
        let value = match generate.form {
            GenerateAs::Hex => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            GenerateAs::Base64url => base64url(&bytes),
        };
        self.answer(name, Secret::new(value), Answered::Generated)
    }

    pub fn how(&self, name: &InputName) -> Option<Answered> {
        self.how.get(name).copied()
    }

    pub fn notes(&self) -> Vec<Note> {
        compose::notes_of(self.case())
    }

    pub fn previews(&self) -> Vec<FilePreview> {
        preview::preview(self.case(), &self.assessment)
    }

    /// What each finding does to its files, whether it is taken or not.
    pub fn pieces(&self) -> BTreeMap<RuleId, Vec<Piece>> {
        preview::pieces(self.case(), &self.assessment)
    }

    pub fn plan(&self) -> Result<Plan, PlanError> {
        let who = self.world.system.who();
        let key = self.options.state.key(&self.world).unwrap_or_default();
        let seal = Seal {
            program: crate::VERSION,
            pack: &self.pack.digest,
            host: &who.host,
            key: &key,
            how: &self.how,
        };
        compose::make_plan(self.case(), &self.assessment, &seal)
    }

    /// Every answer with the defaults of what was not asked.
    pub fn all_answers(&self) -> Answers {
        assess::answers_with_defaults(self.case())
    }

    /// Seals the plan and starts its run.
    pub fn start(&self, plan: Plan, sink: Box<dyn Sink>) -> Result<Worker, RunError> {
        let answers = self.all_answers();
        runs::start(
            &self.world,
            &self.options.state,
            plan,
            &self.source,
            &answers,
            sink,
        )
    }

    /// What was said so far, in the form of an answers file. With `secrets`, those too.
    pub fn export(&self, secrets: bool) -> AnswersFile {
        let shown =
            |name: &InputName| secrets || self.input(name).is_some_and(|input| !input.secret);
        let inputs = self.answers.iter().filter(|(name, _)| shown(name));
        AnswersFile {
            inputs: inputs
                .map(|(name, value)| (name.clone(), value.expose().to_owned()))
                .collect(),
            decisions: self
                .decisions
                .iter()
                .map(|(id, decision)| (id.clone(), answers::word(decision).to_owned()))
                .collect(),
            variants: self.variants.clone(),
            ..AnswersFile::default()
        }
    }
}

/// Every pack that recognises the folder, of those the operator did not rule out.
pub fn candidates(
    world: &World,
    options: &Options,
) -> Result<Vec<(PackSource, Pack)>, SessionError> {
    let mut fits = Vec::new();
    for source in &options.packs {
        let pack = pack::head(source).map_err(SessionError::BadPack)?;
        let wanted = options
            .product
            .as_ref()
            .is_none_or(|name| *name == pack.product);
        let seen = survey::recognise(world, &pack, &options.root)?;
        let facts = Facts {
            survey: &seen,
            answers: &Answers::new(),
            variants: &BTreeMap::new(),
        };
        if wanted && holds(&pack.recognise, &facts) {
            fits.push((source.clone(), pack));
        }
    }
    Ok(fits)
}

fn given_answers(options: &Options) -> Answers {
    let given = options.answers.inputs.iter();
    given
        .map(|(name, value)| (name.clone(), Secret::new(value.clone())))
        .collect()
}

/// What the probes agree on, or what the operator says. Probes that give no answer do not count.
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

fn head(loaded: &pack::LoadedHop) -> HopHead {
    HopHead {
        file: loaded.file.clone(),
        from: loaded.hop.from.clone(),
        to: loaded.hop.to.clone(),
        stop: true,
        title: loaded.hop.title.clone(),
    }
}

/// The files of a pack that are text, for rules that make a file.
fn texts(pack: &LoadedPack) -> BTreeMap<RelPath, String> {
    let text = |(name, bytes): (&String, &Vec<u8>)| {
        let path = RelPath::try_from(name.as_str()).ok()?;
        Some((path, String::from_utf8(bytes.clone()).ok()?))
    };
    pack.files.iter().filter_map(text).collect()
}

fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0u8; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for n in 0..=chunk.len() {
            text.push(DIGITS[(bits >> (18 - 6 * n)) as usize & 63] as char);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64url;

    #[test]
    fn base64url_has_no_padding_and_no_plus() {
        assert_eq!(base64url(b""), "");
        assert_eq!(base64url(b"f"), "Zg");
        assert_eq!(base64url(b"fo"), "Zm8");
        assert_eq!(base64url(&[0xfb, 0xff, 0xbf]), "-_-_");
        assert_eq!(base64url(&[0; 48]).len(), 64);
    }
}
