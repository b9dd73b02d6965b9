//! The product on which the screens are tested: a workflow engine on its way from 0.5.0 to 1.2.0.

use switchback::{
    diff::{self, Kind},
    engine::undo_preview::{Fate, LaterEdit, UndoLine, UndoPreview},
    model::{
        digest::Digest,
        edit::{Edit, Op},
        finding::{
            ChoiceOption, FileChange, Finding, FindingKind, Place, ProposedChange, Safety,
            SourceLine,
        },
        format::Format,
        ids::{CheckId, GuideId, InputName, RuleId, RunId, StepId},
        path::RelPath,
        plan::{
            Answered, PLAN_FORMAT, Plan, PlanHop, PlannedBackup, PlannedCheck, PlannedRollback,
            PlannedStep, StepBody, Undo,
        },
        record::{
            Body, CheckVerdict, Done, JOURNAL_FORMAT, Phase, Record, RunEnd, Saved, Undone,
            Verified, Who,
        },
        release::Release,
        route::Route,
        rule::{
            Action, Ask, BackupCommand, Check, Hint, Level, Note, NoteKind, Probe, Run, Severity,
        },
        survey::{BlindSpot, FileMeta, ReleaseSighting},
        template::Template,
        text::Shown,
    },
    run_state::{RunState, RunStatus, StepView},
    tui::backend::{
        GoesBack, InputView, PackView, ReviewView, RunLine, Snippet, StartView, VariantOption,
        VariantView,
    },
};

pub const HOST: &str = "web-03";
const BEGIN_MS: u64 = 1_700_000_000_000;

pub fn release(text: &str) -> Release {
    Release::try_from(text).expect("a release")
}

pub fn who() -> Who {
    Who {
        user: "mara".into(),
        host: HOST.into(),
        pid: 4711,
    }
}

fn hops() -> Vec<PlanHop> {
    let hop = |from: &str, to: &str, title: &str, why: &str| PlanHop {
        file: format!("{from}-to-{to}.yaml"),
        from: release(from),
        to: release(to),
        title: title.into(),
        why: why.into(),
    };
    vec![
        hop(
            "0.5.0",
            "1.0.0",
            "GraphQL Federation",
            "1.0.0 is a required stop: it moves the event store",
        ),
        hop(
            "1.0.0",
            "1.1.0",
            "Tenants",
            "the rules know no way round it",
        ),
        hop("1.1.0", "1.2.0", "Audit log", "the target"),
    ]
}

pub fn start() -> StartView {
    StartView {
        title: "AI Workflow Engine".into(),
        host: HOST.into(),
        root: "/srv/engine".into(),
        packs: vec![PackView {
            id: "workflow-engine".into(),
            title: "AI Workflow Engine".into(),
            why: "bundled".into(),
            chosen: true,
        }],
        sightings: vec![
            ReleaseSighting {
                title: "workflow-engine --version".into(),
                answer: Ok(release("0.5.0")),
            },
            ReleaseSighting {
                title: "http://localhost:8080/health".into(),
                answer: Ok(release("0.5.0")),
            },
            ReleaseSighting {
                title: "Cargo.lock".into(),
                answer: Err("there is no such file".into()),
            },
        ],
        agreeing: [0, 1].into(),
        newest: false,
        from: Some(release("0.5.0")),
        to: Some(release("1.2.0")),
        targets: vec![release("1.2.0"), release("1.0.0")],
        variants: vec![VariantView {
            name: "install".into(),
            options: vec![
                VariantOption {
                    id: "docker".into(),
                    title: "docker compose".into(),
                    fits: true,
                    why: "fits: docker-compose.yml is there".into(),
                },
                VariantOption {
                    id: "git".into(),
                    title: "a checkout, built here".into(),
                    fits: false,
                    why: "does not fit: the folder .git is not there".into(),
                },
            ],
            chosen: Some("docker".into()),
            said: false,
        }],
        hops: hops(),
        runs: vec![RunLine {
            id: RunId::new("7b21f0c49d7e4c0fa1b2c3d4e5f60718"),
            at: "2026-10-02 23:40".into(),
            from: "0.4.2".into(),
            to: "0.5.0".into(),
            status: RunStatus::Ended(RunEnd::Done),
            by: "mara@web-03".into(),
            can_go_back: false,
            live: false,
            goes_back: GoesBack::Never,
            pulled: false,
            damaged: None,
        }],
        unreadable: Vec::new(),
        blind_spots: vec![BlindSpot {
            source: "systemd unit workflow-engine.service".into(),
            why: "systemctl is not here".into(),
        }],
        open: None,
    }
}

