//! What a pack's commands and requests inherit from the operator's shell: next to nothing.

use super::{
    attended::case,
    support::{Case, Ended, ended},
};
use rustix::process::Signal;
use std::{fs, net::TcpListener};
use switchback::standin::ports::Port;

const LOOKS: &str = "env >seen.env; umask >seen.umask; pwd >seen.cwd; cat >seen.input; \
    ls /proc/self/fd >seen.fds; grep SigIgn /proc/self/status >seen.signals; echo 2.0.0 >VERSION";

/// A run started from a shell that exports and allows as much as a shell can.
fn from_a_shell(case: &Case, umask: &str) -> Ended {
    let script = format!("umask {umask}; exec 9</dev/null; exec \"$@\"");
    let mut shell = case.under(&script, &case.applying());
    for name in [
        "BASH_ENV",
        "ENV",
        "PYTHONPATH",
        "GIT_DIR",
        "LD_LIBRARY_PATH",
        "IFS",
        "SSH_AUTH_SOCK",
        "AWS_SECRET_ACCESS_KEY",
        "DATABASE_URL",
    ] {
        shell.env(name, "/nowhere");
    }
    ended(shell.output().expect("the program starts"))
}

#[test]
fn a_step_gets_neither_variables_nor_files_nor_the_umask_of_a_shell() {
    let case = case(LOOKS);
    from_a_shell(&case, "000").ends(0, "done, and verified");
    let seen = |what: &str| {
        let text = fs::read_to_string(case.root.join(format!("seen.{what}")));
        text.expect("it was seen")
    };
    let env = seen("env");
    // The last three are set by the shell that runs the step.
    let known = [
        "HOME",
        "PATH",
        "SWITCHBACK_RUN",
        "PWD",
        "SHLVL",
        "_",
        "OLDPWD",
    ];
    for line in env.lines() {
        let (name, value) = line.split_once('=').expect("a variable");
        assert!(known.contains(&name), "{line}");
        let fixed = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        assert!(name != "PATH" || value == fixed, "{line}");
    }
    assert_eq!(seen("umask").trim(), "0022", "nobody else may write");
    assert_eq!(seen("cwd").trim(), case.root.to_string_lossy());
    assert_eq!(seen("input"), "");
    // The last one is the folder that `ls` is reading.
    assert_eq!(seen("fds"), "0\n1\n2\n3\n");
    let signals = seen("signals");
    let ignored = signals.trim().trim_start_matches("SigIgn:").trim();
    let ignored = u64::from_str_radix(ignored, 16).expect("a set of signals");
    for ends in [Signal::PIPE, Signal::XFSZ] {
        assert_eq!(
            ignored & (1 << (ends.as_raw() - 1)),
            0,
            "{ends:?}: {signals}"
        );
    }
}

#[test]
fn a_stricter_umask_stays() {
    let case = case(LOOKS);
    from_a_shell(&case, "077").ends(0, "done, and verified");
    let umask = fs::read_to_string(case.root.join("seen.umask"));
    assert_eq!(umask.expect("seen").trim(), "0077");
}

#[test]
fn no_request_goes_by_way_of_a_proxy() {
    let case = case("echo 2.0.0 >VERSION");
    let nobody = Port::any().expect("a port");
    case.pack_edit(
        "1.x-to-2.0.yaml",
        "release: {is: '{{to}}'}",
        &format!("http: {{url: 'http://127.0.0.1:{}/health'}}", nobody.number),
    );
    let proxy = TcpListener::bind("127.0.0.1:0").expect("listens");
    proxy.set_nonblocking(true).expect("set");
    let address = format!("http://{}", proxy.local_addr().expect("an address"));
    let mut command = case.applying();
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, &address);
    }
    ended(command.output().expect("the program starts")).ends(4, "connection refused");
    assert!(proxy.accept().is_err(), "somebody called the proxy");
}
