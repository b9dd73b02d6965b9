//! The screens over a real SSH connection that is cut or freezes: the run goes on or waits as
//! promised, and whoever comes back finds the same screen at the same place.
//!
//! One run passes four moments, and at each of them a different failure hits the connection. Four
//! runs combine every moment with every failure: `SWITCHBACK_DROPPED_LINES=all`.

use super::{
    attended::{WAITS, begun, case, let_it_end, records, run_folder, until},
    guided::{walk, walk_until},
    session::Session,
    sshd::{Login, Sshd},
    support::Case,
};
use regex::Regex;
use rustix::{
    net::sockopt::socket_peercred,
    process::{Pid, Signal, kill_process},
};
use std::{collections::BTreeSet, fs, os::unix::net::UnixStream, thread};
use switchback::{model::record::Body, run_state::RunState};

const EDITS: usize = 24;
const HOP: &str = "1.x-to-2.0.yaml";
const QUESTION: &str = "asks before the point of no return";

/// Where the run is when the failure hits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    Backup,
    Edit,
    Command,
    Question,
}

/// What happens to the connection.
#[derive(Clone, Copy, Debug)]
enum Blow {
    /// The client is killed with SIGKILL.
    Killed,
    /// The sshd of this session is killed with SIGKILL.
    CutOff,
    /// The client is stopped while its connection fills up and the run goes on, then continued.
    Frozen,
    /// The same, but another login takes the run over, and the client is killed.
    FrozenForGood,
}

const MOMENTS: [Moment; 4] = [
    Moment::Backup,
    Moment::Edit,
    Moment::Command,
    Moment::Question,
];
const BLOWS: [Blow; 4] = [
    Blow::Killed,
    Blow::CutOff,
    Blow::Frozen,
    Blow::FrozenForGood,
];

/// A backup and a step that wait for us, edits that take a while, and a point of no return.
fn product() -> Case {
    let case = case(&format!("seq 1 5000; {WAITS}"));
    fs::create_dir(case.root.join("settings")).expect("a folder");
    let mut config = "config:\n".to_owned();
    for n in 0..EDITS {
        let file = format!("settings/{n}.toml");
        fs::write(case.root.join(&file), "[log]\nlevel = \"debug\"\n").expect("written");
        config += &format!(
            "  - edit: {{file: {file}, changes: [{{set: log.level, value: info, severity: required, \
             because: quiet, cites: [N-1]}}]}}\n"
        );
    }
    case.pack_edit(HOP, "environment:\n", &(config + "environment:\n"));
    let saved = "echo saved >>saved; while test -e saved && ! test -e save; do sleep 0.01; done; \
                 cp VERSION \"$0\"";
    let backup = format!(
        "backup:
  - command:
      id: notes
      title: The notes
      run: {{command: [sh, -c, '{saved}', '{{{{backup}}}}/notes']}}
      produces: notes
      verify: {{command: {{command: [cat, '{{{{backup}}}}/notes'], expect: {{stdout: '1.4'}}}}}}
      restore: {{command: [cp, '{{{{backup}}}}/notes', VERSION]}}
"
    );
    case.pack_edit(HOP, "backup:\n", &backup);
    let seal = "    cites: [N-2]
  - id: seal
    title: Seal the notes
    do: {run: {command: [sh, -c, 'echo sealed >>sealed']}}
    irreversible: true
    cites: [N-2]
";
    case.pack_edit(HOP, "    cites: [N-2]\n", seal);
    case
}

impl Moment {
    /// Follows the screens' suggestions until the run has reached this moment.
    fn come(self, case: &Case, login: &mut Login) {
        let session = &mut login.session;
        match self {
            Self::Backup => walk_until(session, "the backup", |screen| {
                case.root.join("saved").exists() && screen.contains(self.words())
            }),
            Self::Edit => {
                walk(session, "Change the product now?");
                session.type_keys("y");
                while edits_begun(case) < EDITS / 4 {
                    thread::yield_now();
                }
                // An edit cannot be held up in any other way.
                kill_process(worker(case), Signal::STOP).expect("it can be told");
                let begun = edits_begun(case);
                assert!(begun < EDITS, "the edits were too fast for us: {begun}");
            }
            Self::Command => walk_until(session, "the command", |screen| {
                case.root.join("begun").exists() && screen.contains(self.words())
            }),
            Self::Question => {
                walk(session, self.words());
                // Half of the words to be typed.
                session.type_keys("\r");
                session.wait_for("to go on:");
                session.type_keys("no ret");
                session.wait_for("no ret_");
            }
        }
    }

    /// What the screen shows at this moment.
    fn words(self) -> &'static str {
        match self {
            Self::Backup => "Enter: nothing — it is running",
            Self::Edit => "› Apply",
            Self::Command => "running",
            Self::Question => QUESTION,
        }
    }

    /// Lets the run go on.
    fn release(self, case: &Case) {
        match self {
            Self::Backup => fs::write(case.root.join("save"), "").expect("written"),
            Self::Edit => kill_process(worker(case), Signal::CONT).expect("it can be told"),
            Self::Command => let_it_end(case),
            Self::Question => {}
        }
    }

    /// Whether the run has gone on from here, to its next question or to the next of these moments.
    fn passed(self, case: &Case) -> bool {
        match self {
            Self::Backup => {
                let verified = |body: &Body| matches!(body, Body::BackupVerified(_));
                records(case).iter().any(|record| verified(&record.body))
            }
            Self::Edit => case.root.join("begun").exists(),
            Self::Command => state(case).paused.is_some(),
            Self::Question => true,
        }
    }
}

