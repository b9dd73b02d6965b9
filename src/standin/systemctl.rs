//! `systemctl start|stop|show UNIT` for the one unit of a demo: the release that is checked out,
//! with the variables of `.env`.

use super::{
    Call, Failed,
    process::{self, Service},
};
use std::fs;

const NAME: &str = "oversight-gateway";

pub(super) fn run(call: Call<'_>) -> Result<(), Failed> {
    let port = fs::read_to_string(call.home.path().join("port"))?;
    let port: u16 = port
        .trim()
        .parse()
        .map_err(|_| Failed::new("the unit has no port"))?;
    match call.args.as_slice() {
        ["stop", _] => process::stop(call.home, NAME).map(drop),
        ["start", _] => {
            if process::running(call.home, NAME).is_some() {
                return Ok(());
            }
            let new = call.home.root().join("pyproject.toml").is_file();
            if new && call.home.fails_now() {
                return Err(Failed::new(
                    "Job failed: [Errno 98] error while attempting to bind: address already in use",
                ));
            }
            let version = if new { "2.0.0" } else { "0.1.0" }.to_owned();
            let service = Service {
                pid: 0,
                port,
                version,
            };
            process::start(call.home, NAME, NAME, &service, &call.home.dotenv())
        }
        [
            "show",
            "--property=LoadState,ActiveState,SubState,MainPID",
            _,
        ] => {
            let (active, sub, pid) = match process::running(call.home, NAME) {
                Some(service) => ("active", "running", service.pid),
                None => ("inactive", "dead", 0),
            };
            Ok(writeln!(
                call.out,
                "LoadState=loaded\nActiveState={active}\nSubState={sub}\nMainPID={pid}"
            )?)
        }
        ["show", "--property=EnvironmentFiles", _] => {
            let file = call.home.root().join(".env");
            Ok(writeln!(
                call.out,
                "EnvironmentFiles={} (ignore_errors=no)",
                file.display()
            )?)
        }
        ["show", "--property=ExecStart", _] => Ok(writeln!(
            call.out,
            "ExecStart={{ argv[]=python -m uvicorn oversight_gateway.main:app --port {port} }}"
        )?),
        other => Err(Failed::new(format!(
            "Unknown command verb {}.",
            other.join(" ")
        ))),
    }
}