pub fn unfinished_run() -> RunLine {
    RunLine {
        id: RunId::new("0f3a9b5c1d2e4f60718293a4b5c6d7e8"),
        at: "2026-11-21 02:14".into(),
        from: "0.5.0".into(),
        to: "1.2.0".into(),
        status: RunStatus::Failed,
        by: "mara@web-03".into(),
        can_go_back: true,
        live: false,
        goes_back: GoesBack::Never,
        pulled: false,
        damaged: None,
    }
}

pub fn finding(id: &str, severity: Severity, title: &str) -> Finding {
    Finding {
        id: RuleId::new(id),
        hop: 0,
        severity,
        kind: FindingKind::Renamed,
        title: title.into(),
        summary: "renamed".into(),
        because: None,
        if_left: None,
        places: Vec::new(),
        sources: Vec::new(),
        changes: Vec::new(),
        safety: Safety::Safe { optional: false },
        input: None,
        cites: Vec::new(),
        doubt: None,
    }
}

pub fn change(file: &str, route: &str, option: Option<&str>) -> ProposedChange {
    ProposedChange {
        file: file.try_into().expect("a path"),
        format: Format::Yaml,
        what: FileChange::Edit(Edit::new(route.parse().expect("a route"), Op::Remove)),
        option: option.map(str::to_owned),
    }
}

fn place(file: &str, line: usize) -> Place {
    Place {
        file: file.into(),
        line: Some(line),
    }
}

fn row(kind: Kind, line: usize, text: &str) -> diff::Row {
    diff::Row {
        kind,
        old_line: Some(line).filter(|_| kind != Kind::New),
        new_line: Some(line).filter(|_| kind != Kind::Gone),
        text: text.into(),
        marks: Vec::new(),
        open_end: false,
        left_out: String::new(),
    }
}

fn env_diff() -> Vec<diff::Row> {
    let mut gone = row(
        Kind::Gone,
        12,
        "JWT_SECRET_KEY=•••••• (14 chars) # rotate yearly",
    );
    gone.marks.push(0..14);
    let mut new = row(
        Kind::New,
        12,
        "JWT_SECRET=‹asked under Inputs› # rotate yearly",
    );
    new.marks.push(0..10);
    vec![
        row(Kind::Same, 11, "# tokens"),
        gone,
        new,
        row(Kind::Same, 13, "PORT=8080"),
    ]
}

/// The value that can be typed for the limit.
fn typed_limit() -> InputView {
    InputView {
        name: InputName::new("1.0.0/config/policy"),
        ask: "the value of limit in policies/default.yaml".into(),
        because: Some("needed for: limit".into()),
        secret: false,
        needed: true,
        rule: Some("a value as YAML writes it: 600, \"a text\", [a, b]".into()),
        can_generate: false,
        answer: None,
        how: None,
        files: Vec::new(),
        problems: Vec::new(),
    }
}

/// The review once the limit was typed.
pub fn with_limit(mut review: ReviewView, limit: &str) -> ReviewView {
    let typed = typed_limit().name;
    let policy = review.findings.iter_mut();
    for finding in policy.filter(|finding| finding.id.as_str() == typed.as_str()) {
        if let Safety::Decide { options, .. } = &mut finding.safety {
            let edit = options.iter_mut().filter(|option| option.id == "edit");
            edit.for_each(|option| option.label = format!("the value that you typed: {limit}"));
        }
        let made = review.snippets.entry(finding.id.clone()).or_default();
        made.retain(|snippet| snippet.option.as_deref() != Some("edit"));
        made.push(Snippet {
            file: "policies/default.yaml".into(),
            option: Some("edit".into()),
            rows: vec![
                row(Kind::Gone, 7, "limit: 200"),
                row(Kind::New, 7, &format!("limit: {limit}")),
            ],
        });
    }
    review
}