impl Blow {
    fn falls(self, login: &mut Login) {
        let client = login.session.pid();
        let tell = |whom, signal| kill_process(whom, signal).expect("it can be told");
        match self {
            Self::Killed => tell(client, Signal::KILL),
            Self::CutOff => tell(login.served_by, Signal::KILL),
            Self::Frozen | Self::FrozenForGood => {
                tell(client, Signal::STOP);
                return login.fill();
            }
        }
        login.session.child.wait().expect("the client ends");
        login.has_ended();
    }

    /// Whether the run must go on before anybody comes back.
    fn is_long(self) -> bool {
        match self {
            Self::CutOff | Self::Frozen => true,
            Self::Killed | Self::FrozenForGood => false,
        }
    }

    /// The login with which the test goes on.
    fn back(self, sshd: &Sshd, mut login: Login) -> Login {
        let client = login.session.pid();
        match self {
            Self::Killed | Self::CutOff => sshd.login(&["attach"]),
            Self::Frozen => {
                assert!(login.takes_nothing(), "the line was full all the time");
                kill_process(client, Signal::CONT).expect("it can be told");
                login
            }
            Self::FrozenForGood => {
                let mut again = sshd.login(&["attach"]);
                again.session.wait_for("t take over");
                again.session.type_keys("t");
                again.session.wait_for("y: yes");
                again.session.type_keys("y");
                let ours = |again: &Session| !again.text().contains("take over");
                again.session.wait("the run in our hands", ours);
                assert!(login.takes_nothing(), "the line was full all the time");
                kill_process(client, Signal::KILL).expect("it can be told");
                login.session.child.wait().expect("the client ends");
                login.has_ended();
                again
            }
        }
    }
}

fn state(case: &Case) -> RunState {
    RunState::fold(&records(case)).expect("a state")
}

fn edits_begun(case: &Case) -> usize {
    let journal = fs::read(run_folder(case).join("journal")).expect("a journal");
    let text = String::from_utf8_lossy(&journal);
    text.matches("\"step_started\"").count()
}

fn worker(case: &Case) -> Pid {
    let line = UnixStream::connect(run_folder(case).join("worker.sock")).expect("a worker");
    socket_peercred(&line).expect("who it is").pid
}

fn lines(case: &Case, file: &str) -> usize {
    let text = fs::read_to_string(case.root.join(file)).expect("a file");
    text.lines().count()
}

/// Walks one run, with a different failure at each moment.
fn walked_through(first_blow: usize) {
    let case = product();
    let sshd = Sshd::start(&case.command(&[]));
    let (pack, digest) = (case.pack.to_string_lossy().into_owned(), case.digest());
    let mut login = sshd.login(&["--pack", &pack, "--trust", &digest]);
    for (n, moment) in MOMENTS.into_iter().enumerate() {
        let blow = BLOWS[(first_blow + n) % BLOWS.len()];
        moment.come(&case, &mut login);
        blow.falls(&mut login);
        // A stopped worker answers nobody, so it must go on first.
        let goes_on_alone = blow.is_long() || moment == Moment::Edit;
        if goes_on_alone {
            moment.release(&case);
            let what = format!("{moment:?}, {blow:?}: what comes after it");
            until(&what, || moment.passed(&case));
        }
        login = blow.back(&sshd, login);
        if !goes_on_alone {
            login.session.wait_for(moment.words());
            moment.release(&case);
        }
    }
    past_the_question(&mut login);
    walk(&mut login.session, "Enter: leave — the upgrade is done");
    login.session.type_keys("\r");
    login.session.wait_for("Leave switchback?");
    login.session.type_keys("y");
    login.has_ended();
    let end = login.session.child.wait().expect("the client ends");
    assert_eq!(end.exit_code(), 0);
    nothing_is_lost_and_nothing_ran_twice(&case);
}

/// Types the requested words, even if some of them were typed before.
fn past_the_question(login: &mut Login) {
    let session = &mut login.session;
    session.wait("the question", |session| {
        let screen = session.text();
        screen.contains(QUESTION) || screen.contains("no ret_")
    });
    if session.text().contains(QUESTION) {
        session.type_keys("\r");
        session.wait_for("to go on:");
    } else {
        session.type_keys("\x15");
    }
    let words = Regex::new(r"Type\s+(no return \S+)").expect("a pattern");
    let screen = session.text();
    let words = words.captures(&screen).expect("the words to type")[1].to_owned();
    session.type_keys(&words);
    session.wait_for("Enter: go past the point of no return");
    session.type_keys("\r");
}

fn nothing_is_lost_and_nothing_ran_twice(case: &Case) {
    assert_eq!(state(case).word(), "done");
    let records = records(case);
    let started: Vec<String> = records
        .iter()
        .filter_map(|record| match &record.body {
            Body::StepStarted { step, .. } => Some(step.to_string()),
            _another_record => None,
        })
        .collect();
    // The settings, the environment, the switch, the seal.
    assert_eq!(started.len(), EDITS + 3, "{started:?}");
    let once: BTreeSet<&String> = started.iter().collect();
    assert_eq!(once.len(), started.len(), "{started:?}");
    assert_eq!(
        (begun(case), lines(case, "saved"), lines(case, "sealed")),
        (1, 1, 1)
    );
    for n in 0..EDITS {
        let text = fs::read_to_string(case.root.join(format!("settings/{n}.toml")));
        assert_eq!(text.expect("a file"), "[log]\nlevel = \"info\"\n");
    }
}

#[test]
fn over_ssh_a_line_that_is_cut_or_freezes_changes_nothing() {
    let all = std::env::var("SWITCHBACK_DROPPED_LINES").is_ok_and(|said| said == "all");
    let runs = if all { BLOWS.len() } else { 1 };
    for first_blow in 0..runs {
        walked_through(first_blow);
    }
}
