//! Services with real processes: stopped and started by commands, by systemd and by compose (both
//! played by scripts), the stubborn ones too; and those that answer and are not the service.

use super::{small::Product, worker::kill_both};
use std::time::Duration;

const BY_COMMAND: &str = "  app:
    title: the app
    port: 'PORT'
    release: {url: 'http://127.0.0.1:PORT/', json: version}
    stop_within: 1s
    start_within: 10s
    ways:
      - by:
          command:
            start: {command: [setsid, --fork, python3, app.py, 'PORT', MODE], leaves_running: true}
            pid_file: run/app.pid
            log: app.log
";

const ROAD: &str = "checklist:
  - {id: before, title: it runs, level: block,
     probe: {service: {name: app, is: running, release: '{{from}}'}}}
before:
  - {id: stop, title: Stop it, do: {stop: app}}
apply:
  - {id: start, title: Start it, do: {start: app}}
verify:
  - {id: kept, title: nobody refuses, probe: {file: {path: refuse, exists: false}}}
  - {id: after, title: it runs, probe: {service: {name: app, is: running, release: '{{to}}'}}}
rollback:
  checks:
    - {id: back, title: it runs, probe: {service: {name: app, is: running, release: '{{from}}'}}}
hints:
  - {error: 'Missing required environment variable', remedy: Set SECRET.}
";

/// A check that fails, so that the run can still go back.
const GATE: &str = "verify:
  - {id: kept, title: nobody refuses, probe: {file: {path: refuse, exists: false}}}
";

fn by_command(mode: &str) -> Product {
    Product::new(&BY_COMMAND.replace("MODE", mode), ROAD)
}

#[test]
fn a_service_goes_forward_and_back_with_its_product() {
    let product = by_command("plain");
    product.start("plain");
    let (_, old) = product.answer().expect("the old release");
    product.apply_to_the_gate();
    let (release, new) = product.answer().expect("the new release");
    assert_eq!(release, "2.0.0");
    assert_ne!(old, new);
    product.rollback().ends(0, "rolled back");
    let (release, back) = product.answer().expect("the old release again");
    assert_eq!(release, "1.0.0");
    assert_ne!(back, new);
    assert_eq!(product.text("VERSION"), "1.0.0\n");
    assert_eq!(product.text("run/app.pid"), format!("{back}\n"));
}

#[test]
fn one_that_ignores_the_first_request_to_end_is_asked_again() {
    let product = by_command("plain");
    product.start("stubborn");
    product.apply().ends(0, "done, and verified");
    let said = product.output();
    assert!(said.contains("asked to end"), "{said}");
    assert!(said.contains("asked again"), "{said}");
    assert!(!said.contains("by force"), "{said}");
}

#[test]
fn one_that_ignores_every_request_is_ended_by_force_and_that_is_told() {
    let product = by_command("plain");
    product.start("deaf");
    product.apply().ends(0, "done, and verified");
    assert!(product.output().contains("ended by force"));
    assert_eq!(product.answer().expect("an answer").0, "2.0.0");
}

#[test]
fn a_page_that_says_it_cannot_answer_is_no_start_whatever_release_it_names() {
    let services = BY_COMMAND.replace("MODE", "unready");
    let services = services.replace("start_within: 10s", "start_within: 1s");
    let product = Product::new(&services, ROAD);
    product.start("unready");
    product
        .apply()
        .ends(5, "says that it cannot answer: status 503");
    product.rollback().ends(0, "rolled back");
}

#[test]
fn what_stood_in_the_log_before_a_start_is_not_told_as_its_last_words() {
    let services = BY_COMMAND.replace(
        "[setsid, --fork, python3, app.py, 'PORT', MODE]",
        "['false']",
    );
    let product = Product::new(&services, ROAD);
    product.start("plain");
    std::fs::write(product.root.join("app.log"), "words of the old release\n").expect("written");
    let said = product.apply();
    said.ends(5, "exit 1; no log says why");
    assert!(
        !said.text.contains("words of the old release"),
        "{}",
        said.text
    );
}

#[test]
fn a_child_that_keeps_the_port_is_not_forgotten() {
    let product = by_command("plain");
    product.start("parent");
    let (_, child) = product.answer().expect("an answer");
    assert_ne!(product.text("run/app.pid"), format!("{child}\n"));
    product.apply().ends(0, "done, and verified");
    assert_eq!(product.answer().expect("an answer").0, "2.0.0");
}