pub fn review() -> ReviewView {
    let mut jwt = finding(
        "1.0.0/env/JWT_SECRET",
        Severity::Breaking,
        "JWT_SECRET_KEY → JWT_SECRET",
    );
    jwt.summary = "renamed, required, too short".into();
    jwt.because = Some("The new release does not start without it; at least 32 characters.".into());
    jwt.if_left =
        Some("workflow-engine exits with \"Missing required environment variable\"".into());
    jwt.places = vec![place(".env", 12)];
    jwt.sources = vec![
        SourceLine {
            source: "docker-compose.yml".into(),
            line: Some(31),
            value: Shown::Masked { chars: 9 },
            wins: false,
        },
        SourceLine {
            source: ".env".into(),
            line: Some(12),
            value: Shown::Masked { chars: 14 },
            wins: true,
        },
    ];
    jwt.input = Some(InputName::new("jwt_secret"));
    jwt.cites = vec![GuideId::new("WE-011")];
    jwt.doubt = Some("its own example has 24 characters and is refused by the program".into());
    let mut url = finding(
        "1.0.0/env/DATABASE_URL",
        Severity::Breaking,
        "DB_URL → DATABASE_URL",
    );
    url.places = vec![place(".env", 9)];
    let mut toml = finding(
        "1.0.0/config/jwt",
        Severity::Required,
        "[jwt] secret → [auth] jwt_secret",
    );
    toml.kind = FindingKind::Config;
    toml.summary = "moved".into();
    toml.places = vec![place("config.toml", 14)];
    let mut policy = finding(
        "1.0.0/config/policy",
        Severity::Required,
        "policies/default.yaml was changed here",
    );
    policy.kind = FindingKind::Config;
    policy.summary = "you and the new release changed the same key".into();
    policy.places = vec![place("policies/default.yaml", 7)];
    policy.safety = Safety::Decide {
        question: "Which limit should apply?".into(),
        options: vec![
            ChoiceOption {
                id: "keep_mine".into(),
                label: "keep mine: 500".into(),
                typed: None,
            },
            ChoiceOption {
                id: "take_theirs".into(),
                label: "take the new one: 100".into(),
                typed: None,
            },
            ChoiceOption {
                id: "edit".into(),
                label: "a value that you type".into(),
                typed: Some(typed_limit().name),
            },
        ],
        note: Some("both is not offered: the key holds one value".into()),
    };
    let mut cors = finding(
        "1.0.0/config/cors",
        Severity::Recommended,
        "[server] cors_origins",
    );
    cors.summary = "new key with a default".into();
    let mut slack = finding("1.1.0/env/SLACK", Severity::Optional, "SLACK_WEBHOOK");
    slack.kind = FindingKind::Addition;
    slack.summary = "reports to a channel".into();
    slack.safety = Safety::OptIn;
    let mut port = finding("1.0.0/env/PORT", Severity::Info, "PORT");
    port.kind = FindingKind::Unchanged;
    port.summary = "stays 8080".into();
    port.safety = Safety::Nothing;
    let mut done = finding("1.0.0/env/LOG", Severity::Required, "LOG → LOG_LEVEL");
    done.kind = FindingKind::AlreadyDone;
    done.safety = Safety::Nothing;
    let snippet = |file: &str, option: Option<&str>, rows| Snippet {
        file: file.into(),
        option: option.map(Into::into),
        rows,
    };
    let limit = |new: &str| vec![row(Kind::Gone, 7, "limit: 200"), row(Kind::New, 7, new)];
    jwt.changes = vec![change(".env", "JWT_SECRET_KEY", None)];
    url.changes = vec![change(".env", "DB_URL", None)];
    toml.changes = vec![change("config.toml", "jwt.secret", None)];
    cors.changes = vec![change("config.toml", "server.cors_origins", None)];
    slack.changes = vec![change(".env", "SLACK_WEBHOOK", None)];
    // Keeping the current value changes nothing.
    let limit_of = |option| change("policies/default.yaml", "limit", Some(option));
    policy.changes = ["take_theirs", "edit"].map(limit_of).into();
    ReviewView {
        typed: vec![typed_limit()],
        hops: Default::default(),
        snippets: [
            (jwt.id.clone(), vec![snippet(".env", None, env_diff())]),
            (
                policy.id.clone(),
                vec![
                    snippet(
                        "policies/default.yaml",
                        Some("keep_mine"),
                        limit("limit: 500"),
                    ),
                    snippet(
                        "policies/default.yaml",
                        Some("take_theirs"),
                        limit("limit: 100"),
                    ),
                ],
            ),
        ]
        .into(),
        files: vec![
            snippet(".env", None, env_diff()),
            snippet("policies/default.yaml", None, limit("limit: 500")),
        ],
        notes: vec![Note {
            kind: NoteKind::Breaking,
            text: "JWT_SECRET is required and has no default".into(),
            when: None,
            cites: vec![GuideId::new("WE-007")],
            doubt: None,
        }],
        statements: [(
            GuideId::new("WE-011"),
            "JWT_SECRET_KEY is now called JWT_SECRET".to_owned(),
        )]
        .into(),
        findings: vec![jwt, url, toml, policy, cors, slack, port, done],
        decisions: [].into(),
    }
}