#[test]
fn an_old_process_that_still_answers_is_no_pass() {
    let product = by_command("plain");
    product.start("plain");
    let (_, old) = product.answer().expect("an answer");
    // Its pid file is gone, as after a crash of what started it.
    std::fs::remove_file(product.root.join("run/app.pid")).expect("removed");
    let said = product.apply();
    said.ends(4, "and answers as 1.0.0")
        .ends(4, &format!("process {old} ("))
        .ends(4, "python3 app.py");
    said.ends(4, "run/app.pid is not there");
}

#[test]
fn a_stranger_on_the_port_is_named_and_left_alone() {
    let hop = "before:\n  - {id: stop, title: Stop it, do: {stop: app}}\n";
    let product = Product::new(&BY_COMMAND.replace("MODE", "plain"), hop);
    product.start("plain");
    let before = product.answer();
    std::fs::remove_file(product.root.join("run/app.pid")).expect("removed");
    product
        .apply()
        .ends(5, "is not the service; end it yourself");
    assert_eq!(product.answer(), before);
}

#[test]
fn nothing_is_started_over_somebody_who_has_the_port() {
    let hop = "apply:\n  - {id: start, title: Start it, do: {start: app}}\n";
    let product = Product::new(&BY_COMMAND.replace("MODE", "plain"), hop);
    product.start("plain");
    let (_, old) = product.answer().expect("an answer");
    std::fs::remove_file(product.root.join("run/app.pid")).expect("removed");
    product.apply().ends(5, "stop it first");
    assert_eq!(product.answer(), Some(("1.0.0".to_owned(), old)));
}

#[test]
fn a_service_that_was_down_is_left_down_on_the_way_back() {
    let hop = "before:\n  - {id: stop, title: Stop it, do: {stop: app}}\n";
    let hop = format!("{hop}{GATE}");
    let product = Product::new(&BY_COMMAND.replace("MODE", "plain"), &hop);
    product.apply_to_the_gate();
    product.rollback().ends(0, "rolled back");
    assert_eq!(product.answer(), None);
}

#[test]
fn why_a_service_does_not_start_stands_in_its_last_words() {
    let product = by_command("broken");
    product.start("plain");
    product.apply().ends(5, "known remedy: Set SECRET; fix it");
    assert!(
        product
            .output()
            .contains("Missing required environment variable")
    );
    product.rollback().ends(0, "rolled back");
    assert_eq!(product.answer().expect("an answer").0, "1.0.0");
}

#[test]
fn a_restart_is_undone_when_everything_is_back() {
    let hop = "apply:\n  - {id: restart, title: Restart it, do: {restart: app}}\n";
    let hop = format!("{hop}{GATE}");
    let product = Product::new(&BY_COMMAND.replace("MODE", "plain"), &hop);
    product.start("plain");
    product.apply_to_the_gate();
    assert_eq!(product.answer().expect("an answer").0, "2.0.0");
    product.rollback().ends(0, "rolled back");
    assert_eq!(product.answer().expect("an answer").0, "1.0.0");
}

/// The file that says the release is edited above the stop: a start in the place of the undo would
/// find the new release.
#[test]
fn a_stop_below_an_edit_is_undone_by_a_start_when_everything_is_back() {
    let hop = "apply:
  - {id: stop, title: Stop it, do: {stop: app}, undo: {start: app}}
  - {id: start, title: Start it, do: {start: app}}
";
    let hop = format!("{hop}{GATE}");
    let product = Product::new(&BY_COMMAND.replace("MODE", "plain"), &hop);
    product.start("plain");
    product.apply_to_the_gate();
    assert_eq!(product.answer().expect("an answer").0, "2.0.0");
    let said = product.rollback();
    said.ends(0, "rolled back").ends(0, "Start the app again");
    assert_eq!(product.answer().expect("an answer").0, "1.0.0");
}

#[test]
fn a_stop_that_is_cut_off_is_taken_up_and_nothing_is_started_twice() {
    let services = BY_COMMAND
        .replace("MODE", "plain")
        .replace("stop_within: 1s", "stop_within: 4s");
    let product = Product::new(&services, ROAD);
    product.start("stubborn");
    let args = product.trusting(&["apply", "--yes"]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let front = product.command(&args).spawn().expect("the program");
    product.until(|product| product.text("terms") == "1\n");
    kill_both(front);
    product.run(&["resume"]).ends(0, "done, and verified");
    assert_eq!(product.answer().expect("an answer").0, "2.0.0");
}

/// Plays systemd for one unit: keeps its process in `unit.pid`.
const SYSTEMCTL: &str = r#"#!/bin/sh
echo "$*" >>calls
alive() { [ -s unit.pid ] && kill -0 "$(cat unit.pid)" 2>/dev/null; }
case "$1" in
show)
  if alive; then
    printf 'LoadState=loaded\nActiveState=active\nSubState=running\nMainPID=%s\n' "$(cat unit.pid)"
  else
    printf 'LoadState=loaded\nActiveState=inactive\nSubState=dead\nMainPID=0\n'
  fi ;;
start)
  rm -f run/app.pid
  setsid --fork python3 app.py PORT plain >/dev/null 2>&1
  while ! [ -s run/app.pid ]; do sleep 0.02; done
  cp run/app.pid unit.pid ;;
stop)
  alive && kill "$(cat unit.pid)"
  while alive; do sleep 0.02; done ;;
*) exit 1 ;;
esac
"#;

const BY_SYSTEMD: &str = "  app:
    title: the app
    port: 'PORT'
    release: {url: 'http://127.0.0.1:PORT/', json: version}
    stop_within: 2s
    path: [bin]
    ways:
      - by: {systemd: {unit: app.service}}
";

#[test]
fn systemd_is_asked_by_argument_lists_and_its_main_process_is_the_service() {
    let product = Product::new(BY_SYSTEMD, ROAD);
    product.script("bin/systemctl", SYSTEMCTL);
    product.start("plain");
    std::fs::copy(
        product.root.join("run/app.pid"),
        product.root.join("unit.pid"),
    )
    .expect("a unit");
    product.apply_to_the_gate();
    product.rollback().ends(0, "rolled back");
    assert_eq!(product.answer().expect("an answer").0, "1.0.0");
    let calls = product.text("calls");
    let orders: Vec<&str> = calls
        .lines()
        .filter(|call| !call.starts_with("show"))
        .collect();
    let both = ["stop app.service", "start app.service"];
    assert_eq!(
        orders,
        [both, both].concat(),
        "each once on the road and once on the way back"
    );
    assert!(calls.contains("show --property=LoadState,ActiveState,SubState,MainPID app.service"));
}

#[test]
fn a_unit_that_runs_beside_the_process_that_has_the_port_is_no_pass() {
    let product = Product::new(BY_SYSTEMD, ROAD);
    product.script("bin/systemctl", SYSTEMCTL);
    product.start("plain");
    let (_, stranger) = product.answer().expect("an answer");
    let mut other = std::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .expect("sleep");
    std::fs::write(product.root.join("unit.pid"), other.id().to_string()).expect("a unit");
    let said = product.apply();
    other.kill().expect("killed");
    other.wait().expect("its end");
    said.ends(4, &format!("process {stranger} (")).ends(
        4,
        &format!("it is not process {}, which is the service", other.id()),
    );
}

/// Plays compose for one service whose image tag is the content of `VERSION`.
const DOCKER: &str = r#"#!/bin/sh
echo "$*" >>calls
[ "$1" = compose ] || exit 2
[ "$2" = --file ] && shift 2
alive() { [ -s run/app.pid ] && kill -0 "$(cat run/app.pid)" 2>/dev/null; }
case "$2" in
ps)
  state=exited; alive && state=running
  printf '{"Name":"small-app-1","State":"%s","Status":"Up 3 minutes"}\n' "$state" ;;
up)
  alive && exit 0
  rm -f run/app.pid
  setsid --fork python3 app.py PORT plain >/dev/null 2>&1
  while ! [ -s run/app.pid ]; do sleep 0.02; done ;;
stop)
  alive && kill "$(cat run/app.pid)"
  while alive; do sleep 0.02; done ;;
*) exit 1 ;;
esac
"#;

const BY_COMPOSE: &str = "  app:
    title: the app
    port: 'PORT'
    release: {url: 'http://127.0.0.1:PORT/', json: version}
    stop_within: 7s
    path: [bin]
    ways:
      - by: {compose: {file: docker-compose.yml, service: app}}