pub fn inputs() -> Vec<InputView> {
    vec![
        InputView {
            name: InputName::new("jwt_secret"),
            ask: "Secret that signs tokens".into(),
            because: Some("Everybody who knows it can log in as anybody.".into()),
            secret: true,
            needed: true,
            rule: Some("at least 32 characters; not a known example".into()),
            can_generate: true,
            answer: None,
            how: None,
            files: vec![".env".into()],
            problems: Vec::new(),
        },
        InputView {
            name: InputName::new("gateway_port"),
            ask: "Port of the GraphQL gateway".into(),
            because: None,
            secret: false,
            needed: false,
            rule: Some("a number".into()),
            can_generate: false,
            answer: Some(Shown::Clear("4000".into())),
            how: Some(Answered::Default),
            files: Vec::new(),
            problems: Vec::new(),
        },
    ]
}

pub fn command(words: &[&str]) -> Run {
    Run {
        command: words
            .iter()
            .map(|word| Template::parse(word).expect("a template"))
            .collect(),
        ..Run::default()
    }
}

pub fn check(id: &str, title: &str, probe: Probe) -> PlannedCheck {
    PlannedCheck {
        id: CheckId::new(id),
        hop: 0,
        check: Check {
            id: id.into(),
            title: title.into(),
            probe,
            level: Level::Block,
            because: None,
            remedy: None,
            fix: None,
            in_a_row: None,
            when: None,
            cites: Vec::new(),
            doubt: None,
        },
    }
}

fn step(id: &str, hop: usize, title: &str, body: StepBody, undo: Undo) -> PlannedStep {
    PlannedStep {
        id: StepId::new(id),
        hop,
        title: title.into(),
        body,
        undo,
        done_if: None,
        then: Vec::new(),
        idempotent: false,
        because: None,
        cites: Vec::new(),
        doubt: None,
    }
}

fn runs(words: &[&str]) -> StepBody {
    StepBody::Do(Action::Run(command(words)))
}

fn edits(file: &str, count: usize) -> StepBody {
    let edit = Edit::new(Route::key("a"), Op::Remove);
    StepBody::Edit {
        file: file.try_into().expect("a path"),
        format: Format::DOTENV,
        edits: vec![edit; count],
    }
}

pub fn plan() -> Plan {
    let mut disk = check(
        "disk",
        "2.0 GiB free for dump, copy and restore",
        Probe::ShellTimeout {},
    );
    disk.check.remedy = Some("Delete old dumps in /var/backups.".into());
    let mut tool = check("diesel", "diesel 2.1 or newer", Probe::Clock {});
    tool.check.fix = Some(Action::Run(command(&["cargo", "install", "diesel_cli"])));
    let undo = |words: &[&str]| Undo::Action(Action::Run(command(words)));
    Plan {
        format: PLAN_FORMAT,
        program: "switchback 0.1.0".into(),
        product: "workflow-engine".into(),
        title: "AI Workflow Engine".into(),
        pack: Digest::of(b"pack"),
        signed: None,
        host: HOST.into(),
        root: "/srv/engine".into(),
        from: release("0.5.0"),
        to: release("1.2.0"),
        hops: hops(),
        targets: [].into(),
        variables: [].into(),
        findings: Vec::new(),
        decisions: [].into(),
        inputs: [].into(),
        databases: Default::default(),
        variants: [].into(),
        services: [].into(),
        checklist: vec![
            check("told", "The users know of the downtime", Probe::Manual {
                text: "About four minutes without service.".into(),
            }),
            disk,
            tool,
            check("port", "Port 4000 is free", Probe::Clock {}),
        ],
        backup: PlannedBackup {
            files: vec![
                ".env".try_into().expect("a path"),
                "config.toml".try_into().expect("a path"),
            ],
            databases: Vec::new(),
            commands: vec![BackupCommand {
                id: "ai_workflow".into(),
                title: "database ai_workflow".into(),
                run: command(&["pg_dump"]),
                produces: "ai_workflow.dump".try_into().expect("a path"),
                verify: Probe::Clock {},
                restore: command(&["pg_restore"]),
                when: None,
                cites: Vec::new(),
                doubt: None,
            }],
        },
        steps: vec![
            step("1.0.0/stop", 0, "stop workflow-engine", runs(&["systemctl", "stop", "engine"]), undo(&["systemctl", "start", "engine"])),
            step("1.0.0/env", 0, "edit .env", edits(".env", 3), Undo::File),
            step("1.0.0/config", 0, "edit config.toml", edits("config.toml", 5), Undo::File),
            step("1.0.0/migrate", 0, "diesel migration run", runs(&["diesel", "migration", "run"]), Undo::Restore("ai_workflow".into())),
            step("1.0.0/store", 0, "migrate event store", runs(&["engine", "migrate-store"]), Undo::Irreversible),
            step("1.1.0/ask", 1, "tell the receivers of webhooks", StepBody::Do(Action::Ask(Ask {
                text: "Write to the three receivers that the signature has changed.".into(),
                shows: None,
                undo_to: None,
            })), Undo::Stays),
            step("1.2.0/start", 2, "start workflow-engine", runs(&["systemctl", "start", "engine"]), undo(&["systemctl", "stop", "engine"])),
        ],
        verify: vec![
            check("health", "/health says 1.2.0, 5 in a row", Probe::Clock {}),
            check("login", "a token of the new secret is accepted", Probe::Clock {}),
        ],
        rollback: PlannedRollback {
            steps: vec![step("rollback/start", 0, "start workflow-engine 0.5.0", runs(&["systemctl", "start", "engine"]), Undo::Harmless)],
            checks: vec![check("old-health", "/health says 0.5.0, 5 in a row", Probe::Clock {})],
            notes: Vec::new(),
        },
        emergency: Vec::new(),
        hints: vec![Hint {
            error: "relation .* does not exist".to_owned().try_into().expect("a pattern"),
            remedy: "the base tables come from scripts/init-db.sql and create_event_store.sql; diesel does not run them.".into(),
            fix: Some(Action::Run(command(&["psql", "-f", "scripts/init-db.sql"]))),
            cites: vec![GuideId::new("WE-098")],
        }],
        notes: Vec::new(),
        usages: Vec::new(),
        usages_after: Vec::new(),
        remedies: [].into(),
    }
}