";

#[test]
fn compose_is_asked_by_argument_lists_and_judged_by_the_release_that_answers() {
    // With `--file`, compose would ignore the site's override file.
    asked_of_compose(
        &["docker-compose.yml", "docker-compose.override.yml"],
        "compose",
    );
    // Without `--file`, compose would find another file, or none.
    let named = "compose --file docker-compose.yml";
    asked_of_compose(&["docker-compose.yml", "compose.yaml"], named);
    asked_of_compose(&[], named);
}

fn asked_of_compose(files: &[&str], compose: &str) {
    let product = Product::new(BY_COMPOSE, ROAD);
    product.script("bin/docker", DOCKER);
    for file in files {
        std::fs::write(product.root.join(file), "services: {app: {}}\n").expect("a file");
    }
    product.start("plain");
    product.apply_to_the_gate();
    product.rollback().ends(0, "rolled back");
    assert_eq!(product.answer().expect("an answer").0, "1.0.0");
    let calls = product.text("calls");
    let orders: Vec<&str> = calls
        .lines()
        .filter(|call| !call.contains(" ps "))
        .collect();
    let (stop, up) = (
        format!("{compose} stop --timeout 7 app"),
        format!("{compose} up --detach app"),
    );
    assert_eq!(orders, [&stop, &up, &stop, &up]);
}

#[test]
fn a_container_that_only_the_shell_leads_to_is_not_called_gone() {
    let stopped = "checklist:
  - {id: before, title: it is stopped, level: block, probe: {service: {name: app, is: stopped}}}
";
    let service = "  app:
    title: the app
    path: [bin]
    ways:
      - by: {compose: {file: docker-compose.yml, service: app}}
";
    let product = Product::new(service, stopped);
    product.script("bin/docker", "#!/bin/sh\necho '[]'\n");
    std::fs::write(
        product.root.join("docker-compose.yml"),
        "services: {app: {}}\n",
    )
    .expect("a file");
    let args = product.trusting(&["apply", "--yes"]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut applying = product.command(&args);
    applying.env("DOCKER_HOST", "unix:///run/user/1000/docker.sock");
    let said = applying.output().expect("the program starts");
    let told = String::from_utf8_lossy(&said.stdout);
    assert_eq!(said.status.code(), Some(4), "{told}");
    assert!(told.contains("`unset DOCKER_HOST`"), "{told}");
}

#[test]
fn a_service_waits_for_the_connections_that_are_open_before_it_ends() {
    let services = BY_COMMAND
        .replace("MODE", "plain")
        .replace("stop_within", "drain_within: 300ms\n    stop_within");
    let product = Product::new(&services, ROAD);
    product.start("plain");
    let held = std::net::TcpStream::connect(("127.0.0.1", product.port)).expect("a connection");
    let begin = std::time::Instant::now();
    product.apply().ends(0, "done, and verified");
    drop(held);
    assert!(begin.elapsed() >= Duration::from_millis(300));
    let said = product.output();
    assert!(
        said.contains("connections to port") && said.contains("are left"),
        "{said}"
    );
}

/// A clock that is set forward while a service runs makes its pid file look older than its process,
/// as if another one had got the number.
#[test]
fn a_service_is_not_called_gone_because_the_clock_was_set() {
    let by_pid = |process: &str| {
        format!(
            "  app:
    title: the app
    ways:
      - by: {{command: {{start: {{command: ['true'], leaves_running: true}}, pid_file: run/app.pid{process}}}}}
"
        )
    };
    let stopped = "checklist:
  - {id: before, title: it is stopped, level: block, probe: {service: {name: app, is: stopped}}}
";
    for (process, code, words) in [
        ("", 4, "the clock was set"),
        (", process: 'app\\.py'", 4, "runs"),
        (", process: another", 0, "it does not run"),
    ] {
        let product = Product::new(&by_pid(process), stopped);
        product.start("plain");
        let pid_file = std::fs::File::options()
            .write(true)
            .open(product.root.join("run/app.pid"))
            .expect("the pid file");
        let earlier = std::time::SystemTime::now() - Duration::from_secs(3600);
        pid_file.set_modified(earlier).expect("a time");
        product.apply().ends(code, words);
    }
}