/// The same with two emergency steps.
pub fn plan_with_switches() -> Plan {
    let undo = |words: &[&str]| Undo::Action(Action::Run(command(words)));
    let mut policies = step(
        "1.0.0/policies",
        0,
        "Turn every policy off",
        runs(&["wectl", "policies", "off"]),
        undo(&["wectl", "policies", "on"]),
    );
    policies.because = Some("agents run unchecked while it is pulled".into());
    let drain = step(
        "1.0.0/drain",
        0,
        "Take no new work",
        runs(&["wectl", "drain"]),
        Undo::Stays,
    );
    Plan {
        emergency: vec![policies, drain],
        ..plan()
    }
}

/// Writes a run's records, two seconds apart.
#[derive(Clone)]
pub struct Recorder {
    pub records: Vec<Record>,
}

impl Recorder {
    pub fn new(plan: Plan) -> Self {
        let mut recorder = Self {
            records: Vec::new(),
        };
        recorder.push(Body::RunStarted {
            format: JOURNAL_FORMAT,
            run: RunId::new("0f3a9b5c1d2e4f60718293a4b5c6d7e8"),
            number: 1,
            by: who(),
            plan: plan.into(),
            agreed: false,
        });
        recorder
    }

    pub fn push(&mut self, body: Body) -> &mut Self {
        let seq = self.records.len() as u64;
        self.records.push(Record {
            seq,
            at_ms: BEGIN_MS + seq * 2_000,
            body,
        });
        self
    }

    pub fn state(&self) -> RunState {
        RunState::fold(&self.records).expect("a legal run")
    }

    pub fn check(&mut self, id: &str, verdict: CheckVerdict, detail: &str) -> &mut Self {
        self.push(Body::CheckDone {
            id: CheckId::new(id),
            verdict,
            detail: detail.into(),
        })
    }

    pub fn started(&mut self, step: &str) -> &mut Self {
        self.push(Body::StepStarted {
            step: StepId::new(step),
            attempt: 1,
        })
    }

    pub fn done(&mut self, step: &str, detail: &str) -> &mut Self {
        self.started(step).push(Body::StepDone {
            step: StepId::new(step),
            how: Done::Ran,
            detail: detail.into(),
            rows: 0,
            took_ms: 2_000,
        })
    }

    pub fn checklist_blocked(&mut self) -> &mut Self {
        self.check(
            "disk",
            CheckVerdict::Blocked,
            "1.1 GiB free, 2.0 GiB needed",
        )
        .check(
            "diesel",
            CheckVerdict::CouldNotCheck,
            "diesel: no such command",
        )
        .check("port", CheckVerdict::Ok, "nothing listens on 4000")
    }

    pub fn checklist_passed(&mut self) -> &mut Self {
        self.checklist_blocked()
            .check("told", CheckVerdict::Ok, "marked by mara")
            .check("disk", CheckVerdict::Ok, "3.0 GiB free")
            .push(Body::CheckWaived {
                id: CheckId::new("diesel"),
                reason: "runs in the container".into(),
                by: who(),
            })
    }

    pub fn backing_up(&mut self) -> &mut Self {
        self.checklist_passed()
            .push(Body::PhaseEntered {
                phase: Phase::Backup,
            })
            .push(Body::Saved {
                what: Saved::File {
                    path: ".env".try_into().expect("a path"),
                    digest: Digest::of(b"env"),
                    bytes: 1071,
                    meta: FileMeta {
                        mode: 0o640,
                        uid: 1000,
                        gid: 1000,
                        mtime_ns: 0,
                        xattrs: [].into(),
                    },
                    at: None,
                },
            })
    }

    pub fn backed_up(&mut self) -> &mut Self {
        self.backing_up()
            .push(Body::Saved {
                what: Saved::Command {
                    id: "ai_workflow".into(),
                    file: "ai_workflow.dump".into(),
                    digest: Digest::of(b"dump"),
                    bytes: 124 << 20,
                },
            })
            .push(Body::BackupVerified(Verified {
                manifest: Digest::of(b"manifest"),
                files: 3,
                bytes: (124 << 20) + 3_000,
            }))
            .push(Body::PhaseEntered {
                phase: Phase::Apply,
            })
    }

    pub fn pulled(&mut self) -> &mut Self {
        self.failed().pull()
    }

    pub fn pull(&mut self) -> &mut Self {
        let step = || StepId::new("1.0.0/policies");
        self.push(Body::EmergencyPulled {
            step: step(),
            by: who(),
        })
        .push(Body::StepDone {
            step: step(),
            how: Done::Ran,
            detail: "exit 0".into(),
            rows: 0,
            took_ms: 1_000,
        })
    }

    pub fn migrating(&mut self) -> &mut Self {
        self.backed_up()
            .done("1.0.0/stop", "pid 4121, port 8080 closed")
            .done("1.0.0/env", "3 changes")
            .done("1.0.0/config", "5 changes")
            .started("1.0.0/migrate")
    }

    pub fn failed(&mut self) -> &mut Self {
        self.migrating().push(Body::StepFailed {
            step: StepId::new("1.0.0/migrate"),
            error: "exit 1".into(),
            hint: Some(0),
            took_ms: 4_000,
            no_effect: false,
        })
    }

    pub fn unknown(&mut self) -> &mut Self {
        self.migrating().push(Body::StepUnknown {
            step: StepId::new("1.0.0/migrate"),
            why: "the worker ended while it ran, and its probe gives no answer".into(),
        })
    }

    pub fn before_no_return(&mut self) -> &mut Self {
        self.migrating().push(Body::StepDone {
            step: StepId::new("1.0.0/migrate"),
            how: Done::Ran,
            detail: "12 migrations".into(),
            rows: 0,
            took_ms: 9_000,
        })
    }

    pub fn asking(&mut self) -> &mut Self {
        self.before_no_return()
            .push(Body::Consented {
                step: StepId::new("1.0.0/store"),
                by: who(),
            })
            .done("1.0.0/store", "4,120 events")
            .started("1.1.0/ask")
            .push(Body::Paused {
                why: "a person has to do this step".into(),
            })
    }

    pub fn applied(&mut self) -> &mut Self {
        self.asking()
            .push(Body::StepDone {
                step: StepId::new("1.1.0/ask"),
                how: Done::ByHand,
                detail: "done by mara".into(),
                rows: 0,
                took_ms: 0,
            })
            .done("1.2.0/start", "pid 4388")
            .push(Body::PhaseEntered {
                phase: Phase::Verify,
            })
    }

    pub fn verify_waits(&mut self) -> &mut Self {
        self.applied()
            .check("health", CheckVerdict::Ok, "1.2.0, 5 of 5")
            .check("login", CheckVerdict::CouldNotCheck, "connection refused")
    }

    pub fn verified(&mut self) -> &mut Self {
        self.verify_waits()
            .check("login", CheckVerdict::Ok, "200, token accepted")
    }

    pub fn ended(&mut self) -> &mut Self {
        self.verified().push(Body::Finished { end: RunEnd::Done })
    }

    pub fn going_back(&mut self) -> &mut Self {
        self.failed()
            .push(Body::RollbackStarted {
                by: who(),
                reason: "asked for by the operator".into(),
                over_later_edits: false,
            })
            .push(Body::UndoStarted {
                step: StepId::new("1.0.0/migrate"),
            })
            .push(Body::UndoDone {
                step: StepId::new("1.0.0/migrate"),
                how: Undone::Ran,
                detail: "restored 124 MB".into(),
            })
    }

    pub fn undone(&mut self) -> &mut Self {
        self.going_back();
        for (step, detail) in [
            ("1.0.0/config", "as it was"),
            ("1.0.0/env", "as it was"),
            ("1.0.0/stop", "pid 4402"),
        ] {
            let step = || StepId::new(step);
            self.push(Body::UndoStarted { step: step() })
                .push(Body::UndoDone {
                    step: step(),
                    how: Undone::Ran,
                    detail: detail.into(),
                });
        }
        self
    }

    pub fn rolled_back(&mut self) -> &mut Self {
        self.undone().back_again()
    }

    /// Everything is undone: the old release, and its proof.
    pub fn back_again(&mut self) -> &mut Self {
        self.done("rollback/start", "pid 4402")
            .check("old-health", CheckVerdict::Ok, "0.5.0, 5 of 5")
            .push(Body::BytesProved {
                files: 3,
                others: None,
            })
            .push(Body::Finished {
                end: RunEnd::RolledBack,
            })
    }

    pub fn undoing(&mut self) -> &mut Self {
        self.going_back().push(Body::UndoStarted {
            step: StepId::new("1.0.0/config"),
        })
    }

    /// A step of the way back itself fails.
    pub fn stuck_after(&mut self) -> &mut Self {
        self.undone()
            .started("rollback/start")
            .push(Body::StepFailed {
                step: StepId::new("rollback/start"),
                error: "the port 8080 is taken".into(),
                hint: None,
                took_ms: 1200,
                no_effect: false,
            })
    }

    pub fn stuck(&mut self) -> &mut Self {
        self.undoing().push(Body::UndoFailed {
            step: StepId::new("1.0.0/config"),
            error: "config.toml: the file system is read-only; make it writable, then try again"
                .into(),
            unknown: false,
        })
    }
}

/// The fate of a step in this preview.
pub fn undone(preview: &UndoPreview, view: &StepView) -> UndoLine {
    let known = preview.steps.iter().find(|line| line.step == view.step.id);
    known.cloned().unwrap_or_else(|| {
        let (step, title) = (view.step.id.as_str(), &view.step.title);
        undo(step, title, "as it was before")
    })
}

fn undo(step: &str, title: &str, becomes: &str) -> UndoLine {
    UndoLine {
        step: StepId::new(step),
        title: title.into(),
        becomes: becomes.into(),
        fate: Fate::Undone,
        later_edit: None,
        warnings: Vec::new(),
        nothing_lost: None,
        restores: false,
    }
}

pub fn later_edit(file: &str) -> LaterEdit {
    LaterEdit {
        file: RelPath::try_from(file).expect("a path"),
        removed: false,
        written: None,
    }
}

pub fn preview() -> UndoPreview {
    let mut database = undo(
        "1.0.0/migrate",
        "diesel migration run",
        "database ai_workflow restored, 124 MB, about 40 s",
    );
    database.restores = true;
    database.warnings = vec![
        "will be lost: orders: 12 rows more; sessions: 340 rows more; written to main since \
              its backup"
            .into(),
    ];
    let mut env = undo("1.0.0/env", "edit .env", "as in the backup, 1,071 bytes");
    env.later_edit = Some(later_edit(".env"));
    env.warnings = vec!["edited at 02:31: your version is kept in later-edits/".into()];
    UndoPreview {
        at_ms: BEGIN_MS,
        ended: None,
        steps: vec![
            database,
            undo(
                "1.0.0/config",
                "edit config.toml",
                "as in the backup, 2,114 bytes",
            ),
            env,
            undo(
                "1.0.0/stop",
                "stop workflow-engine",
                "runs: systemctl start engine",
            ),
        ],
        after: vec![
            "start workflow-engine 0.5.0".into(),
            "check: /health says 0.5.0, 5 in a row".into(),
        ],
        notes: vec!["Webhooks that were sent stay sent: tell their receivers.".into()],
    }
}

pub const REPORT: &str = "# AI Workflow Engine: 0.5.0 → 1.2.0\n\n- **done** on web-03 in `/srv/engine`\n- folder `/var/lib/switchback/runs/0f3a9b5c1d2e4f60718293a4b5c6d7e8/backup/RESTORE.md`\n- back with `switchback rollback 0f3a9b5c1d2e4f60718293a4b5c6d7e8 --yes`\n- 7 steps, 3 files changed\n\n## Waivers\n\n- diesel 2.1 or newer: runs in the container (mara)\n\n## Left to do by hand\n\n- rotate JWT_SECRET yearly\n";
